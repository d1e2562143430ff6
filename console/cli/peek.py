"""`event-console peek`: read messages without keeping them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from console.cli.filters import filter_of, filter_options
from console.cli.headless import GIVE_BACK_SECONDS, Session, headless
from console.cli.options import json_option, pipeline_options
from console.cli.output import Output, OutputClosed
from console.errors import EXIT_FAILED, EXIT_FINDINGS, EXIT_OK

if TYPE_CHECKING:
    import threading

    from console.models.message import Message
    from console.models.peek import PeekOptions, PeekProgress, PeekSummary
    from console.operations.workbench import Workbench

DEFAULT_COUNT = 10
_LONGEST = 10**6

_EPILOG = """\b
Examples:
  event-console peek --queue audio-files
  event-console peek --pipeline audio --dlq --all --json | jq .event.key
  event-console --dlq audio-files-dlq peek --queue audio-files --dlq

\b
A peek is a receive: it costs each message one of its attempts, and what that
means for this queue is said on stderr before. The dead-letter queue's own
name, where it has to be given, goes before the subcommand.

\b
Exit codes:
  0 everything that was asked for was read and given back
  1 a call failed, or messages could not be given back
  2 wrong usage, or read-only without --allow-peek
  3 messages were left, held, withheld to spare a last attempt, or of a whole
    DLQ in flight elsewhere
"""


@click.command("peek", short_help="Read messages and give them back.", epilog=_EPILOG)
@click.option(
    "-n", "--count", type=click.IntRange(1, _LONGEST), help="How many messages; 10 by default."
)
@click.option("--all", "whole", is_flag=True, help="Read the whole queue once.")
@click.option("--dlq", "in_dlq", is_flag=True, help="Look into the dead-letter queue.")
@click.option(
    "--hold",
    is_flag=True,
    help="Hide what is read until the end, also from live consumers, instead of 5 s at most.",
)
@click.option(
    "--spend-last-attempt",
    is_flag=True,
    help="Go on where that takes a message's last attempt from its consumer.",
)
@filter_options
@pipeline_options(without=("dlq",))
@json_option
@click.pass_context
def command(
    context: click.Context,
    count: int | None,
    whole: bool,
    in_dlq: bool,
    hold: bool,
    spend_last_attempt: bool,
    **named: Any,
) -> int:
    """Read messages of the queue, or of its DLQ, and give them back."""
    if whole and count is not None:
        raise click.UsageError("--all and --count exclude each other.", context)
    where = filter_of(named)
    from console.models.peek import PeekOptions

    limit = None if whole else count or DEFAULT_COUNT
    options = PeekOptions(limit, hold, spend_last_attempt, where)
    with headless(context) as session, session.workbench() as bench:
        return _peek(session, bench, options, in_dlq=in_dlq)


def _peek(session: Session, bench: Workbench, options: PeekOptions, *, in_dlq: bool) -> int:
    from console.operations.budget import plan_peek
    from console.operations.peek import peek
    from console.operations.workbench import require_peek

    require_peek(bench)
    queue = bench.need_dlq() if in_dlq else bench.need_queue()
    output = session.output
    output.say(plan_peek(bench, queue, options).cost)
    with session.interruption.cooperative() as cancel:
        lines = _Lines(output, cancel)
        with _progress(output) as on_progress:
            summary = peek(
                bench,
                queue,
                options,
                cancel=cancel,
                on_message=lines.message,
                on_progress=on_progress,
            )
        summary = _given_back(bench, summary, GIVE_BACK_SECONDS if cancel.is_set() else 30.0)
    if lines.closed:
        raise OutputClosed
    _tell(output, summary)
    return exit_code(summary)


def _given_back(bench: Workbench, summary: PeekSummary, seconds: float) -> PeekSummary:
    """Release what the pass still holds, since this process ends; a message that its next receive
    would dead-letter stays held."""
    if not summary.held:
        return summary
    release = bench.leases.release_all(seconds)
    kept = bench.leases.held()
    times = [release.reappear_at, *(lease.reappears_at for lease in kept)]
    return replace(
        summary,
        released=summary.released + len(release.released) + len(release.expired),
        held=len(kept),
        unreleased=summary.unreleased + max(0, len(release.failed) - len(kept)),
        warning=summary.warning or (release.reason and f"Not released: {release.reason}"),
        reappear_at=max((t for t in times if t is not None), default=summary.reappear_at),
    )


def exit_code(summary: PeekSummary) -> int:
    """1 where messages could not be given back, 3 where some were left, held or withheld."""
    if summary.unreleased:
        return EXIT_FAILED
    left = summary.withheld or summary.held or summary.partial
    return EXIT_FINDINGS if left else EXIT_OK


@dataclass
class _Lines:
    """Writes messages as they come. A reader that left ends the pass in order, not in the middle
    of it, so that what is held is given back."""

    output: Output
    cancel: threading.Event
    closed: bool = False
    headed: bool = False

    def message(self, message: Message) -> None:
        """Write one message."""
        if self.closed:
            return
        try:
            self._write(message)
        except OutputClosed:
            self.closed = True
            self.cancel.set()

    def _write(self, message: Message) -> None:
        from console.documents.messages import message_document

        if self.output.as_json:
            self.output.json_line(message_document(message))
            return
        if not self.headed:
            self.output.show(_row("sent", "tries", "left", "event", "size", "key"))
            self.headed = True
        self.output.show(_message_row(message))


def _message_row(message: Message) -> str:
    from console.text import human_size, iso, safe

    event = message.event
    left = message.receives_left
    return _row(
        iso(message.sent_at)[:19] + "Z" if message.sent_at else "unknown",
        str(message.receive_count),
        "–" if left is None else str(left),
        safe(event.name, limit=34) if event else message.parsed.kind,
        human_size(event.size) if event and event.size is not None else "–",
        safe(event.key) if event else safe(message.body, limit=200),
    )


def _row(sent: str, tries: str, left: str, event: str, size: str, key: str) -> str:
    return f"{sent:<20}  {tries:>5}  {left:>4}  {event:<26}  {size:>9}  {key}"


@contextmanager
def _progress(output: Output) -> Generator[Callable[[PeekProgress], None]]:
    """A progress bar where one can be drawn without disturbing the lines."""
    console = output.progress_console()
    if console is None:
        yield lambda _: None
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Reading", total=None)
        yield lambda done: bar.update(task, completed=done.received, total=done.about)


def _tell(output: Output, summary: PeekSummary) -> None:
    from console.documents.messages import peek_summary_document
    from console.documents.values import time
    from console.operations.elsewhere import elsewhere_note

    if output.as_json:
        output.json_line(peek_summary_document(summary))
    else:
        output.show(
            f"{summary.received} received, {summary.matched} matched, {summary.released} released,"
            f" {summary.held} held, {summary.withheld} withheld"
        )
    partial = summary.partial or elsewhere_note(summary.elsewhere)
    if partial:
        output.say(partial, "yellow")
    if summary.warning:
        output.warn(summary.warning)
    # What is still held is told on leaving.
    if summary.unreleased and not summary.held:
        output.say(f"What was not given back reappears by {time(summary.reappear_at)}.")
