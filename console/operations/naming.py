"""Queues and buckets by name, URL or ARN."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_AWS_HOST = re.compile(r"^(?:sqs\.(?P<a>[a-z0-9-]+)|(?P<b>[a-z0-9-]+)\.queue)\.amazonaws\.com")
_WILD = ("*", "?")


@dataclass(frozen=True, slots=True)
class QueueName:
    """A queue as the user or a policy named it, taken apart; what it does not say is `None`."""

    name: str
    account: str | None = None
    region: str | None = None
    url: str | None = None


def parse_queue(text: str) -> QueueName:
    """Take apart a queue's name, URL or ARN."""
    if text.startswith("arn:"):
        parts = text.split(":", 5)
        if len(parts) == 6:
            return QueueName(parts[5], parts[4] or None, parts[3] or None)
    if "://" in text:
        url = urlsplit(text)
        path = [part for part in url.path.split("/") if part]
        host = _AWS_HOST.match(url.hostname or "")
        region = (host["a"] or host["b"]) if host else None
        account = path[-2] if len(path) > 1 and path[-2].isdigit() else None
        return QueueName(path[-1] if path else text, account, region, text)
    return QueueName(text)


def arn_of_queue(name: str, account: str, region: str) -> str:
    """The ARN of a queue; the partition follows from the region."""
    partition = "aws"
    if region.startswith("cn-"):
        partition = "aws-cn"
    elif region.startswith("us-gov-"):
        partition = "aws-us-gov"
    return f"arn:{partition}:sqs:{region}:{account}:{name}"


def buckets_in_policy(policy: Mapping[str, Any]) -> tuple[str, ...]:
    """The buckets that a queue policy names in `aws:SourceArn`, each once, in their order.

    Patterns with wildcards name no bucket. An object ARN (`bucket/*`) is a common mistake, and
    still tells which bucket was meant.
    """
    found = dict[str, None]()
    for arn in _source_arns(policy):
        name = arn.split(":", 5)[-1].partition("/")[0]
        if arn.startswith("arn:") and ":s3:" in arn and not any(c in name for c in _WILD):
            found[name] = None
    return tuple(found)


def _source_arns(policy: Mapping[str, Any]) -> Iterable[str]:
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, Mapping) or statement.get("Effect") != "Allow":
            continue
        conditions = statement.get("Condition")
        for block in conditions.values() if isinstance(conditions, Mapping) else ():
            for key, value in block.items() if isinstance(block, Mapping) else ():
                if str(key).lower() == "aws:sourcearn":
                    yield from value if isinstance(value, list) else [str(value)]
