"""`policy`: a policy from a file, decided without a call to AWS."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Call

QUEUE = "arn:aws:sqs:us-east-2:111122223333:audio"
NAMES = ("--bucket", "uploads", "--queue-arn", QUEUE, "--account", "111122223333")


def statement(**changes: Any) -> dict[str, Any]:
    return {
        "Sid": "Send",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
        "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::uploads"}},
    } | changes


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Write a policy of these statements to a file, and tell its name."""

    def to(name: str, *statements: Any) -> str:
        path = tmp_path / name
        path.write_text(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
        return str(path)

    return to


def test_allowed(call: Call, write: Any) -> None:
    outcome = call("policy", write("p.json", statement()), *NAMES)
    assert outcome.code == 0
    assert outcome.out.startswith('S3 would be allowed. Allowed by statement "Send".')


def test_the_document(call: Call, write: Any) -> None:
    denying = statement(
        Sid="Vpc",
        Effect="Deny",
        Principal="*",
        Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
    )
    outcome = call("policy", write("p.json", statement(), denying), *NAMES, "--json")
    assert outcome.code == 3
    document = outcome.json
    assert document["allowed"] is False
    assert document["certainty"] == "proven"
    assert document["problems"] == []
    assert document["key_policy"] is None
    assert [(s["sid"], s["effect"], s["matches"]) for s in document["statements"]] == [
        ("Send", "Allow", True),
        ("Vpc", "Deny", True),
    ]
    assert all(s["because"] for s in document["statements"])


def test_refused_because_of_another_bucket(call: Call, write: Any) -> None:
    names = ("--bucket", "other", *NAMES[2:])
    outcome = call("policy", write("p.json", statement()), *names)
    assert outcome.code == 3
    assert "S3 would be refused. No statement allows it." in outcome.out
    assert 'aws:SourceArn is "arn:aws:s3:::other"' in outcome.out


def test_what_cannot_be_told(call: Call, write: Any) -> None:
    condition = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    file = write("p.json", statement(Condition=condition))
    assert call("policy", file, *NAMES).code == 0
    outcome = call("policy", file, *NAMES[:4], "--json")
    assert (outcome.code, outcome.json["allowed"]) == (3, None)


def test_the_policy_of_the_key_too(call: Call, write: Any) -> None:
    queue = write("p.json", statement())
    key = write("k.json", statement(Action="kms:GenerateDataKey", Resource="*", Condition={}))
    outcome = call("policy", queue, *NAMES, "--key-policy", key, "--json")
    assert outcome.code == 3
    of_key = outcome.json["key_policy"]
    assert of_key["allowed"] is False
    assert of_key["actions"]["kms:GenerateDataKey"]["allowed"] is True
    assert outcome.json["queue_policy"]["allowed"] is True
    assert "Key policy, kms:Decrypt" in call("policy", queue, *NAMES, "--key-policy", key).out


def test_a_document_that_is_no_policy(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text("{")
    outcome = call("policy", str(file), *NAMES, "--json")
    assert (outcome.code, outcome.json["allowed"]) == (3, None)
    assert "not JSON" in outcome.json["problems"][0]


def test_a_policy_that_aws_would_not_take(call: Call, write: Any) -> None:
    file = write("p.json", statement(), statement())
    outcome = call("policy", file, *NAMES, "--json")
    assert (outcome.code, outcome.json["allowed"]) == (3, None)
    assert "would not take" in outcome.json["reason"]


def test_a_fifo_queue_is_warned_of(call: Call, write: Any) -> None:
    names = ("--bucket", "uploads", "--queue-arn", f"{QUEUE}.fifo")
    outcome = call("policy", write("p.json", statement(Resource="*")), *names)
    assert (outcome.code, "FIFO" in outcome.err) == (0, True)


def test_hostile_text_is_shown_and_not_obeyed(call: Call, write: Any) -> None:
    outcome = call("policy", write("p.json", statement(Sid="[/red]\x1b]0;x\x07")), *NAMES)
    assert "\x1b" not in outcome.out
    assert "[/red]" in outcome.out


def test_standard_input(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps({"Statement": statement()}).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert call("--bucket", "uploads", "policy", "-", *NAMES[2:]).code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("nowhere.json", *NAMES),
        ("-", *NAMES, "--key-policy", "-"),
        ("-", *NAMES[2:]),
        ("-", *NAMES[:2]),
        ("-", "--bucket", "uploads", "--queue-arn", "audio"),
        ("-", *NAMES[:4], "--account", "12"),
        ("-", "--bucket", "arn:aws:s3:::uploads", *NAMES[2:]),
    ],
)
def test_wrong_usage(call: Call, arguments: tuple[str, ...]) -> None:
    outcome = call("policy", *arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err
