"""`security`, and `doctor` for who cannot look, against a server that enforces IAM."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.cli.conftest import Call
from tests.conftest import Installation

Aws = Callable[[str], Any]
Become = Callable[[Any], str]


@pytest.fixture
def become(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Become:
    """Call AWS as this test's user, who may from now on do what the policy says; the user's ARN."""
    iam, name = aws("iam"), f"user-{uuid4().hex[:8]}"
    made: list[str] = []

    def use(policy: Any) -> str:
        if not made:
            made.append(iam.create_user(UserName=name)["User"]["Arn"])
            key = iam.create_access_key(UserName=name)["AccessKey"]
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        document = json.dumps(policy)
        iam.put_user_policy(UserName=name, PolicyName="granted", PolicyDocument=document)
        return made[0]

    return use


def findings(document: Any) -> dict[str, Any]:
    return {finding["id"]: finding for finding in document["findings"]}


def test_security_tells_warnings_with_remedies(call: Call, on_emulator: Installation) -> None:
    outcome = call("security", "--json")
    assert outcome.code == 3
    found = findings(outcome.json)
    assert all(i.startswith("security.") for i in found)
    assert {f["status"] for f in found.values()} == {"pass", "warn"}
    assert found["security.queue-unencrypted"]["status"] == "pass"
    assert found["security.public-access"]["status"] == "pass"
    assert found["security.root-credentials"]["status"] == "warn"
    assert found["security.tls-only-queue"]["evidence"]["queue"] == on_emulator.queue_arn
    assert (outcome.json["verdict"], outcome.json["root_causes"]) == ("healthy", [])
    shown = call("security")
    assert shown.code == 3
    assert "security.tls-only-bucket" in shown.out
    assert "aws:SecureTransport is false" in shown.out
    assert call("doctor").code == 0


def test_what_is_well_is_not_told(
    call: Call, on_emulator: Installation, aws: Aws, become: Become
) -> None:
    for service in ("s3", "sqs"):
        aws("ec2").create_vpc_endpoint(
            VpcId="vpc-1", ServiceName=f"com.amazonaws.{on_emulator.region}.{service}"
        )
    arn = become(_allow("*"))
    outcome = call("security", "--json")
    assert outcome.json["pipeline"]["identity"] == arn
    assert {i for i, f in findings(outcome.json).items() if f["status"] != "pass"} == {
        "security.tls-only-bucket",
        "security.tls-only-queue",
    }


def _allow(*actions: str) -> Any:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _with_batches(policy: Any) -> Any:
    """This server asks for batch calls by their own names, AWS by those of the single calls."""
    for statement in policy["Statement"]:
        sqs = [action for action in statement["Action"] if action.startswith("sqs:")]
        statement["Action"] += [f"{action}Batch" for action in sqs]
    return policy


def test_the_printed_policy_is_all_that_the_console_needs(
    call: Call, on_emulator: Installation, aws: Aws, become: Become
) -> None:
    aws("sqs").send_message(QueueUrl=on_emulator.dlq_url, MessageBody="x")
    become(_allow("*"))
    read_only, operator = (
        call("security", "--policy", "--mode", mode) for mode in ("read-only", "operator")
    )
    assert (read_only.code, operator.code) == (0, 0)
    resources = {a: s["Resource"] for s in operator.json["Statement"] for a in s["Action"]}
    assert resources["sqs:GetQueueAttributes"] == [on_emulator.queue_arn, on_emulator.dlq_arn]

    become(read_only.json)
    looked = call("doctor", "--json").json
    assert looked["pipeline"]["unknown"] == []
    denied = {f["permission"] for f in looked["findings"] if f["permission"]}
    # This server asks for it on every resource, AWS on the user's.
    assert denied <= {"iam:GetAccessKeyLastUsed"}
    sources = call("status", "--json").json["sources"]
    assert {name: source["error"] for name, source in sources.items() if not source["ok"]} == {}
    refused = call("peek", "--dlq", "--json")
    assert refused.code == 1
    assert "sqs:ReceiveMessage" in refused.err

    become(_with_batches(operator.json))
    assert [line["type"] for line in call("peek", "--dlq", "--json").lines] == [
        "message",
        "summary",
    ]
    assert call("redrive", "--yes", "--json").json["moved"] == 1
    tested = call("upload-test", "--json")
    assert (tested.code, tested.json["ok"]) == (0, True), tested.out


def test_the_printed_policy_is_this_pipelines_mode_and_says_what_it_leaves_out(
    call: Call, on_emulator: Installation, become: Become
) -> None:
    def actions(*more: str) -> set[str]:
        return {
            a for s in call("security", "--policy", *more).json["Statement"] for a in s["Action"]
        }

    assert "sqs:PurgeQueue" in actions()
    assert "sqs:SetQueueAttributes" not in actions()
    assert "sqs:ReceiveMessage" not in actions("--read-only")
    assert "sqs:ReceiveMessage" in actions("--read-only", "--allow-peek")
    assert "sqs:SetQueueAttributes" in actions("--mode", "repair")
    become(_allow("sqs:*", "s3:GetBucketNotification"))
    outcome = call("security", "--policy")
    assert outcome.code == 3
    assert "s3:GetEncryptionConfiguration" in outcome.err
    assert call("security", "--mode", "repair").code == 2


def test_who_may_not_look_is_told_what_is_missing(
    call: Call, on_emulator: Installation, become: Become
) -> None:
    become(_allow("sqs:GetQueueUrl", "sqs:GetQueueAttributes", "s3:GetBucketNotification"))
    outcome = call("doctor", "--json")
    told = findings(outcome.json)["operator.cannot-read"]
    assert (told["status"], told["certainty"]) == ("unknown", "proven")
    assert {"s3:GetBucketPolicy", "ec2:DescribeVpcEndpoints"} <= set(
        told["evidence"]["permissions"]
    )
    assert "operator.cannot-read" not in outcome.json["root_causes"]
    unknown = [f for f in outcome.json["findings"] if f["status"] == "unknown"]
    assert all(f["permission"] for f in unknown if f["id"] != "operator.cannot-read")
    assert call("security").code == 3


def test_credentials_that_do_not_work_are_the_doctors_one_cause(
    call: Call, on_emulator: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    outcome = call("doctor", "--json")
    assert outcome.code == 3
    assert outcome.json["root_causes"] == ["operator.credentials"]
    assert outcome.json["verdict"] == "unknown"
    (finding,) = outcome.json["findings"]
    assert finding["evidence"]["code"] == "InvalidClientTokenId"
    assert call("security").code == 1


def test_producer_and_consumer_of_the_configuration_are_asked_about(
    call: Call, on_emulator: Installation, aws: Aws, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    iam = aws("iam")
    for name, actions in (("uploader", ["s3:PutObject"]), ("worker", ["sqs:ReceiveMessage"])):
        user = f"{name}-{on_emulator.bucket}"
        iam.create_user(UserName=user)
        document = json.dumps(_allow(*actions))
        iam.put_user_policy(UserName=user, PolicyName="part", PolicyDocument=document)
    base = f"arn:aws:iam::{account}:user"
    monkeypatch.setenv("EVENT_CONSOLE_PRODUCER_ARN", f"{base}/uploader-{on_emulator.bucket}")
    monkeypatch.setenv("EVENT_CONSOLE_CONSUMER_ARN", f"{base}/worker-{on_emulator.bucket}")
    found = findings(call("doctor", "--json").json)
    assert found["security.producer-denied"]["status"] == "pass"
    denied = found["security.consumer-denied"]
    assert denied["status"] == "warn"
    assert [r["action"] for r in denied["evidence"]["refused"]] == [
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "s3:GetObject",
    ]
