"""Redrive by SQS itself: what is asked of it, and how each ending is told.

The emulator knows no move tasks: their calls are stubbed, everything else is real.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from console.aws.errors import CallContext
from console.aws.move_tasks import MoveTasks
from console.errors import AwsError, Refused, UsageError
from console.models.move_task import MoveTask
from console.models.moving import MoveProgress, MoveReport
from console.models.pipeline import Mode, QueueRef
from console.operations.resume import resume, unfinished
from console.operations.server_redrive import (
    AlreadyMoving,
    cancel_redrive,
    plan_redrive,
    redrive_status,
    server_redrive,
)
from tests.conftest import Installation
from tests.emulator.conftest import Bench

HANDLE = "task-handle"


class Script:
    """A bench whose move tasks are answered as written."""

    def __init__(self, bench: Bench, stub: Stubber) -> None:
        self.bench, self.stub = bench, stub
        self.told: list[MoveProgress] = []

    @property
    def dlq(self) -> QueueRef:
        return self.bench.dlq

    def sources(self, *urls: str) -> None:
        asked = {"QueueUrl": self.dlq.url}
        self.stub.add_response("list_dead_letter_source_queues", {"queueUrls": list(urls)}, asked)

    def tasks(self, *states: str, moved: int = 0, to_move: int = 9, **more: Any) -> None:
        now = int(datetime.now(UTC).timestamp() * 1000)
        results = [
            {
                "Status": state,
                "ApproximateNumberOfMessagesMoved": moved,
                "ApproximateNumberOfMessagesToMove": to_move,
                "StartedTimestamp": now,
                **({"TaskHandle": HANDLE} if state == "RUNNING" else {}),
                **more,
            }
            for state in states
        ]
        asked = {"SourceArn": self.dlq.arn, "MaxResults": 10}
        self.stub.add_response("list_message_move_tasks", {"Results": results}, asked)

    def started(self, **more: Any) -> None:
        asked = {"SourceArn": self.dlq.arn, **more}
        self.stub.add_response("start_message_move_task", {"TaskHandle": HANDLE}, asked)

    def cancelled(self) -> None:
        answer = {"ApproximateNumberOfMessagesMoved": 4}
        self.stub.add_response("cancel_message_move_task", answer, {"TaskHandle": HANDLE})

    def run(self, cancel: threading.Event | None = None, **options: Any) -> MoveReport:
        workbench = self.bench.workbench
        plan = plan_redrive(workbench, self.dlq)
        assert plan.why_not is None
        return server_redrive(
            workbench, self.dlq, plan, cancel=cancel or threading.Event(),
            on_progress=self.told.append, **options,
        )  # fmt: skip

    def finished(self) -> None:
        self.stub.assert_no_pending_responses()


class Clients:
    """One stubbed client for every region."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def client(self, service: str, region: str | None, attempts: int | None = None) -> Any:
        return self._client

    def context(self, action: str, resource: str) -> CallContext:
        return CallContext(action, resource, None, None)


@pytest.fixture
def script(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    monkeypatch.setattr("console.operations.server_redrive._POLL_SECONDS", 0.01)
    client = boto3.client(
        "sqs", region_name="us-east-2", aws_access_key_id="a", aws_secret_access_key="b"
    )
    with Stubber(client) as stub:
        bench.workbench.gateway.move_tasks = MoveTasks(Clients(client))  # type: ignore[arg-type]
        yield Script(bench, stub)


def test_a_whole_dlq_is_moved_by_sqs_and_watched(script: Script) -> None:
    script.sources(script.bench.queue.url)
    script.tasks()
    script.started(DestinationArn=script.bench.queue.arn, MaxNumberOfMessagesPerSecond=50)
    script.tasks("RUNNING", moved=3, to_move=9)
    script.tasks("COMPLETED", "COMPLETED", moved=9, to_move=9)
    report = script.run(rate=50)
    assert (report.mode, report.moved, report.state) == ("server", 9, "done")
    assert [(p.moved, p.about) for p in script.told] == [(3, 9)]
    script.finished()
    entries = script.bench.workbench.journal.entries(report.operation_id)
    assert [(e.action, e.outcome) for e in entries] == [("start-move-task", "started")]


def test_a_dlq_of_several_queues_names_no_destination_and_says_so(script: Script) -> None:
    other = script.bench.queue.url + "-other"
    script.sources(script.bench.queue.url, other)
    script.tasks()
    script.sources(script.bench.queue.url, other)
    script.tasks()
    script.started()
    script.tasks("COMPLETED", moved=2)
    assert "DLQ of 2 queues" in plan_redrive(script.bench.workbench, script.dlq).notes[0]
    assert script.run().moved == 2
    script.finished()


def test_a_running_task_of_others_is_noticed_before_anything_is_asked(script: Script) -> None:
    script.sources(script.bench.queue.url)
    script.tasks("RUNNING", moved=7)
    with pytest.raises(AlreadyMoving, match="7 moved so far"):
        script.run()
    script.finished()
    assert script.bench.workbench.journal.log.operations(10, kind="redrive") == ()


def test_held_messages_are_given_back_first(script: Script) -> None:
    script.bench.send(3, script.dlq)
    script.bench.peek(script.dlq, hold=True)
    assert script.bench.counts(script.dlq) == (0, 3)
    script.sources(script.bench.queue.url)
    script.tasks()
    script.started(DestinationArn=script.bench.queue.arn)
    script.tasks("COMPLETED", moved=3)
    script.run()
    assert script.bench.counts(script.dlq) == (3, 0)


def test_a_failed_task_tells_why(script: Script) -> None:
    script.sources(script.bench.queue.url)
    script.tasks()
    script.started(DestinationArn=script.bench.queue.arn)
    script.tasks("FAILED", moved=1, FailureReason="AccessDenied")
    report = script.run()
    assert (report.state, report.moved, report.reasons) == ("failed", 1, ("AccessDenied",))


def test_a_start_that_is_refused_is_in_the_journal(script: Script) -> None:
    script.sources(script.bench.queue.url)
    script.tasks()
    script.stub.add_client_error("start_message_move_task", "AccessDenied", "no", 403)
    with pytest.raises(AwsError):
        script.run()
    (operation,) = script.bench.workbench.journal.log.operations(10, kind="redrive")
    entries = script.bench.workbench.journal.entries(operation.id)
    assert operation.state == "failed"
    assert [e.outcome for e in entries] == ["failed"]


def lose_the_start(script: Script) -> None:
    script.stub.add_client_error("start_message_move_task", "InternalFailure", "?", 500)


def test_a_task_whose_start_was_not_answered_is_looked_for_and_followed(script: Script) -> None:
    script.sources(script.bench.queue.url)
    script.tasks("COMPLETED", moved=70, StartedTimestamp=1000)
    lose_the_start(script)
    script.tasks("COMPLETED", moved=70, StartedTimestamp=1000)
    script.tasks("RUNNING", moved=1)
    script.tasks("COMPLETED", moved=9)
    report = script.run()
    script.finished()
    assert (report.moved, report.state, report.reasons) == (9, "done", ())
    (entry,) = script.bench.workbench.journal.entries(report.operation_id)
    assert (entry.outcome, entry.error) == ("started", None)


def test_a_start_that_nobody_knows_of_is_told_as_unknown(script: Script) -> None:
    """A task that ended shortly before is not taken for its own."""
    script.sources(script.bench.queue.url)
    just_now = int(datetime.now(UTC).timestamp() * 1000)
    script.tasks("COMPLETED", moved=70, StartedTimestamp=just_now)
    lose_the_start(script)
    script.stub.add_client_error("list_message_move_tasks", "ThrottlingException", "slow", 400)
    for _ in range(4):
        script.tasks("COMPLETED", moved=70, StartedTimestamp=just_now)
    report = script.run()
    script.finished()
    assert (report.moved, report.state) == (0, "failed")
    assert "unknown" in report.reasons[-1]
    (entry,) = script.bench.workbench.journal.entries(report.operation_id)
    assert entry.outcome == "unknown"
    script.tasks("COMPLETED", moved=9, StartedTimestamp=just_now + 5000)
    late = resume(script.bench.workbench, report.operation_id, cancel=threading.Event())
    assert isinstance(late, MoveReport)
    assert (late.moved, late.state) == (9, "done")


def test_cancelling_cancels_the_task_and_counts_what_moved(script: Script) -> None:
    cancel = threading.Event()
    cancel.set()
    script.sources(script.bench.queue.url)
    script.tasks()
    script.started(DestinationArn=script.bench.queue.arn)
    script.tasks("RUNNING", moved=4)
    script.cancelled()
    script.tasks("CANCELLING", moved=4)
    script.tasks("CANCELLED", moved=5)
    report = script.run(cancel)
    assert (report.state, report.moved) == ("interrupted", 5)
    script.finished()


def test_a_poll_that_is_throttled_is_made_again(script: Script) -> None:
    script.sources(script.bench.queue.url)
    script.tasks()
    script.started(DestinationArn=script.bench.queue.arn)
    script.stub.add_client_error("list_message_move_tasks", "ThrottlingException", "slow", 400)
    script.tasks("COMPLETED", moved=9)
    assert script.run().state == "done"


def test_a_killed_console_leaves_the_task_to_be_followed(script: Script) -> None:
    workbench = script.bench.workbench
    operation = workbench.begin("redrive", script.dlq, "let SQS move", {"mode": "server"})
    workbench.journal.claims.drop(operation)
    (left,) = unfinished(workbench)
    assert left.operation.id == operation
    script.tasks("RUNNING", moved=2)
    script.tasks("COMPLETED", moved=9)
    report = resume(workbench, operation, cancel=threading.Event())
    assert isinstance(report, MoveReport)
    assert (report.moved, report.state) == (9, "done")
    assert workbench.journal.log.operation(operation).state == "done"


def test_anyones_task_is_shown_and_cancelled(script: Script) -> None:
    script.tasks("RUNNING", moved=4)
    script.tasks("RUNNING", moved=4)
    script.cancelled()
    (task,) = redrive_status(script.bench.workbench, script.dlq)
    assert (task.state, task.moved, task.to_move) == ("RUNNING", 4, 9)
    cancelled = cancel_redrive(script.bench.workbench, script.dlq)
    assert isinstance(cancelled, MoveTask)
    assert (cancelled.state, cancelled.moved) == ("CANCELLING", 4)
    script.finished()


def test_nothing_to_cancel(script: Script) -> None:
    script.tasks("COMPLETED")
    assert cancel_redrive(script.bench.workbench, script.dlq) is None
    script.finished()


@pytest.mark.parametrize("rate", [0.5, 501])
def test_a_rate_out_of_sqs_bounds_is_refused(script: Script, rate: float) -> None:
    script.sources(script.bench.queue.url)
    script.tasks()
    with pytest.raises(UsageError, match="1 to 500"):
        script.run(rate=rate)
    script.finished()


def test_read_only_starts_nothing(
    bench_on: Callable[..., Bench], installation: Installation, bench: Bench
) -> None:
    plan = plan_redrive(bench.workbench, bench.dlq)
    assert plan.why_not == "this endpoint knows no move tasks"
    reader = bench_on(installation, mode=Mode(read_only=True))
    with pytest.raises(Refused):
        server_redrive(reader.workbench, reader.dlq, plan, cancel=threading.Event())
