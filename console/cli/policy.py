"""`event-console policy`: would S3 be allowed by this policy, before it is applied."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.options import given, json_option, pipeline_options
from console.errors import EXIT_FINDINGS, EXIT_OK, UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from console.policy.check import PolicyCheck
    from console.policy.decision import Decision

_BUCKET = re.compile(r"[A-Za-z0-9._-]{3,255}", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_QUEUE_ARN = re.compile(r"arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]{1,80}", re.ASCII)
_STDIN = "-"

_EPILOG = """\b
Examples:
  event-console policy queue-policy.json --bucket uploads \\
    --queue-arn arn:aws:sqs:us-east-2:111122223333:audio-files --account 111122223333
  terraform output -raw policy | event-console policy - --bucket uploads \\
    --queue-arn arn:aws:sqs:us-east-2:111122223333:audio-files --json

\b
No call to AWS is made. Without --account a condition on aws:SourceAccount
cannot be told.

\b
Exit codes:
  0 S3 would be allowed    2 wrong usage, or a file that cannot be read
  3 S3 would be refused, it cannot be told, or the policy is not valid
"""

_OTHERS = (
    "queue", "dlq", "region", "profile", "role_arn", "endpoint_url", "prefix", "suffix",
    "pipeline", "config", "local", "read_only", "write", "allow_peek",
)  # fmt: skip


@click.command(
    "policy", short_help="Would S3 be allowed by this policy, before it is applied.", epilog=_EPILOG
)
@click.argument("file")
@click.option("--queue-arn", required=True, metavar="ARN", help="The queue that the policy is for.")
@click.option("--account", metavar="ID", help="The account that owns the bucket.")
@click.option(
    "--key-policy", metavar="FILE", help="The policy of the key that encrypts the queue, too."
)
@pipeline_options(without=_OTHERS)
@json_option
@click.pass_context
def command(
    context: click.Context, file: str, queue_arn: str, account: str | None, key_policy: str | None
) -> int:
    """Decide whether S3 may send events of a bucket to a queue with the policy in FILE.

    FILE may be - for standard input. Every statement is explained: which of them decides, and
    what keeps the others from being about S3's call.
    """
    from console.policy.callers import s3_sends
    from console.policy.check import check_policies

    call = given(context)
    bucket = call.flags().bucket
    if not bucket:
        raise click.UsageError("Missing option '--bucket'.", context)
    _check_names(bucket, queue_arn, account)
    if file == key_policy == _STDIN:
        raise UsageError("Two files", "Only one of the two policies can be standard input.")
    texts = (_read(file), None if key_policy is None else _read(key_policy))
    check = check_policies(*texts, s3_sends(bucket, queue_arn, account, datetime.now(UTC)))
    output = call.output()
    if queue_arn.endswith(".fifo"):
        output.warn("S3 sends no events to a FIFO queue, whatever its policy allows.")
    if output.as_json:
        from console.documents.policy import policy_document

        output.document(policy_document(check))
    else:
        output.show(*_view(check))
    return EXIT_OK if check.allowed else EXIT_FINDINGS


def _check_names(bucket: str, queue_arn: str, account: str | None) -> None:
    if not _BUCKET.fullmatch(bucket):
        raise UsageError("No bucket name", f'"{bucket}" is not the name of a bucket.')
    if not _QUEUE_ARN.fullmatch(queue_arn):
        raise UsageError(
            "No queue ARN",
            f'"{queue_arn}" is not the ARN of a queue.',
            "It looks like arn:aws:sqs:us-east-2:111122223333:audio-files.",
        )
    if account is not None and not _ACCOUNT.fullmatch(account):
        raise UsageError("No account id", f'"{account}" is not an account id of twelve digits.')


def _read(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == _STDIN else Path(name).read_bytes()
        return data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        why = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        shown = "Standard input" if name == _STDIN else f'The file "{name}"'
        raise UsageError("Unreadable", f"{shown} cannot be read: {why}.") from error


def _view(check: PolicyCheck) -> list[RenderableType]:
    view: list[RenderableType] = [_verdict(check), "", "Queue policy", *_decision(check.queue)]
    if check.key:
        for action, decision in check.key.decisions.items():
            view += ["", f"Key policy, {action}", *_decision(decision)]
    return view


def _verdict(check: PolicyCheck) -> Text:
    from console.cli.output import text

    words, style = {
        True: ("S3 would be allowed", "green"),
        False: ("S3 would be refused", "bold red"),
        None: ("It cannot be told whether S3 would be allowed", "yellow"),
    }[check.allowed]
    likely = ", likely" if check.certainty == "likely" else ""
    return text(f"{words}{likely}. {check.decisive.would_be_reason}", style)


def _decision(decision: Decision) -> list[RenderableType]:
    from console.cli.output import text
    from console.cli.tables import shown, table

    parts: list[RenderableType] = [
        text(f"Problem: {problem.text}", "red" if problem.refused else "yellow")
        for problem in decision.problems
    ]
    if not decision.statements:
        return [*parts, text(decision.reason)]
    made = table("statement", "effect", "about S3's call", "because")
    about = {True: text("yes", "bold"), False: text("no"), None: text("unknown", "yellow")}
    for result in decision.statements:
        made.add_row(
            shown(result.statement.sid, str(result.statement.index + 1)),
            text(result.effect),
            about[result.matches],
            text(result.because),
        )
    return [*parts, made]
