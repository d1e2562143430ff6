"""`event-console journal resume`: finish what was interrupted, one operation after the other."""

from __future__ import annotations

from collections.abc import Sequence

from console.cli.headless import Session
from console.cli.writing import Consent, ask, shown_progress, tell_reasons
from console.documents.moving import report_document
from console.errors import EXIT_FAILED, EXIT_FINDINGS, EXIT_OK, ConsoleError, JournalError
from console.models.pipeline import QueueRef
from console.operations.resume import Report, Unfinished, need_rest, resume, unfinished
from console.operations.workbench import Workbench, require_write


def resume_all(
    session: Session, bench: Workbench, operation_ids: Sequence[str], consent: Consent
) -> int:
    """Finish the named operations, or what is unfinished; returns the exit code."""
    require_write(bench, "Resume")
    found = {one.operation.id: one for one in unfinished(bench)}
    chosen = list(operation_ids or found)
    for operation_id in operation_ids:
        need_rest(bench.journal.log.operation(operation_id))
    output = session.output
    if not chosen:
        output.document([]) if output.as_json else output.show("Nothing is unfinished here.")
        return EXIT_OK
    for operation_id in chosen:
        output.say(_told(bench, operation_id, found.get(operation_id)))
    ask(output, bench, _queue(bench), f"Finish {len(chosen)} operations.", consent)
    reports: list[Report] = []
    problems: list[str] = []
    with session.interruption.cooperative() as cancel, shown_progress(output) as on_progress:
        for operation_id in chosen:
            one = found.get(operation_id)
            whole = bool(operation_ids) or (one is not None and one.killed)
            try:
                reports.append(
                    resume(bench, operation_id, cancel=cancel, on_progress=on_progress, whole=whole)
                )
            except JournalError:
                raise
            except ConsoleError as error:
                problems.append(f"{operation_id}: {error.sentence}")
            if cancel.is_set():
                break
    _tell(session, reports, problems)
    failed = problems or any(r.failed or r.state == "failed" for r in reports)
    left = any(r.reasons or r.state != "done" for r in reports)
    return EXIT_FAILED if failed else EXIT_FINDINGS if left else EXIT_OK


def _queue(bench: Workbench) -> QueueRef:
    return bench.pipeline.dlq or bench.need_queue()


def _told(bench: Workbench, operation_id: str, one: Unfinished | None) -> str:
    operation = bench.journal.log.operation(operation_id)
    running = bench.journal.claims.alive(operation_id)
    killed = operation.state_now(alive=running) == "killed"
    how = "is at work" if running else "was killed" if killed else "ended early"
    pending = f", {one.pending} messages undecided" if one and one.pending else ""
    return f"{operation_id}: {operation.intent} ({how}{pending})"


def _tell(session: Session, reports: Sequence[Report], problems: Sequence[str]) -> None:
    output = session.output
    if output.as_json:
        output.document([report_document(report) for report in reports])
    for report in reports:
        document = report_document(report)
        counts = ", ".join(
            f"{value} {name.replace('_', ' ')}"
            for name, value in document.items()
            if isinstance(value, int) and not isinstance(value, bool)
        )
        if not output.as_json:
            output.show(f"{report.operation_id}: {report.state}; {counts}")
        tell_reasons(output, report.reasons)
    for problem in problems:
        output.warn(problem)
