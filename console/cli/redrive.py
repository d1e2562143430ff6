"""`event-console redrive`: bring dead-lettered messages back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from console.cli.dry_run import would_match
from console.cli.filters import Duration, filter_of, filter_options
from console.cli.headless import Session, headless
from console.cli.options import json_option, pipeline_options
from console.cli.writing import (
    Consent,
    agree,
    ask,
    bulk_options,
    confirmation_options,
    exit_code,
    shown_progress,
    tell_reasons,
)
from console.errors import EXIT_OK, AwsError

if TYPE_CHECKING:
    import threading

    from console.models.moving import MoveOptions, MoveReport
    from console.models.redrive_plan import RedrivePlan
    from console.operations.redrive import Canaries
    from console.operations.workbench import Workbench

_EPILOG = """\b
Examples:
  event-console redrive --pipeline audio
  event-console redrive --match 'key.*2026' --rate 20 --yes --json
  event-console redrive --older-than 2h --canary 5
  event-console redrive --id 5f0a… --to other-queue
  event-console redrive status

\b
Everything is moved by SQS itself (a message move task) where it can be; what
is selected, limited, or cannot be done so, is moved message by message: sent
with all it carries, recorded, deleted, recorded. Killed at any moment, it is
finished by event-console journal resume.

\b
Exit codes:
  0 all that was meant has moved
  1 a call or a message failed
  2 wrong usage, or not confirmed
  3 messages were left, skipped, withheld, or in flight elsewhere
"""


@click.group(
    "redrive",
    short_help="Bring dead-lettered messages back.",
    invoke_without_command=True,
    epilog=_EPILOG,
)
@click.option("-n", "--count", "limit", type=click.IntRange(1), help="At most so many messages.")
@click.option("--to", metavar="QUEUE", help="Send there, instead of where each came from.")
@click.option("--rate", type=click.FloatRange(0.01), metavar="N", help="Messages a second.")
@click.option(
    "--canary",
    type=click.IntRange(1),
    metavar="N",
    help="Move N first, watch what becomes of them, and ask before the rest.",
)
@click.option(
    "--canary-wait",
    type=Duration(),
    metavar="TIME",
    help="How long to watch; by default as long as failing again takes.",
)
@click.option("--journaled", is_flag=True, help="Message by message, also where SQS could do it.")
@filter_options
@bulk_options
@pipeline_options()
@json_option
@click.pass_context
def command(context: click.Context, **named: Any) -> int | None:
    """Move messages of the DLQ back to the queues they came from, or to another one."""
    if context.invoked_subcommand:
        return None
    where = filter_of(named)
    consent = Consent(named["yes"], named["confirm"])
    with headless(context) as session, session.workbench() as bench:
        from console.models.moving import MoveOptions
        from console.operations.queues import queue_named
        from console.operations.workbench import require_write

        if not named["dry_run"]:
            require_write(bench, "Redrive")
        to = queue_named(bench, named["to"]) if named["to"] else None
        options = MoveOptions(where, named["limit"], named["rate"], to=to)
        whole = where.everything and not (named["limit"] or named["canary"] or named["journaled"])
        call = _Call(session, bench, options, consent, named["canary"], named["canary_wait"])
        return call.run(whole=whole, dry_run=named["dry_run"])


class _Call:
    """One redrive from the command line."""

    def __init__(
        self,
        session: Session,
        bench: Workbench,
        options: MoveOptions,
        consent: Consent,
        canary: int | None,
        canary_wait: float | None,
    ) -> None:
        self._session, self._bench, self._options = session, bench, options
        self._consent, self._canary, self._canary_wait = consent, canary, canary_wait
        self._dlq = bench.need_dlq()
        self._output = session.output

    def run(self, *, whole: bool, dry_run: bool) -> int:
        """Plan, ask, move, tell; returns the exit code."""
        from console.operations.server_redrive import plan_redrive, refuse_active, whole_rate

        plan = plan_redrive(self._bench, self._dlq, self._options.to)
        for note in plan.notes:
            self._output.say(note)
        refuse_active(self._dlq, plan)
        server = whole and plan.why_not is None
        if server:
            whole_rate(self._options.rate)
        if whole and not server:
            self._output.say(
                f"SQS does not move them itself ({plan.why_not.rstrip('.')}), "  # pyright: ignore[reportOptionalMemberAccess]
                "so they are moved message by message through the journal."
            )
        if dry_run:
            return self._dry_run(plan, server=server)
        ask(
            self._output,
            self._bench,
            self._dlq,
            self._sentence(plan),
            self._consent,
            typed=self._options.where.everything and self._options.limit is None,
        )
        with self._session.interruption.cooperative() as cancel:
            report = self._whole(plan, cancel) if server else self._selected(cancel)
        self._tell(report)
        left = report.skipped + report.withheld
        return exit_code(report.state, failed=report.failed, left=left, reasons=report.reasons)

    def _sentence(self, plan: RedrivePlan) -> str:
        to = self._options.to.name if self._options.to else "the queues they came from"
        what = self._options.where.in_words or "everything"
        most = f", at most {self._options.limit}," if self._options.limit else ""
        about = f"about {plan.counts.total} messages"
        if plan.counts.in_flight:
            about += f" ({plan.counts.in_flight} of them in flight, out of reach while they are)"
        return f"Move {what}{most} of {about} from {self._dlq.name} to {to}."

    def _whole(self, plan: RedrivePlan, cancel: threading.Event) -> MoveReport:
        """By SQS itself, unless it turns out that the endpoint cannot start a move task."""
        try:
            return self._server(plan, cancel)
        except AwsError as error:
            if error.kind != "unsupported":
                raise
            self._output.say(
                f"{error.sentence} They are moved message by message through the journal."
            )
            return self._selected(cancel)

    def _server(self, plan: RedrivePlan, cancel: threading.Event) -> MoveReport:
        from console.operations.server_redrive import server_redrive

        with shown_progress(self._output) as on_progress:
            return server_redrive(
                self._bench,
                self._dlq,
                plan,
                cancel=cancel,
                rate=self._options.rate,
                on_progress=on_progress,
            )

    def _selected(self, cancel: threading.Event) -> MoveReport:
        from console.operations.redrive import redrive

        with shown_progress(self._output) as on_progress:
            return redrive(
                self._bench,
                self._dlq,
                self._options,
                cancel=cancel,
                on_progress=on_progress,
                canary=self._canary or 0,
                proceed=lambda report, canaries: self._proceed(report, canaries, cancel),
            )

    def _proceed(self, report: MoveReport, canaries: Canaries, cancel: threading.Event) -> bool:
        """Watch the canaries; whether the rest may follow."""
        from console.operations.canary import watch_canaries

        with shown_progress(self._output) as on_progress:
            outcome = watch_canaries(
                self._bench,
                self._dlq,
                canaries.queues,
                canaries.ids,
                cancel=cancel,
                seconds=self._canary_wait,
                on_progress=on_progress,
            )
        self._output.say(
            f"Of {report.moved} canaries {outcome.processed} were processed, {outcome.came_back} "
            f"came back, {outcome.waiting} are still waiting."
        )
        if self._consent.yes:
            return outcome.good and report.moved > 0 and not report.failed
        return not cancel.is_set() and agree(self._output, "Move the rest?", cancel)

    def _dry_run(self, plan: RedrivePlan, *, server: bool) -> int:
        matched = would_match(
            self._session, self._bench, self._dlq, self._options, plan.counts.visible
        )
        if self._output.as_json:
            document: dict[str, object] = {
                "operation_id": None,
                "mode": "server" if server else "selected",
                "moved": 0,
                "failed": 0,
                "skipped": 0,
                "possibly_duplicated": 0,
                "remaining": plan.counts.total,
                "withheld": matched.withheld,
                "matched": matched.count,
                "dry_run": True,
            }
            self._output.document(document)
        else:
            how = "by SQS itself" if server else "message by message"
            self._output.show(
                f"Would move about {matched.count} messages {how}; nothing was changed."
            )
        return matched.exit_code

    def _tell(self, report: MoveReport) -> None:
        if self._output.as_json:
            from console.documents.moving import redrive_document

            self._output.document(redrive_document(report))
        else:
            doubts = report.possibly_duplicated
            twice = f", {doubts} of them possibly twice" if doubts else ""
            left = "unknown" if report.remaining is None else f"about {report.remaining}"
            self._output.show(
                f"{report.moved} moved{twice}, {report.failed} failed, {report.skipped} skipped; "
                f"{left} remain in {self._dlq.name} ({report.operation_id})"
            )
        tell_reasons(self._output, report.reasons)


_STATUS_EPILOG = """\b
Examples:
  event-console redrive status --pipeline audio
  event-console redrive status --queue audio-files --json

\b
SQS lists the ten newest tasks of a DLQ, running and ended.

\b
Exit codes:
  0 the list was read, also where it is empty
  1 a call failed, or the endpoint knows no move tasks
  2 wrong usage, or the pipeline has no DLQ
"""

_CANCEL_EPILOG = """\b
Examples:
  event-console redrive cancel --pipeline audio
  event-console redrive cancel --queue audio-files --yes --json

\b
Exit codes:
  0 cancelled, or no task was running
  1 a call failed
  2 wrong usage, or not confirmed
"""


@command.command("status", epilog=_STATUS_EPILOG)
@pipeline_options()
@json_option
@click.pass_context
def status_command(context: click.Context) -> int:
    """Show the DLQ's move tasks, whoever started them."""
    with headless(context) as session, session.workbench() as bench:
        from console.documents.moving import task_document
        from console.operations.server_redrive import redrive_status

        tasks = redrive_status(bench, bench.need_dlq())
        if session.output.as_json:
            session.output.document([task_document(task) for task in tasks])
        elif not tasks:
            session.output.show("No move task is known for this DLQ.")
        for task in () if session.output.as_json else tasks:
            about = "?" if task.to_move is None else str(task.moved + task.to_move)
            rate = f" at {task.rate}/s" if task.rate else ""
            failure = f": {task.failure}" if task.failure else ""
            started = "" if task.started_at is None else f"{task.started_at:%Y-%m-%d %H:%M:%S}Z  "
            session.output.show(f"{started}{task.state}  {task.moved} of {about}{rate}{failure}")
        return EXIT_OK


@command.command("cancel", epilog=_CANCEL_EPILOG)
@confirmation_options
@pipeline_options()
@json_option
@click.pass_context
def cancel_command(context: click.Context, yes: bool, confirm: str | None) -> int:
    """Cancel the DLQ's running move task; what has moved stays moved."""
    with headless(context) as session, session.workbench() as bench:
        from console.documents.moving import task_document
        from console.operations.server_redrive import cancel_redrive
        from console.operations.workbench import require_write

        require_write(bench, "Cancelling a redrive")
        dlq = bench.need_dlq()
        sentence = f"Cancel the move task of {dlq.name}; what has moved stays moved."
        ask(session.output, bench, dlq, sentence, Consent(yes, confirm))
        task = cancel_redrive(bench, dlq)
        if session.output.as_json:
            session.output.document(None if task is None else task_document(task))
        elif task is None:
            session.output.show("No move task is running.")
        else:
            session.output.show(f"Cancelled after about {task.moved} messages.")
        return EXIT_OK
