"""`event-console journal`: what the console did."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from console.cli.filters import Duration
from console.cli.headless import Session, headless
from console.cli.options import json_option, pipeline_options
from console.cli.writing import Consent, agree, confirmation_options
from console.errors import EXIT_OK, UsageError
from console.text import iso

if TYPE_CHECKING:
    from rich.console import RenderableType

    from console.journal.log import EntryRecord, OperationRecord
    from console.journal.store import Journal

DEFAULT_COUNT = 50
_LONGEST = 10**6
_MOST_SHOWN = 5000
"""A table is laid out as a whole: more rows take minutes."""

_EPILOG = """\b
Examples:
  event-console journal
  event-console journal list -n 5 --json
  event-console journal show 20261123T120000-a1b2c3
  event-console journal resume --pipeline audio
  event-console journal export --bodies > journal.jsonl

\b
The journal is one file for all pipelines. Only resume asks AWS anything.
"""


@click.group(
    "journal", short_help="What the console did.", invoke_without_command=True, epilog=_EPILOG
)
@pipeline_options()
@json_option
@click.pass_context
def command(context: click.Context) -> int | None:
    """List what the console did, show it, and finish what was interrupted."""
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
        operation = journal.log.operation(operation_id)
        if session.output.as_json:
            from console.documents.journal import operation_with_entries

            entries = journal.entries(operation_id)
            alive = journal.claims.alive(operation.id)
            session.output.document(operation_with_entries(operation, entries, alive=alive))
        else:
            count = journal.plans.last(operation_id)
            most = _MOST_SHOWN if count > _MOST_SHOWN else None
            entries = journal.entries(operation_id, most)
            session.output.show(*_operation_view(journal, operation, entries))
            if most is not None:
                session.output.say(
                    f"{most:,} of {count:,} entries are shown, those that did not go well first; "
                    "--json prints all."
                )
        return EXIT_OK


@command.command("resume", epilog=_EPILOG)
@click.argument("operation_ids", metavar="[OPERATION_ID]…", nargs=-1)
@confirmation_options
@pipeline_options()
@json_option
@click.pass_context
def resume_command(
    context: click.Context, operation_ids: tuple[str, ...], yes: bool, confirm: str | None
) -> int:
    """Finish what a killed console began on this pipeline, or the named operations.

    Without an id: the whole of every operation that was killed, and of those that were stopped
    what they still owe. Messages that a killed console hides are waited for.
    """
    with headless(context) as session, session.workbench() as bench:
        from console.cli.resuming import resume_all

        return resume_all(session, bench, operation_ids, Consent(yes, confirm))


@command.command("export", epilog=_EPILOG)
@click.argument("operation_ids", metavar="[OPERATION_ID]…", nargs=-1)
@click.option("--bodies", is_flag=True, help="With the copies of messages.")
@pipeline_options()
@json_option
@click.pass_context
def export_command(context: click.Context, operation_ids: tuple[str, ...], bodies: bool) -> int:
    """Print operations with their entries as JSON Lines; all of them without an id."""
    with headless(context, needs_pipeline=False) as session, _journal(session) as journal:
        if journal is None:
            return EXIT_OK
        from console.documents.journal import copy_document, operation_with_entries

        log = journal.log
        operations = [log.operation(i) for i in operation_ids] or log.operations(_LONGEST)
        for operation in operations:
            entries, alive = journal.entries(operation.id), journal.claims.alive(operation.id)
            document = operation_with_entries(operation, entries, alive=alive)
            session.output.json_line({"type": "operation", **document})
            numbers = [entry.number for entry in entries] if bodies else []
            for start in range(0, len(numbers), 100):
                for copy in journal.moves.copies(operation.id, numbers[start : start + 100]):
                    session.output.json_line(copy_document(operation.id, copy))
        return EXIT_OK


@command.command("prune", epilog=_EPILOG)
@click.option(
    "--older-than",
    type=Duration(),
    metavar="TIME",
    help="Operations that began longer ago; by default journal.retention_days.",
)
@click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
@pipeline_options()
@json_option
@click.pass_context
def prune_command(context: click.Context, older_than: float | None, yes: bool) -> int:
    """Forget ended operations with their copies; what they deleted cannot be restored then."""
    with headless(context, needs_pipeline=False) as session, _journal(session) as journal:
        from datetime import UTC, datetime, timedelta

        days = session.settings.journal.retention_days
        age = timedelta(days=days) if older_than is None else timedelta(seconds=older_than)
        if not yes and not agree(session.output, "Forget ended operations, with their copies?"):
            raise UsageError("Not confirmed", "Copies would be lost for good.", "Add --yes.")
        count = journal.log.prune(datetime.now(UTC) - age) if journal else 0
        if session.output.as_json:
            session.output.document({"pruned": count})
        else:
            session.output.show(f"{count} operations forgotten.")
        return EXIT_OK


def _list(context: click.Context, count: int) -> int:
    with headless(context, needs_pipeline=False) as session, _journal(session) as journal:
        operations = journal.operations(count) if journal else ()
        if session.output.as_json:
            from console.documents.journal import operation_document

            session.output.document(
                [
                    operation_document(o, alive=bool(journal and journal.claims.alive(o.id)))
                    for o in operations
                ]
            )
        elif journal and operations:
            session.output.show(_table(journal, operations))
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


def _state(journal: Journal, operation: OperationRecord) -> str:
    return operation.state_now(alive=journal.claims.alive(operation.id))


def _table(journal: Journal, operations: tuple[OperationRecord, ...]) -> RenderableType:
    from console.cli.output import text
    from console.cli.tables import moment, table

    made = table("operation", "kind", "pipeline", "state", "started", "ended", "what")
    for operation in operations:
        made.add_row(
            text(operation.id),
            text(operation.kind),
            text(operation.pipeline),
            text(_state(journal, operation)),
            moment(operation.started_at),
            moment(operation.ended_at),
            text(operation.intent + (f"; {hiding}" if (hiding := _hiding(operation)) else "")),
        )
    return made


def _hiding(operation: OperationRecord) -> str:
    """When what an operation holds, or a killed one held, reappears; empty where it is nothing."""
    at = operation.reappear_at
    return f"what it hides reappears by {iso(at)}" if at else ""


def _operation_view(
    journal: Journal, operation: OperationRecord, entries: tuple[EntryRecord, ...]
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
            ("state", text(_state(journal, operation))),
            ("hidden", shown(_hiding(operation) or None)),
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
