"""`status` and `config` against a real server: documents, tables, exit codes, failures."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import Call, lead_to
from tests.conftest import Installation

Aws = Callable[[str], Any]


def test_status_is_one_document(call: Call, on_emulator: Installation, aws: Aws) -> None:
    aws("sqs").send_message(QueueUrl=on_emulator.queue_url, MessageBody="x")
    outcome = call("status", "--json")
    assert outcome.code == 0
    found = outcome.json
    assert set(found) == {
        "pipeline", "at", "queue", "dlq", "rates", "forecast", "alarms", "sources",
    }  # fmt: skip
    assert found["pipeline"]["bucket"] == on_emulator.bucket
    assert found["pipeline"]["queue"]["arn"] == on_emulator.queue_arn
    assert found["at"].endswith("Z")
    counts = {"visible": 1, "in_flight": 0, "delayed": 0, "oldest_age_seconds": None}
    assert {k: found["queue"][k] for k in counts} == counts
    assert found["dlq"]["visible"] == 0
    # Nobody puts metrics there, so there are none: unknown, not zero.
    assert found["rates"] is None
    assert found["forecast"] is None
    assert set(found["sources"]) == {"sqs", "dlq", "cloudwatch", "alarms"}
    for source in found["sources"].values():
        assert (source["ok"], source["error"]) == (True, None)


def test_status_for_people_is_plain_text_in_a_pipe(call: Call, on_emulator: Installation) -> None:
    outcome = call("status")
    assert outcome.code == 0
    assert "\x1b" not in outcome.out
    assert on_emulator.queue in outcome.out
    assert on_emulator.dlq is not None
    assert on_emulator.dlq in outcome.out
    assert "unknown" in outcome.out
    assert all(line == line.rstrip() for line in outcome.out.splitlines())


def test_a_pipeline_without_a_dlq_has_no_such_source(
    call: Call, install: Callable[..., Installation], monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_to(install(dlq=False), monkeypatch)
    outcome = call("status", "--json")
    assert outcome.code == 0
    assert outcome.json["dlq"] is None
    assert "dlq" not in outcome.json["sources"]


def test_options_count_before_and_after_the_command_and_the_later_wins(
    call: Call, on_emulator: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVENT_CONSOLE_QUEUE")
    monkeypatch.delenv("EVENT_CONSOLE_BUCKET")
    queue = on_emulator.queue
    for arguments in (
        ("--queue", queue, "--json", "status"),
        ("status", "--queue", queue, "--json"),
        ("--queue", "nowhere", "status", "--queue", queue, "--json"),
    ):
        outcome = call(*arguments)
        assert outcome.code == 0
        assert outcome.json["pipeline"]["queue"]["name"] == queue
    assert call("--queue", queue, "status", "--queue", "nowhere").code == 1


def test_the_later_of_three_levels_wins(call: Call, tmp_path: Any) -> None:
    (tmp_path / "c.toml").write_text('[pipelines.p]\nqueue = "q"')
    config = str(tmp_path / "c.toml")
    base = ("--config", "/nowhere", "journal", "--config", config, "list", "--pipeline")
    assert call(*base, "p", "--json").json == []
    assert call(*base, "other").code == 2


def test_a_denied_side_source_is_a_finding_and_blanks_nothing_else(
    call: Call, on_emulator: Installation, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_to_a_user_who_may(["sqs:*", "s3:*"], aws, monkeypatch)
    outcome = call("status", "--json")
    assert outcome.code == 3
    found = outcome.json
    assert found["queue"]["visible"] == 0
    assert found["alarms"] is None
    assert found["sources"]["sqs"]["ok"] is True
    for name, permission in (
        ("cloudwatch", "cloudwatch:GetMetricData"),
        ("alarms", "cloudwatch:DescribeAlarms"),
    ):
        source = found["sources"][name]
        assert (source["ok"], source["permission"]) == (False, permission)
    table = call("status")
    assert table.code == 3
    assert "cloudwatch:GetMetricData" in table.out


def test_a_queue_that_may_not_be_read_fails_and_names_the_permission(
    call: Call, on_emulator: Installation, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_to_a_user_who_may(["s3:*", "cloudwatch:*"], aws, monkeypatch)
    outcome = call("status", "--queue", on_emulator.queue_arn, "--json")
    assert outcome.code == 1
    assert outcome.json["queue"] is None
    assert outcome.json["sources"]["sqs"]["permission"] == "sqs:GetQueueAttributes"


def lead_to_a_user_who_may(actions: list[str], aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment's credentials be those of a user with these permissions only."""
    iam = aws("iam")
    iam.create_user(UserName="limited")
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    iam.put_user_policy(
        UserName="limited",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    key = iam.create_access_key(UserName="limited")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])


def test_no_such_queue(call: Call, on_emulator: Installation) -> None:
    outcome = call("status", "--queue", "nowhere", "--json")
    assert (outcome.code, outcome.out) == (1, "")
    assert "No such queue" in outcome.err


def test_a_bucket_that_names_no_queue_is_wrong_usage_for_status(
    call: Call, install: Callable[..., Installation], monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_to(install(notification=False), monkeypatch)
    monkeypatch.delenv("EVENT_CONSOLE_QUEUE")
    outcome = call("status")
    assert (outcome.code, outcome.out) == (2, "")
    assert "--queue" in outcome.err


def test_an_endpoint_that_does_not_answer(
    call: Call, on_emulator: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = call("status", "--endpoint-url", "http://127.0.0.1:9", "--json")
    assert (outcome.code, outcome.out) == (1, "")
    assert "unreachable" in outcome.err
    assert "Traceback" not in outcome.err


def test_no_credentials(
    call: Call, on_emulator: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    outcome = call("status")
    assert outcome.code == 1
    assert "No credentials" in outcome.err


def test_an_unknown_profile(call: Call, on_emulator: Installation) -> None:
    outcome = call("status", "--profile", "nobody")
    assert outcome.code == 1
    assert "nobody" in outcome.err


def test_config_shows_rules_and_attributes(call: Call, on_emulator: Installation) -> None:
    outcome = call("config", "--suffix", ".mp3", "--json")
    assert outcome.code == 0
    found = outcome.json
    (rule,) = found["notification"]
    assert rule["kind"] == "queue"
    assert rule["destination"] == on_emulator.queue_arn
    assert rule["events"] == ["s3:ObjectCreated:*"]
    assert (rule["prefix"], rule["suffix"]) == (None, ".mp3")
    assert rule["matches_pipeline"] is True
    assert found["queue"]["queue_arn"] == on_emulator.queue_arn
    assert found["queue"]["policy"]["Statement"]
    assert found["queue"]["redrive_policy"]["dead_letter_target_arn"] == on_emulator.dlq_arn
    assert found["differences"] == []


def test_differences_are_findings(call: Call, on_emulator: Installation) -> None:
    outcome = call("config", "--suffix", ".wav", "--json")
    assert outcome.code == 3
    (difference,) = outcome.json["differences"]
    assert (difference["field"], difference["expected"]) == ("suffix", ".wav")
    assert difference["meaning"]
    table = call("config", "--suffix", ".wav")
    assert table.code == 3
    assert difference["meaning"] in table.out


def test_a_queue_that_refuses_s3_is_a_finding(
    call: Call, on_emulator: Installation, aws: Aws
) -> None:
    aws("sqs").set_queue_attributes(QueueUrl=on_emulator.queue_url, Attributes={"Policy": ""})
    outcome = call("config", "--json")
    assert outcome.code == 3
    (difference,) = outcome.json["differences"]
    assert (difference["field"], difference["actual"]) == ("policy", None)
    assert "S3's events are refused" in call("config").out


def test_a_source_that_cannot_be_read_makes_config_fail(
    call: Call, on_emulator: Installation
) -> None:
    outcome = call("config", "--bucket", "no-such-bucket-anywhere", "--json")
    assert outcome.code == 1
    found = outcome.json
    assert found["notification"] is None
    assert found["sources"]["notification"]["ok"] is False
    assert found["sources"]["notification"]["error"]
    assert found["queue"]["queue_arn"] == on_emulator.queue_arn


def test_hostile_names_of_rules_are_shown_not_obeyed(
    call: Call, on_emulator: Installation, aws: Aws
) -> None:
    hostile = "[/bold]\u202e\u200brule"
    aws("s3").put_bucket_notification_configuration(
        Bucket=on_emulator.bucket,
        NotificationConfiguration={
            "QueueConfigurations": [
                {
                    "Id": "a",
                    "QueueArn": on_emulator.queue_arn,
                    "Events": ["s3:ObjectCreated:*"],
                    "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": hostile}]}},
                }
            ]
        },
    )
    outcome = call("config")
    for raw in ("\x1b", "\u200b", "\u202e"):
        assert raw not in outcome.out
    assert "[/bold]\\u202e\\u200brule" in outcome.out
    assert call("config", "--json").json["notification"][0]["prefix"] == hostile


def test_nothing_is_written_by_looking(call: Call, on_emulator: Installation) -> None:
    assert call("config").code == 0
    assert call("journal", "--json").json == []


def test_config_of_a_bucket_that_sends_to_no_queue_is_a_finding(
    install: Callable[..., Installation], call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    lonely = install(notification=False)
    for name, value in lonely.environment().items():
        monkeypatch.setenv(name, value)
    done = call("config", "--bucket", lonely.bucket, "--json")
    assert done.code == 3
    (difference,) = json.loads(done.out)["differences"]
    assert "no notification configuration" in difference["meaning"]
