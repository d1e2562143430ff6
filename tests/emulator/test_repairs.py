"""Repairs on an emulator: planned, merged, applied, taken back."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from console.errors import Refused, UsageError
from console.models.finding import Diagnosis, Finding
from console.models.pipeline import Mode
from console.models.repair import RepairPlan
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.repairs.difference import difference, told
from console.operations.repairs.parts import ChangedMeanwhile
from console.operations.repairs.repair import apply_repair, plan_repair, plan_undo
from tests.conftest import Installation
from tests.emulator.conftest import Bench


def plan(
    bench: Bench, finding_id: str, key: str | None = None, evidence: dict[str, Any] | None = None
) -> RepairPlan:
    """The repair of a finding that somebody has made."""
    finding = Finding(finding_id, "fail", "proven", "broken", evidence or {})
    at = bench.workbench.clock.now()
    diagnosis = Diagnosis(at, key, (finding,), (finding_id,), "broken")
    return plan_repair(bench.workbench, diagnosis, finding_id)


def arrives(bench: Bench, key: str) -> bool:
    """Whether the upload of `key` causes an event."""
    bench.s3.put_object(Bucket=bench.installation.bucket, Key=key, Body=b"x")
    got = bench.sqs.receive_message(
        QueueUrl=bench.installation.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0
    )
    return any(key in message["Body"] for message in got.get("Messages", []))


def rules(bench: Bench) -> dict[str, Any]:
    answer = bench.s3.get_bucket_notification_configuration(Bucket=bench.installation.bucket)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def put_rules(bench: Bench, **configuration: Any) -> None:
    bench.s3.put_bucket_notification_configuration(
        Bucket=bench.installation.bucket,
        NotificationConfiguration=configuration,
        SkipDestinationValidation=True,
    )


def rule(bench: Bench, suffix: str, **more: Any) -> dict[str, Any]:
    return {
        "Id": f"rule{suffix}",
        "QueueArn": bench.installation.queue_arn,
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "Suffix", "Value": suffix}]}},
        **more,
    }


def attributes(bench: Bench, url: str | None = None) -> dict[str, str]:
    answer = bench.sqs.get_queue_attributes(
        QueueUrl=url or bench.installation.queue_url, AttributeNames=["All"]
    )
    return answer["Attributes"]


@pytest.fixture
def bare(bench_on: Callable[..., Bench], install: Callable[..., Installation]) -> Bench:
    """An installation whose bucket tells nobody."""
    return bench_on(install(notification=False))


def test_a_missing_rule_is_added_and_events_arrive(bare: Bench) -> None:
    diagnosis = diagnose(
        bare.workbench,
        DoctorOptions(late=False),
        cancel=threading.Event(),
        on_finding=lambda _: None,
    )
    assert diagnosis.root_causes[0] == "bucket.no-notification"
    planned = plan_repair(bare.workbench, diagnosis, "bucket.no-notification")
    assert any(line.startswith("+") and "QueueArn" in line for line in difference(planned))
    assert not rules(bare)
    report = apply_repair(bare.workbench, planned)
    assert report.changed
    assert arrives(bare, "a.mp3")


def test_what_was_there_and_what_came_meanwhile_stays(bench: Bench) -> None:
    put_rules(bench, QueueConfigurations=[rule(bench, ".wav")], EventBridgeConfiguration={})
    planned = plan(bench, "filter.suffix-case", key="in/SONG.MP3")
    others = [rule(bench, ".wav"), rule(bench, ".flac")]
    put_rules(bench, QueueConfigurations=others, EventBridgeConfiguration={})
    report = apply_repair(bench.workbench, planned)
    assert report.merged
    after = rules(bench)
    suffixes = [r["Filter"]["Key"]["FilterRules"][0]["Value"] for r in after["QueueConfigurations"]]
    assert suffixes == [".wav", ".flac", ".MP3"]
    assert "EventBridgeConfiguration" in after
    assert arrives(bench, "in/SONG2.MP3")


def test_the_same_rule_changed_meanwhile_stops_it(bench: Bench) -> None:
    put_rules(bench, QueueConfigurations=[rule(bench, "*.mp3")])
    planned = plan(bench, "filter.wildcard")
    put_rules(bench, QueueConfigurations=[rule(bench, "*.mp3", Events=["s3:ObjectRemoved:*"])])
    with pytest.raises(ChangedMeanwhile):
        apply_repair(bench.workbench, planned)
    assert rules(bench)["QueueConfigurations"][0]["Events"] == ["s3:ObjectRemoved:*"]


@pytest.mark.parametrize(
    ("finding_id", "suffix", "expected"),
    [
        ("filter.wildcard", "*.mp3", ".mp3"),
        ("filter.unencoded-characters", "=x y.mp3", "%3Dx+y.mp3"),
    ],
)
def test_filters_are_written_as_s3_wants_them(
    bench: Bench, finding_id: str, suffix: str, expected: str
) -> None:
    put_rules(bench, QueueConfigurations=[rule(bench, suffix)])
    report = apply_repair(bench.workbench, plan(bench, finding_id))
    (mended,) = rules(bench)["QueueConfigurations"]
    assert [f["Value"] for f in mended["Filter"]["Key"]["FilterRules"]] == [expected]
    apply_repair(bench.workbench, plan_undo(bench.workbench, report.operation_id or ""))
    (before,) = rules(bench)["QueueConfigurations"]
    assert [f["Value"] for f in before["Filter"]["Key"]["FilterRules"]] == [suffix]


def test_events_are_covered_and_the_rest_of_the_rule_stays(bench: Bench) -> None:
    events = ["s3:ObjectCreated:Copy", "s3:ObjectRemoved:*"]
    put_rules(bench, QueueConfigurations=[rule(bench, ".mp3", Events=events)])
    apply_repair(bench.workbench, plan(bench, "bucket.events-not-covered"))
    (mended,) = rules(bench)["QueueConfigurations"]
    assert mended["Events"] == ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
    assert mended["Filter"]["Key"]["FilterRules"][0]["Value"] == ".mp3"
    assert arrives(bench, "b.mp3")


def test_the_policy_gets_the_documented_statement_beside_the_others(bench: Bench) -> None:
    other = {
        "Sid": "theirs",
        "Effect": "Allow",
        "Principal": {"AWS": "999999999999"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": other})
    url = bench.installation.queue_url
    bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    assert not arrives(bench, "refused.mp3")
    report = apply_repair(bench.workbench, plan(bench, "policy.wrong-principal"))
    statements = json.loads(attributes(bench)["Policy"])["Statement"]
    assert statements[0] == other
    assert statements[1]["Condition"] == {
        "ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{bench.installation.bucket}"},
        "StringEquals": {"aws:SourceAccount": bench.installation.account},
    }
    assert arrives(bench, "allowed.mp3")
    assert report.operation_id is not None
    back = plan_undo(bench.workbench, report.operation_id)
    assert back.undoes == "policy.wrong-principal"
    assert told(back).startswith(f"Take back {report.operation_id}, which mended policy.wrong-")
    assert "What it mended is as broken as before then." in back.warnings
    apply_repair(bench.workbench, back)
    assert json.loads(attributes(bench)["Policy"])["Statement"] == [other]


def test_a_queue_without_a_policy_has_none_again_after_the_undo(bench: Bench) -> None:
    url = bench.installation.queue_url
    bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    report = apply_repair(bench.workbench, plan(bench, "policy.no-allow"))
    assert arrives(bench, "allowed.mp3")
    apply_repair(bench.workbench, plan_undo(bench.workbench, report.operation_id or ""))
    assert not attributes(bench).get("Policy")


def test_a_deny_spares_services_afterwards(bench: Bench) -> None:
    url = bench.installation.queue_url
    policy = json.loads(attributes(bench)["Policy"])
    deny = {
        "Sid": "lock",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
    }
    policy["Statement"].append(deny)
    text = json.dumps(policy)
    bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})
    apply_repair(
        bench.workbench, plan(bench, "policy.explicit-deny", evidence={"statement": "lock"})
    )
    after = json.loads(attributes(bench)["Policy"])["Statement"][-1]
    assert after["Condition"]["BoolIfExists"] == {"aws:PrincipalIsAWSService": "false"}
    assert after["Condition"]["StringNotEquals"] == {"aws:SourceVpce": "vpce-1"}


@pytest.mark.parametrize(
    ("finding_id", "name", "broken", "mended"),
    [
        ("queue.delay", "DelaySeconds", "300", "0"),
        ("queue.max-message-size", "MaximumMessageSize", "1024", "1048576"),
    ],
)
def test_an_attribute_is_set_and_set_back(
    bench: Bench, finding_id: str, name: str, broken: str, mended: str
) -> None:
    url = bench.installation.queue_url
    bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={name: broken})
    report = apply_repair(bench.workbench, plan(bench, finding_id))
    assert attributes(bench)[name] == mended
    apply_repair(bench.workbench, plan_undo(bench.workbench, report.operation_id or ""))
    assert attributes(bench)[name] == broken


def test_more_attempts_keep_the_dlq(bench: Bench) -> None:
    before = json.loads(attributes(bench)["RedrivePolicy"])
    apply_repair(bench.workbench, plan(bench, "queue.low-max-receive-count"))
    assert json.loads(attributes(bench)["RedrivePolicy"]) == {**before, "maxReceiveCount": 5}


def test_a_key_policy_gets_the_statement_for_s3(bench: Bench, aws: Callable[[str], Any]) -> None:
    kms = aws("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    apply_repair(bench.workbench, plan(bench, "kms.key-policy", evidence={"key_id": key_id}))
    policy = json.loads(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])
    assert policy["Statement"][-1]["Action"] == ["kms:GenerateDataKey", "kms:Decrypt"]
    assert len(policy["Statement"]) > 1


def test_what_is_done_already_is_not_done_again(bench: Bench) -> None:
    url = bench.installation.queue_url
    bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "300"})
    planned = plan(bench, "queue.delay")
    bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
    report = apply_repair(bench.workbench, planned)
    assert (report.changed, report.operation_id) == (False, None)
    with pytest.raises(UsageError, match="already"):
        plan(bench, "queue.delay")


def test_it_stands_in_the_journal_who_changed_what(bench: Bench) -> None:
    url = bench.installation.queue_url
    bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "300"})
    report = apply_repair(bench.workbench, plan(bench, "queue.delay"))
    log = bench.workbench.journal.log
    operation = log.operation(report.operation_id or "")
    assert (operation.kind, operation.state) == ("repair", "done")
    assert operation.caller_arn == bench.workbench.caller_arn
    assert [e.outcome for e in log.entries(operation.id)] == ["changed"]


def test_read_only_changes_nothing(
    bench_on: Callable[..., Bench], install: Callable[..., Installation]
) -> None:
    bench = bench_on(install(notification=False), mode=Mode(read_only=True))
    planned = plan(bench, "bucket.no-notification")
    with pytest.raises(Refused):
        apply_repair(bench.workbench, planned)
    assert not rules(bench)


def test_a_refused_write_is_journaled_and_told(bench: Bench) -> None:
    put_rules(bench, QueueConfigurations=[])
    url = bench.installation.queue_url
    bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    planned = plan(bench, "bucket.no-notification")
    with pytest.raises(Exception, match="validate") as caught:
        apply_repair(bench.workbench, planned)
    operation = bench.workbench.journal.log.operations(1)[0]
    assert operation.state == "failed"
    assert str(caught.value)


def test_only_a_finding_of_this_diagnosis_is_repaired(bench: Bench) -> None:
    at = bench.workbench.clock.now()
    healthy = Diagnosis(at, None, (), (), "healthy")
    with pytest.raises(UsageError, match="does not find"):
        plan_repair(bench.workbench, healthy, "policy.no-allow")
    with pytest.raises(UsageError, match="cannot mend"):
        plan(bench, "consumer.in-flight")
    operation = bench.workbench.begin("peek", bench.queue, "peek")
    with pytest.raises(UsageError, match="only a repair"):
        plan_undo(bench.workbench, operation)
