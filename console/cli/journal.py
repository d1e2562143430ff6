"""`event-console journal`: what the console did."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from console.cli.headless import Session, headless
from console.cli.options import json_option, pipeline_options
from console.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from console.journal.log import EntryRecord, OperationRecord
    from console.journal.store import Journal

DEFAULT_COUNT = 50
_LONGEST = 10**6

_EPILOG = """\b
Examples:
  event-console journal
  event-console journal list -n 5 --json
  event-console journal show 20261123T120000-a1b2c3

\b
The journal is one file for all pipelines; nothing of it is asked of AWS.
"""


@click.group(
    "journal", short_help="What the console did.", invoke_without_command=True, epilog=_EPILOG
)
@pipeline_options()
@json_option
@click.pass_context
def command(context: click.Context) -> int | None:
    """List what the console did, or show one operation with its changes."""
    return None if context.invoked_subcommand else _list(context, DEFAULT_COUNT)


@command.command("list", epilog=_EPILOG)
@click.option(
    "-n",
    "--count",
    type=click.IntRange(1, _LONGEST),
    default=DEFAULT_COUNT,
    show_default=True,
    help="How many operations, the newest first.",
)
@pipeline_options()
@json_option
@click.pass_context
def list_command(context: click.Context, count: int) -> int:
    """List operations, the newest first."""
    return _list(context, count)


@command.command("show", epilog=_EPILOG)
@click.argument("operation_id", metavar="OPERATION_ID")
@pipeline_options()
@json_option
@click.pass_context
def show_command(context: click.Context, operation_id: str) -> int:
    """Show one operation with everything it changed or meant to change."""
    with headless(context, needs_pipeline=False) as session, _journal(session) as journal:
        if journal is None:
            raise UsageError(
                "No such operation",
                f"There is no journal yet at {session.journal_file()}.",
                "It begins with the first peek or upload test.",
            )
        operation, entries = journal.log.operation(operation_id), journal.entries(operation_id)
        if session.output.as_json:
            from console.documents.journal import operation_with_entries

            session.output.document(operation_with_entries(operation, entries))
        else:
            session.output.show(*_operation_view(operation, entries))
        return EXIT_OK


def _list(context: click.Context, count: int) -> int:
    with headless(context, needs_pipeline=False) as session, _journal(session) as journal:
        operations = journal.operations(count) if journal else ()
        if session.output.as_json:
            from console.documents.journal import operation_document

            session.output.document([operation_document(operation) for operation in operations])
        elif operations:
            session.output.show(_table(operations))
        else:
            session.output.say("The journal is empty: nothing was done yet.")
        return EXIT_OK


@contextmanager
def _journal(session: Session) -> Generator[Journal | None]:
    """The journal for reading; `None` where there is no file yet, and none is made."""
    from console.journal.store import Journal

    path = session.journal_file()
    if not path.exists():
        yield None
        return
    journal = Journal(path, session.settings.journal)
    try:
        yield journal
    finally:
        journal.close()


def _table(operations: tuple[OperationRecord, ...]) -> RenderableType:
    from console.cli.output import text
    from console.cli.tables import moment, table

    made = table("operation", "kind", "pipeline", "state", "started", "ended", "what")
    for operation in operations:
        made.add_row(
            text(operation.id),
            text(operation.kind),
            text(operation.pipeline),
            text(operation.state),
            moment(operation.started_at),
            moment(operation.ended_at),
            text(operation.intent),
        )
    return made


def _operation_view(
    operation: OperationRecord, entries: tuple[EntryRecord, ...]
) -> list[RenderableType]:
    from console.cli.output import text
    from console.cli.tables import fields, moment, shown, table
    from console.documents.values import to_json

    about = fields(
        [
            ("operation", text(operation.id)),
            ("kind", text(operation.kind)),
            ("pipeline", text(operation.pipeline)),
            ("queue", shown(operation.queue_arn)),
            ("caller", shown(operation.caller_arn or None, "unknown")),
            ("what", text(operation.intent)),
            ("started", moment(operation.started_at)),
            ("ended", moment(operation.ended_at)),
            ("state", text(operation.state)),
            ("summary", text(to_json(dict(operation.summary)))),
        ]
    )
    made = table("#", "action", "subject", "meant at", "known at", "outcome", "error", numbers="#")
    for entry in entries:
        made.add_row(
            str(entry.number),
            text(entry.action),
            text(entry.subject),
            moment(entry.intent_at),
            moment(entry.outcome_at),
            shown(entry.outcome, "unknown"),
            shown(entry.error),
        )
    return [about, "", made]
