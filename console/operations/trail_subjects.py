"""Whose event is it: the bucket's, the queue's, the DLQ's or the key's of this pipeline?"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from console.models.pipeline import QueueRef
from console.models.trail import ResourceKind, TrailEvent
from console.operations.naming import parse_queue
from console.operations.trail_families import About

Subject = tuple[ResourceKind, str]


@dataclass(frozen=True, slots=True)
class Subjects:
    """What a pipeline consists of; `key` is the id or ARN of the queue's own KMS key."""

    bucket: str | None = None
    queue: QueueRef | None = None
    dlq: QueueRef | None = None
    key: str | None = None

    def has(self, about: About) -> bool:
        """Whether there is anything such an event could be about."""
        if about == "queue":
            return self.queue is not None or self.dlq is not None
        return (self.bucket if about == "bucket" else self.key) is not None

    def of(self, event: TrailEvent, about: About) -> Subject | None:
        """Which part of the pipeline the event is about, and its name; `None` where it is about
        something else.

        CloudTrail names no resource for SQS's calls: what they were about is in their parameters.
        """
        if about == "bucket":
            return self._bucket(event)
        return self._queue(event) if about == "queue" else self._key(event)

    def _bucket(self, event: TrailEvent) -> Subject | None:
        if self.bucket is None:
            return None
        named = parameter(event.parameters, "bucketName")
        if named is None:
            named = next((r for r in event.resources if _bucket_name(r) == self.bucket), None)
            named = None if named is None else _bucket_name(named)
        return ("bucket", self.bucket) if named == self.bucket else None

    def _queue(self, event: TrailEvent) -> Subject | None:
        for kind, queue in (("queue", self.queue), ("dlq", self.dlq)):
            if queue is not None and _is_about(event, queue):
                return cast("ResourceKind", kind), queue.name
        return None

    def _key(self, event: TrailEvent) -> Subject | None:
        if self.key is None:
            return None
        named = (parameter(event.parameters, "keyId"), *event.resources)
        mine = any(name is not None and _key_id(name) == _key_id(self.key) for name in named)
        return ("key", self.key) if mine else None


def parameter(parameters: Mapping[str, Any], name: str) -> str | None:
    """A parameter's text, whatever the case its name is written in."""
    wanted = name.lower()
    for key, value in parameters.items():
        if key.lower() == wanted and isinstance(value, str):
            return value
    return None


def _bucket_name(resource: str) -> str:
    return resource.removeprefix("arn:").partition(":::")[2].partition("/")[0] or resource


def _key_id(name: str) -> str:
    """The id at the end of a key's ARN; an alias keeps its `alias/`."""
    return name.rpartition(":")[2].removeprefix("key/")


def _is_about(event: TrailEvent, queue: QueueRef) -> bool:
    urls = (parameter(event.parameters, "queueUrl"), parameter(event.response, "queueUrl"))
    if any(url is not None and _same_queue(url, queue) for url in urls):
        return True
    arns = (parameter(event.parameters, "sourceArn"), _task_source(event), *event.resources)
    if queue.arn in arns:
        return True
    created = parameter(event.parameters, "queueName")
    return created == queue.name and event.account in (None, queue.account)


def _same_queue(url: str, queue: QueueRef) -> bool:
    """By name and account: one queue has several URLs."""
    try:
        named = parse_queue(url)
    except ValueError:
        return False
    return named.name == queue.name and named.account in (None, queue.account)


def _task_source(event: TrailEvent) -> str | None:
    """The DLQ's ARN inside a move task's handle, which is JSON in base64."""
    handle = parameter(event.parameters, "taskHandle")
    try:
        task = json.loads(base64.b64decode(handle or "", validate=True))
    except (ValueError, RecursionError):
        return None
    return parameter(task, "sourceArn") if isinstance(task, Mapping) else None
