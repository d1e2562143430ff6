"""Leaving: what is held is given back, and what cannot be is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.aws import wordings
from console.aws.errors import CallContext
from console.errors import AwsError, JournalError, UsageError
from console.models.pipeline import Unknown
from tests.emulator.conftest import Bench


def test_without_a_journal_leaving_tells_what_stays_hidden_and_until_when(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.send(3, bench.dlq)
    bench.peek(bench.dlq, hold=True)
    (first, *_) = bench.workbench.leases.held()

    def full_disk(*_: Any, **__: Any) -> None:
        raise JournalError("Journal unusable", "The disk is full.")

    monkeypatch.setattr(bench.workbench.journal.log, "intend", full_disk)
    result = bench.workbench.close()
    assert len(result.failed) == 3
    assert result.reappear_at is not None
    assert result.reappear_at >= first.reappears_at
    assert bench.counts(bench.dlq) == (0, 3)


def test_closing_twice_is_harmless(bench: Bench) -> None:
    bench.send(2, bench.dlq)
    bench.peek(bench.dlq, hold=True)
    assert len(bench.workbench.close().released) == 2
    assert bench.workbench.close().released == ()


def test_what_a_denied_call_hides_is_told_as_that_denial(bench: Bench) -> None:
    denied = CallContext("s3:GetBucketNotificationConfiguration", "bucket b").tell(
        wordings.DENIED, permission="s3:GetBucketNotification"
    )
    pipeline = replace(
        bench.workbench.pipeline,
        queue=None,
        dlq=None,
        unknown=(Unknown("queue", "denied", denied),),
    )
    hidden = replace(bench.workbench, pipeline=pipeline)
    with pytest.raises(AwsError) as caught:
        hidden.need_queue()
    assert caught.value.permission == "s3:GetBucketNotification"
    with pytest.raises(UsageError) as missing:
        hidden.need_dlq()
    assert "--dlq" in missing.value.remedy


def test_operations_older_than_the_retention_are_forgotten(bench: Bench) -> None:
    log, now = bench.workbench.journal.log, bench.workbench.clock.now()
    old = log.begin(
        "peek", pipeline="p", queue_arn=None, caller_arn=None, intent="", at=now - timedelta(40)
    )
    log.finish(old, "done", {}, now)
    bench.peek()
    assert [o.kind for o in bench.workbench.journal.operations()] == ["peek"]
    assert old not in [o.id for o in bench.workbench.journal.operations()]
