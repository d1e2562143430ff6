"""Run an action on a workbench."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from console.errors import AwsError
from console.models.handling import HandlerOptions
from console.models.moving import MoveProgress
from console.operations.backfill import backfill
from console.operations.delete import delete
from console.operations.handlers.choose import open_handler
from console.operations.process import process
from console.operations.purge import purge
from console.operations.redrive import redrive
from console.operations.restore import restore
from console.operations.resume import resume
from console.operations.server_redrive import plan_redrive, refuse_active, server_redrive
from console.operations.workbench import Workbench
from console.tui.actions import Action, Backfill, Delete, Process, Purge, Redrive, Report, Restore

OnProgress = Callable[[MoveProgress], None]


def perform(
    bench: Workbench, action: Action, cancel: threading.Event, on_progress: OnProgress
) -> Report:
    """Do it to its end, or until `cancel` is set. Raises `ConsoleError`."""
    if isinstance(action, Redrive):
        return _redrive(bench, action, cancel, on_progress)
    if isinstance(action, Delete):
        return delete(
            bench, action.queue, action.options, cancel=cancel, held=action.held,
            on_progress=on_progress,
        )  # fmt: skip
    if isinstance(action, Process):
        handler = open_handler(action.handler, bench, HandlerOptions())
        return process(
            bench, action.queue, handler, action.options, cancel=cancel, held=action.held,
            on_result=lambda _: None, on_progress=on_progress,
        )  # fmt: skip
    if isinstance(action, Purge):
        copy = bench.journal.settings.bodies
        return purge(bench, action.queue, cancel=cancel, copy_first=copy, on_progress=on_progress)
    if isinstance(action, Restore):
        return restore(bench, action.operation_id, cancel=cancel, on_progress=on_progress)
    if isinstance(action, Backfill):
        return backfill(
            bench, action.chosen, cancel=cancel, keys=action.keys, on_progress=on_progress
        )
    return resume(bench, action.operation_id, cancel=cancel, on_progress=on_progress)


def _redrive(
    bench: Workbench, action: Redrive, cancel: threading.Event, on_progress: OnProgress
) -> Report:
    """By SQS itself where everything is meant and it can; message by message otherwise."""
    note = None
    if action.whole:
        plan = plan_redrive(bench, action.source)
        refuse_active(action.source, plan)
        why_not = plan.why_not
        if why_not is None:
            try:
                return server_redrive(
                    bench, action.source, plan, cancel=cancel, on_progress=on_progress
                )
            except AwsError as error:
                if error.kind != "unsupported":
                    raise
                why_not = error.sentence
        note = f"Moved message by message: {why_not.rstrip('.')}."
        on_progress(MoveProgress(0, plan.counts.total, 0, 0, note))
    report = redrive(
        bench, action.source, action.options, cancel=cancel, held=action.held,
        on_progress=on_progress,
    )  # fmt: skip
    return replace(report, reasons=(note, *report.reasons)) if note else report
