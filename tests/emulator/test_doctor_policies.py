"""What the doctor says of policies and keys: one seeded fault each, and set-ups that are well."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from console.documents.doctor import doctor_document
from console.documents.values import to_json
from console.models.finding import Diagnosis, Finding
from console.models.pipeline import Unknown
from console.operations.doctor.kms_checks import KMS_CHECKS
from console.operations.doctor.policy_checks import POLICY_CHECKS
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.doctor.upload_policy_checks import UPLOAD_POLICY_CHECKS
from console.operations.repairs.repair import apply_repair, plan_repair
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.fakes import AheadClock

S3 = {"Service": "s3.amazonaws.com"}
OTHER = "arn:aws:s3:::another-bucket"
ORG = {"aws:PrincipalOrgID": "o-1"}


@pytest.fixture
def bench(bench_on: Callable[..., Bench], installation: Installation) -> Bench:
    """A workbench that looks two minutes later, when no change is on its way any more."""
    clock = AheadClock()
    clock.advance(120)
    return bench_on(installation, clock=clock)


def look(bench: Bench, key: str | None = None) -> Diagnosis:
    """The findings of these checks alone, written as JSON to see that they can be."""
    diagnosis = diagnose(
        bench.workbench,
        DoctorOptions(key, late=False),
        cancel=threading.Event(),
        on_finding=lambda _: None,
        checks=(*UPLOAD_POLICY_CHECKS, *POLICY_CHECKS, *KMS_CHECKS),
        late_checks=(),
    )
    to_json(doctor_document(bench.workbench.pipeline, diagnosis))
    return diagnosis


def finding(diagnosis: Diagnosis, finding_id: str) -> Finding:
    found = diagnosis.finding(finding_id)
    assert found is not None
    return found


def alarming(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    return [(f.id, f.status) for f in diagnosis.findings if f.status != "pass"]


def set_policy(bench: Bench, *statements: dict[str, Any]) -> None:
    """Replace the queue policy; `QUEUE`, `BUCKET` and `ACCOUNT` in it stand for the real ones."""
    made = bench.installation
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    text = text.replace("QUEUE", made.queue_arn).replace("BUCKET", f"arn:aws:s3:::{made.bucket}")
    bench.sqs.set_queue_attributes(
        QueueUrl=made.queue_url,
        Attributes={"Policy": text.replace("ACCOUNT", made.account) if statements else ""},
    )


def allow(**changes: Any) -> dict[str, Any]:
    """The documented Allow, with differences."""
    usual = {
        "Sid": "FromS3",
        "Effect": "Allow",
        "Principal": S3,
        "Action": "sqs:SendMessage",
        "Resource": "QUEUE",
        "Condition": {
            "ArnEquals": {"aws:SourceArn": "BUCKET"},
            "StringEquals": {"aws:SourceAccount": "ACCOUNT"},
        },
    }
    return usual | changes


def deny(condition: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A Deny to everybody under a condition."""
    everybody = {"Sid": "Guard", "Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage"}
    return everybody | {"Resource": "QUEUE", "Condition": condition or {}} | changes


OWNER_ONLY = allow(
    Sid="__owner_statement",
    Principal={"AWS": "arn:aws:iam::ACCOUNT:root"},
    Action="SQS:*",
    Condition={},
)

FAULTS: list[tuple[str, str, list[dict[str, Any]]]] = [
    ("policy.no-allow", "proven", []),
    ("policy.no-allow", "proven", [allow(Action="sqs:ReceiveMessage")]),
    ("policy.no-allow", "proven", [allow(Principal={"AWS": "*"}, Action="sqs:GetQueue*")]),
    ("policy.wrong-principal", "proven", [OWNER_ONLY]),
    ("policy.wrong-principal", "proven", [allow(Principal={"AWS": "ACCOUNT"})]),
    ("policy.wrong-principal", "proven", [allow(Principal={"Service": "sns.amazonaws.com"})]),
    (
        "policy.wrong-principal",
        "proven",
        [allow(Principal={"AWS": "arn:aws:iam::ACCOUNT:role/s3"})],
    ),
    ("policy.wrong-resource", "proven", [allow(Resource="QUEUE-dlq")]),
    ("policy.wrong-resource", "proven", [OWNER_ONLY, allow(Resource="QUEUE-dlq")]),
    ("policy.wrong-source-arn", "proven", [allow(Condition={"ArnLike": {"aws:SourceArn": OTHER}})]),
    (
        "policy.wrong-source-arn",
        "proven",
        [OWNER_ONLY, allow(Condition={"ArnEquals": {"aws:SourceArn": "BUCKET/*"}})],
    ),
    (
        "policy.wrong-source-account",
        "proven",
        [allow(Condition={"StringEquals": {"aws:SourceAccount": "999900001111"}})],
    ),
    (
        "policy.wildcard-in-string-equals",
        "proven",
        [allow(Condition={"StringEquals": {"aws:SourceArn": "arn:aws:s3:*:*:*"}})],
    ),
    ("policy.absent-condition-key", "likely", [allow(Condition={"StringEquals": ORG})]),
    (
        "policy.absent-condition-key",
        "proven",
        [allow(Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})],
    ),
    ("policy.explicit-deny", "proven", [allow(), deny()]),
    (
        "policy.explicit-deny",
        "proven",
        [allow(), deny({"StringNotEquals": {"aws:SourceVpc": "vpc-1"}})],
    ),
    ("policy.explicit-deny", "likely", [allow(), deny({"StringNotEqualsIfExists": ORG})]),
    (
        "policy.explicit-deny",
        "likely",
        [allow(), deny({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
    ),
    (
        "policy.explicit-deny",
        "likely",
        [allow(), deny({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::ACCOUNT:role/*"}})],
    ),
]  # fmt: skip


def test_one_fault_of_the_queue_policy(bench: Bench) -> None:
    for cause, certainty, statements in FAULTS:
        set_policy(bench, *statements)
        diagnosis = look(bench)
        assert diagnosis.root_causes == (cause,), statements
        assert alarming(diagnosis) == [(cause, "fail")], statements
        found = finding(diagnosis, cause)
        assert found.certainty == certainty, statements
        assert found.evidence
        assert found.remedy
        assert cause in found.commands[0]


def test_several_faults_of_one_statement(bench: Bench) -> None:
    set_policy(
        bench,
        allow(
            Principal={"AWS": "ACCOUNT"},
            Condition={
                "ArnEquals": {"aws:SourceArn": OTHER},
                "StringEquals": {"aws:SourceAccount": "999900001111"},
            },
        ),
    )
    assert set(look(bench).root_causes) == {
        "policy.wrong-principal",
        "policy.wrong-source-arn",
        "policy.wrong-source-account",
    }


def test_the_evidence_holds_both_values(bench: Bench) -> None:
    set_policy(bench, allow(Condition={"ArnEquals": {"aws:SourceArn": OTHER}}))
    found = finding(look(bench), "policy.wrong-source-arn")
    assert found.evidence["statement"] == "FromS3"
    (obstacle,) = found.evidence["obstacles"]  # type: ignore[misc]
    assert obstacle["policy_has"] == [OTHER]
    assert obstacle["call_has"] == [f"arn:aws:s3:::{bench.installation.bucket}"]


SPARING = {"aws:SourceVpce": "x", "aws:PrincipalServiceName": "s3.amazonaws.com"}
BY_SERVICE = {"Bool": {"aws:PrincipalIsAWSService": True}}
FAR = {"DateLessThan": {"aws:CurrentTime": "2999-01-01T00:00:00Z"}}
NOT_BY_SERVICE = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}


def test_the_evidence_of_a_deny_holds_its_conditions(bench: Bench) -> None:
    set_policy(bench, allow(), deny({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}))
    found = finding(look(bench), "policy.explicit-deny")
    assert found.evidence["statement"] == "Guard"
    assert found.evidence["conditions"] == [
        {
            "operator": "StringNotEquals",
            "key": "aws:SourceVpce",
            "policy_has": ["vpce-1"],
            "call_has": [],
        }
    ]


HEALTHY: list[list[dict[str, Any]]] = [
    [allow()],
    [allow(Principal="*")],
    [OWNER_ONLY, allow(Principal={"AWS": "*"}, Condition={"ArnLike": {"AWS:SourceArn": "BUCKET"}})],
    [allow(Principal={"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]})],
    [allow(Action=["SQS:Send*", "sqs:GetQueueUrl"], Resource="*", Condition={})],
    [allow(Condition={"StringLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}})],
    [allow(Condition={"ArnLike": {"aws:SourceArn": ["arn:aws:s3:*:*:*", OTHER]}})],
    [allow(Condition={"StringEqualsIfExists": {"aws:SourceAccount": "ACCOUNT", **ORG}})],
    [allow(Condition={"ForAnyValue:ArnEquals": {"aws:SourceArn": "BUCKET"}})],
    [allow(Condition={"Null": {"aws:SourceArn": "false"}, **BY_SERVICE})],
    [allow(Condition={"StringNotEquals": {"aws:SourceAccount": "999900001111"}})],
    [allow(Condition=FAR)],
    [allow(), allow(Sid="Other", Condition={"ArnEquals": {"aws:SourceArn": OTHER}})],
    [allow(), deny({"Bool": {"aws:SecureTransport": "false"}})],
    [allow(), deny({"StringNotEquals": ORG, **NOT_BY_SERVICE})],
    [allow(), deny({"StringNotEquals": ORG, "Null": {"aws:PrincipalServiceName": "true"}})],
    [allow(), deny({"StringNotEqualsIfExists": SPARING})],
    [allow(), deny({"ArnNotEquals": {"aws:SourceArn": "BUCKET"}})],
    [allow(), deny(Action=["sqs:DeleteQueue", "sqs:PurgeQueue"])],
    [allow(), deny(Principal={"AWS": "arn:aws:iam::ACCOUNT:role/intern"})],
]


def test_a_queue_policy_that_is_well_raises_nothing(bench: Bench) -> None:
    for statements in HEALTHY:
        set_policy(bench, *statements)
        diagnosis = look(bench)
        assert alarming(diagnosis) == [], statements
        assert diagnosis.verdict == "healthy"


def test_a_deny_of_calls_without_tls_is_told_as_no_fault(bench: Bench) -> None:
    set_policy(bench, allow(), deny({"Bool": {"aws:SecureTransport": "false"}}))
    found = finding(look(bench), "policy.secure-transport-deny")
    assert (found.status, found.certainty) == ("pass", "likely")
    assert found.evidence == {"statements": ["Guard"]}


def test_a_deny_that_cannot_be_told_is_no_root_cause(bench: Bench) -> None:
    for condition in (
        {"StringNotEqualsIfExists": {"aws:SourceOrgID": "o-1"}},
        {"BoolIfExists": {"aws:ViaAWSService": "false"}},
    ):
        set_policy(bench, allow(), deny(condition))
        diagnosis = look(bench)
        assert alarming(diagnosis) == [("policy.explicit-deny", "warn")]
        assert diagnosis.verdict == "healthy"


def test_an_allow_that_cannot_be_told_is_unknown(bench: Bench) -> None:
    set_policy(bench, allow(Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}}))
    diagnosis = look(bench)
    assert alarming(diagnosis) == [("policy.absent-condition-key", "unknown")]
    assert diagnosis.verdict == "unknown"


def test_a_policy_just_changed_is_a_warning(
    bench_on: Callable[..., Bench], installation: Installation
) -> None:
    bench = bench_on(installation, clock=AheadClock())
    workbench = bench.workbench
    attributes = workbench.gateway.sqs.attributes(bench.queue)
    assert attributes.modified_at is not None
    changed = replace(attributes, created_at=attributes.modified_at.replace(year=2020))
    workbench.gateway.sqs.attributes = lambda queue: changed  # type: ignore[method-assign]
    assert alarming(look(bench)) == [("policy.propagating", "warn")]
    assert isinstance(workbench.clock, AheadClock)
    workbench.clock.advance(90)
    assert alarming(look(bench)) == []


def through_topic(bench: Bench, sns: Any) -> str:
    """Let the bucket's events go to a topic instead of the queue."""
    arn = sns.create_topic(Name=f"topic-{bench.installation.queue}")["TopicArn"]
    bench.s3.put_bucket_notification_configuration(
        Bucket=bench.installation.bucket,
        NotificationConfiguration={
            "TopicConfigurations": [{"TopicArn": arn, "Events": ["s3:ObjectCreated:*"]}]
        },
        SkipDestinationValidation=True,
    )
    return str(arn)


def test_a_topic_between_bucket_and_queue_is_the_sender(
    bench: Bench, aws: Callable[[str], Any]
) -> None:
    arn = through_topic(bench, aws("sns"))
    assert alarming(look(bench)) == []
    aws("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=bench.installation.queue_arn)
    assert look(bench).root_causes == ("policy.wrong-principal",)
    by_sns = {"Principal": {"Service": "sns.amazonaws.com"}}
    set_policy(bench, allow(**by_sns, Condition={"ArnEquals": {"aws:SourceArn": arn}}))
    assert alarming(look(bench)) == []
    set_policy(bench, allow(**by_sns, Condition={"ArnEquals": {"aws:SourceArn": f"{arn}-old"}}))
    found = finding(look(bench), "policy.wrong-source-arn")
    assert found.status == "fail"
    assert "sns.amazonaws.com" in found.title
    assert not found.commands, "the repair lets S3 in, which would not help"


def test_an_eventbridge_rule_between_bucket_and_queue_is_the_sender(
    bench: Bench, aws: Callable[[str], Any]
) -> None:
    bench.s3.put_bucket_notification_configuration(
        Bucket=bench.installation.bucket,
        NotificationConfiguration={"EventBridgeConfiguration": {}},
    )
    name = f"rule-{bench.installation.queue}"
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"]}
    arn = aws("events").put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    target = {"Id": "queue", "Arn": bench.installation.queue_arn}
    aws("events").put_targets(Rule=name, Targets=[target])
    assert look(bench).root_causes == ("policy.wrong-principal",)
    by_rule = {"Principal": {"Service": "events.amazonaws.com"}}
    set_policy(bench, allow(**by_rule, Condition={"ArnEquals": {"aws:SourceArn": arn}}))
    assert alarming(look(bench)) == []
    set_policy(bench, allow(**by_rule, Condition={"ArnEquals": {"aws:SourceArn": f"{arn}-old"}}))
    assert look(bench).root_causes == ("policy.wrong-source-arn",)


def test_where_there_is_no_queue_its_policy_is_no_question(bench: Bench) -> None:
    bench.sqs.delete_queue(QueueUrl=bench.installation.queue_url)
    assert [f.id for f in look(bench).findings] == ["bucket.upload-denied"]


@pytest.fixture
def encrypted(bench: Bench, aws: Callable[[str], Any]) -> Callable[..., str]:
    """Encrypt the queue with a key of this policy; tells its ARN."""

    def encrypt(*statements: dict[str, Any]) -> str:
        root = allow(
            Sid="Root",
            Principal={"AWS": f"arn:aws:iam::{bench.installation.account}:root"},
            Action="kms:*",
            Resource="*",
            Condition={},
        )
        policy = json.dumps({"Version": "2012-10-17", "Statement": [root, *statements]})
        made = aws("kms").create_key(Policy=policy)["KeyMetadata"]
        name_key(bench, made["KeyId"])
        return str(made["Arn"])

    return encrypt


def name_key(bench: Bench, name: str) -> None:
    bench.sqs.set_queue_attributes(
        QueueUrl=bench.installation.queue_url,
        Attributes={"SqsManagedSseEnabled": "false", "KmsMasterKeyId": name},
    )


def granted(**changes: Any) -> dict[str, Any]:
    """What S3 needs in the policy of a key, with differences."""
    needed = {"Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*", "Condition": {}}
    return allow(**(needed | changes))


def test_a_key_whose_policy_lets_s3_use_it(bench: Bench, encrypted: Callable[..., str]) -> None:
    for statement in (
        granted(),
        granted(Action="kms:*"),
        granted(Condition={"StringLike": {"kms:ViaService": "sqs.*.amazonaws.com"}}),
        granted(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}}),
        granted(Condition={"StringEquals": {"aws:SourceAccount": bench.installation.account}}),
    ):
        encrypted(statement)
        diagnosis = look(bench)
        assert alarming(diagnosis) == [], statement
        assert diagnosis.verdict == "healthy"


def test_a_key_whose_policy_does_not(bench: Bench, encrypted: Callable[..., str]) -> None:
    other_owner = {"StringEquals": {"aws:SourceAccount": "999900001111"}}
    for statements, certainty in (
        ([], "proven"),
        ([granted(Action="kms:GenerateDataKey")], "proven"),
        ([granted(Action="kms:Decrypt")], "proven"),
        ([granted(Principal={"Service": "sns.amazonaws.com"})], "proven"),
        ([granted(), granted(Sid="No", Effect="Deny", Action="kms:Decrypt")], "proven"),
        ([granted(Condition=other_owner)], "likely"),
    ):
        arn = encrypted(*statements)
        diagnosis = look(bench)
        assert diagnosis.root_causes == ("kms.key-policy",), statements
        found = finding(diagnosis, "kms.key-policy")
        assert (found.certainty, found.evidence["key_id"]) == (certainty, arn), statements


def test_the_key_of_aws(bench: Bench) -> None:
    for name in ("alias/aws/sqs", "arn:aws:kms:us-east-2:111122223333:alias/aws/sqs"):
        name_key(bench, name)
        diagnosis = look(bench)
        assert diagnosis.root_causes == ("kms.aws-managed-key",)
        assert alarming(diagnosis) == [("kms.aws-managed-key", "fail")]


def test_a_key_that_cannot_be_used(
    bench: Bench, encrypted: Callable[..., str], aws: Callable[[str], Any]
) -> None:
    for call, state in (
        ("disable_key", "Disabled"),
        ("schedule_key_deletion", "PendingDeletion"),
    ):
        getattr(aws("kms"), call)(KeyId=encrypted(granted()))
        diagnosis = look(bench)
        assert diagnosis.root_causes == ("kms.key-unusable",)
        assert finding(diagnosis, "kms.key-unusable").evidence["state"] == state


def test_a_key_that_does_not_exist(bench: Bench) -> None:
    name_key(bench, "12345678-1234-1234-1234-123456789012")
    assert look(bench).root_causes == ("kms.key-unusable",)


def test_a_key_whose_policy_denies_decrypting_to_all_users(
    bench: Bench, encrypted: Callable[..., str]
) -> None:
    encrypted(granted(), deny(NOT_BY_SERVICE, Action="kms:Decrypt", Resource="*"))
    diagnosis = look(bench)
    assert diagnosis.root_causes == ("kms.consumer-denied",)
    assert finding(diagnosis, "kms.consumer-denied").certainty == "likely"


def put_bucket_policy(bench: Bench, *statements: dict[str, Any]) -> None:
    bench.s3.put_bucket_policy(
        Bucket=bench.installation.bucket,
        Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}).replace(
            "BUCKET", f"arn:aws:s3:::{bench.installation.bucket}"
        ),
    )


def refuse(condition: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A Deny of uploads."""
    return deny(condition, **({"Action": "s3:PutObject", "Resource": "BUCKET/*"} | changes))


UPLOADS: list[tuple[dict[str, Any], str, str]] = [
    (refuse(), "fail", "proven"),
    (refuse(Action="s3:*"), "fail", "proven"),
    (refuse(Principal={"AWS": "*"}, Resource="BUCKET/*.mp3"), "fail", "proven"),
    (refuse({"Bool": {"aws:SecureTransport": "true"}}), "fail", "likely"),
    (refuse({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}), "warn", "likely"),
    (refuse({"Null": {"s3:x-amz-server-side-encryption": "true"}}), "warn", "likely"),
    (refuse(Principal={"AWS": "arn:aws:iam::111122223333:role/x"}), "warn", "likely"),
    (refuse({"Bool": {"aws:SecureTransport": "false"}}), "pass", "proven"),
    (refuse(Resource="BUCKET/private/*"), "pass", "proven"),
    (refuse(Action="s3:DeleteObject"), "pass", "proven"),
]


def test_a_bucket_policy_that_refuses_uploads(bench: Bench) -> None:
    for statement, status, certainty in UPLOADS:
        put_bucket_policy(bench, statement)
        diagnosis = look(bench)
        found = finding(diagnosis, "bucket.upload-denied")
        assert (found.status, found.certainty) == (status, certainty), statement
        expected = ("bucket.upload-denied",) if status == "fail" else ()
        assert diagnosis.root_causes == expected


def test_the_key_that_is_asked_about_is_the_key_that_is_judged(bench: Bench) -> None:
    put_bucket_policy(bench, refuse(Resource="BUCKET/private/*"))
    assert look(bench, "private/a.mp3").root_causes == ("bucket.upload-denied",)
    assert look(bench, "open/a.mp3").root_causes == ()


def test_an_object_that_is_there_was_not_refused(bench: Bench) -> None:
    bench.s3.put_object(Bucket=bench.installation.bucket, Key="a.mp3", Body=b"x")
    encrypted = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    for statement in (refuse(), refuse(encrypted)):
        put_bucket_policy(bench, statement)
        found = finding(look(bench, "a.mp3"), "bucket.upload-denied")
        assert (found.status, found.certainty) == ("warn", "likely")
    found = finding(look(bench, "b.mp3"), "bucket.upload-denied")
    assert (found.status, found.certainty) == ("fail", "likely")


def test_without_any_policy_no_bucket_whatever_can_send(bench: Bench) -> None:
    set_policy(bench)
    named = bench.workbench.pipeline
    unknown = Unknown("bucket", "The queue has no policy that names one.")
    pipeline = replace(named, bucket=None, unknown=(unknown,))
    diagnosis = look(replace(bench, workbench=replace(bench.workbench, pipeline=pipeline)))
    assert diagnosis.root_causes == ("policy.no-allow",)
    assert finding(diagnosis, "policy.no-allow").certainty == "proven"


def mend(bench: Bench, diagnosis: Diagnosis) -> None:
    """Apply the repair of the first root cause."""
    apply_repair(bench.workbench, plan_repair(bench.workbench, diagnosis, diagnosis.root_causes[0]))


def test_what_the_doctor_finds_in_a_queue_policy_it_can_mend(bench: Bench) -> None:
    for cause, _, statements in FAULTS:
        set_policy(bench, *statements)
        mend(bench, look(bench))
        assert alarming(look(bench)) == [], (cause, statements)


def test_what_the_doctor_finds_in_a_key_policy_it_can_mend(
    bench: Bench, encrypted: Callable[..., str]
) -> None:
    for statements in ([], [granted(Action="kms:Decrypt")]):
        encrypted(*statements)
        mend(bench, look(bench))
        assert alarming(look(bench)) == [], statements
    name_key(bench, "alias/aws/sqs")
    mend(bench, look(bench))
    assert alarming(look(bench)) == []
