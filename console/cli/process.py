"""`event-console process`: run a handler over messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from console.cli.dry_run import Matched, would_match
from console.cli.filters import Duration, filter_of, filter_options
from console.cli.headless import Session, headless
from console.cli.options import json_option, pipeline_options
from console.cli.output import Output, OutputClosed
from console.cli.writing import Consent, ask, bulk_options, exit_code, tell_reasons, told_notes

if TYPE_CHECKING:
    import threading

    from console.models.moving import ProcessOptions, ProcessReport, ProcessResult
    from console.models.pipeline import QueueRef
    from console.operations.handlers import Handler
    from console.operations.workbench import Workbench

DEFAULT_COUNT = 10

_EPILOG = """\b
Examples:
  event-console process --dlq --handler inspect --keep
  event-console process --drain --handler 'command:./ingest --strict' --yes
  event-console process -n 100 --handler python:shop.audio:handle --json
  event-console process --follow --handler command:./ingest --concurrency 8

\b
Handlers:
  inspect                 reads the object's audio figures and tags
  command:PROGRAM ARGS    no shell; the message is JSON on stdin, its fields
                          are EVENT_CONSOLE_MESSAGE_KEY, …_BUCKET, …_SIZE, …_ID
                          and so on, and with --download …_FILE is the object.
                          Exit code 0 is done, --release-code (75) gives the
                          message back, any other has failed
  python:MODULE:FUNCTION  called with a dict; None, True or a dict is done,
                          False has failed, "release" gives it back;
                          what it prints goes to stderr.
                          A call that hangs cannot be stopped, a command can

\b
What is done is deleted, with a copy in the journal (event-console restore);
--keep deletes nothing. What failed stays in the queue. A message is hidden
from others while its handler runs.

\b
What a handler gives back is visible to others as soon as this run receives no
more, for it would receive that again and spend a second attempt. A run with
--follow pauses its receives for a second instead, so that others come first.

\b
Exit codes:
  0 all that was processed is done
  1 a handler or a call failed
  2 wrong usage, or not confirmed
  3 messages were skipped or left
"""


@click.command("process", short_help="Run a handler over messages.", epilog=_EPILOG)
@click.option("--handler", required=True, metavar="HANDLER", help="What to run; see below.")
@click.option(
    "-n", "--count", "limit", type=click.IntRange(1), help="At most so many messages; 10."
)
@click.option("--drain", is_flag=True, help="Go on until the queue is empty.")
@click.option("--follow", is_flag=True, help="Go on until stopped, waiting for messages.")
@click.option("--dlq", "in_dlq", is_flag=True, help="Messages of the dead-letter queue.")
@click.option("--keep", is_flag=True, help="Delete nothing; done messages stay in the queue.")
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    help="How many handlers run at a time.",
)
@click.option(
    "--timeout",
    type=Duration(),
    default="5m",
    show_default=True,
    metavar="TIME",
    help="How long a handler may take for one message.",
)
@click.option("--stop-after", type=click.IntRange(1), metavar="N", help="End after N failures.")
@click.option("--download", is_flag=True, help="Give the handler the object as a file.")
@click.option("--foreign", is_flag=True, help="Hand over test events and foreign bodies too.")
@click.option(
    "--release-code",
    type=click.IntRange(1, 255),
    default=75,
    show_default=True,
    help="The exit code of a command that gives its message back to others.",
)
@filter_options
@bulk_options
@pipeline_options(without=("dlq",))
@json_option
@click.pass_context
def command(context: click.Context, **named: Any) -> int:
    """Run a handler over messages of the queue, or of its DLQ, and delete what it has done."""
    if sum((named["drain"], named["follow"], named["limit"] is not None)) > 1:
        raise click.UsageError("--count, --drain and --follow exclude each other.", context)
    options = _options(named)
    with (
        headless(context) as session,
        session.output.alone_on_stdout(),
        session.workbench() as bench,
    ):
        return _process(session, bench, options, named)


def _options(named: dict[str, Any]) -> ProcessOptions:
    from console.models.moving import ProcessOptions

    bounded = not (named["drain"] or named["follow"])
    return ProcessOptions(
        where=filter_of(named),
        limit=(named["limit"] or DEFAULT_COUNT) if bounded else None,
        drain=named["drain"],
        follow=named["follow"],
        concurrency=named["concurrency"],
        seconds=named["timeout"],
        stop_after=named["stop_after"],
        keep=named["keep"],
    )


def _handler(bench: Workbench, named: dict[str, Any]) -> Handler:
    from console.models.handling import HandlerOptions
    from console.operations.handlers.choose import open_handler

    options = HandlerOptions(
        download=named["download"],
        foreign=named["foreign"],
        release_exit_code=named["release_code"],
    )
    return open_handler(named["handler"], bench, options)


def _process(
    session: Session, bench: Workbench, options: ProcessOptions, named: dict[str, Any]
) -> int:
    from console.models.moving import MoveOptions
    from console.operations.process import process
    from console.operations.workbench import require_write

    if not named["dry_run"]:
        require_write(bench, "Process")
    handler = _handler(bench, named)
    queue = bench.need_dlq() if named["in_dlq"] else bench.need_queue()
    output = session.output
    visible = bench.gateway.sqs.attributes(queue).counts.visible
    if named["dry_run"]:
        what = MoveOptions(where=options.where, limit=options.limit)
        return _dry_run(output, would_match(session, bench, queue, what, visible), visible)
    ask(
        output, bench, queue, _sentence(bench, queue, options, visible),
        Consent(named["yes"], named["confirm"]),
    )  # fmt: skip
    with session.interruption.cooperative() as cancel:
        lines = _Lines(output, cancel)
        report = process(
            bench, queue, handler, options, cancel=cancel, on_result=lines.result,
            on_progress=told_notes(output),
        )  # fmt: skip
    if lines.closed:
        raise OutputClosed
    _tell(output, report)
    return exit_code(
        report.state, failed=report.failed, left=report.skipped, reasons=report.reasons
    )


def _sentence(bench: Workbench, queue: QueueRef, options: ProcessOptions, visible: int) -> str:
    what = options.where.in_words or "messages"
    most = f", at most {options.limit}," if options.limit else ""
    after = "What is done is deleted"
    if options.keep:
        after = "Nothing is deleted."
    elif bench.journal.settings.bodies:
        after += "; the journal keeps copies."
    else:
        after += ", and the journal keeps NO copies (journal.bodies = false)."
    return f"Process {what}{most} of about {visible} visible in {queue.name}. {after}"


def _dry_run(output: Output, matched: Matched, visible: int) -> int:
    if output.as_json:
        output.json_line(
            {"type": "summary", "done": 0, "failed": 0, "skipped": 0, "remaining": visible,
             "would_process": matched.count, "withheld": matched.withheld, "dry_run": True}
        )  # fmt: skip
    else:
        output.show(f"Would process about {matched.count} messages; nothing was changed.")
    return matched.exit_code


class _Lines:
    """Writes results as they come; a reader that left ends the process in order."""

    def __init__(self, output: Output, cancel: threading.Event) -> None:
        self.closed = False
        self._output, self._cancel = output, cancel

    def result(self, result: ProcessResult) -> None:
        """Write one result."""
        if self.closed:
            return
        try:
            self._write(result)
        except OutputClosed:
            self.closed = True
            self._cancel.set()

    def _write(self, result: ProcessResult) -> None:
        from console.documents.moving import process_result_document
        from console.documents.values import to_json
        from console.text import safe

        if self._output.as_json:
            self._output.json_line(process_result_document(result))
            return
        said = result.error or (to_json(dict(result.result)) if result.result else "")
        self._output.show(
            f"{result.outcome:<8} {result.seconds:>8.2f} s  "
            f"{safe(result.key or result.message_id)}  {safe(said, limit=200)}".rstrip()
        )


def _tell(output: Output, report: ProcessReport) -> None:
    if output.as_json:
        from console.documents.moving import process_summary_document

        output.json_line(process_summary_document(report))
    else:
        left = "unknown" if report.remaining is None else f"about {report.remaining}"
        output.show(
            f"{report.done} done, {report.failed} failed, {report.skipped} skipped; {left} remain "
            f"({report.operation_id})"
        )
    tell_reasons(output, report.reasons)
