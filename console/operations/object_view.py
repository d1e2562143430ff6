"""A message joined to its object: does it still exist, is it the same, what is in it."""

from __future__ import annotations

from console.audio import AudioError
from console.errors import AwsError, ConsoleError
from console.models.audio import AudioInfo
from console.models.event import S3Event
from console.models.object import ObjectHead
from console.models.objectview import ObjectView
from console.operations.workbench import Workbench


class ObjectRanges:
    """Reads byte ranges of one object in S3, as the parser wants them."""

    def __init__(self, workbench: Workbench, head: ObjectHead) -> None:
        self._s3 = workbench.gateway.s3
        self._head = head

    def read_range(self, start: int, length: int) -> bytes:
        """Bytes `start` to `start + length`, fewer at the end. Raises `AwsError`."""
        head = self._head
        return self._s3.read_range(head.bucket, head.key, start, length, head.version_id)


def look_at_object(workbench: Workbench, event: S3Event) -> ObjectView:
    """What S3 has now for the object an event speaks of, its audio included.

    Costs a HeadObject and a few ranged GetObject calls. Never raises `AwsError`: what could not
    be known stands in the view.
    """
    at = workbench.clock.now()
    try:
        head = workbench.gateway.s3.head(event.bucket, event.key, event.version_id)
    except AwsError as error:
        gone = error.kind == "no-such-key"
        told = None if gone else error
        return ObjectView(event.bucket, event.key, at, None, gone, None, told, None, None)
    audio, audio_error = look_at_audio(workbench, head)
    return ObjectView(
        event.bucket, event.key, at, head, False, _change(event, head), None, audio, audio_error
    )


def look_at_audio(workbench: Workbench, head: ObjectHead) -> tuple[AudioInfo | None, str | None]:
    """The object's audio figures and tags through ranged reads, or the sentence why not."""
    try:
        return workbench.audio.read(ObjectRanges(workbench, head), head.size), None
    except (AudioError, ConsoleError) as error:
        return None, error.sentence


def _change(event: S3Event, head: ObjectHead) -> str | None:
    if event.etag is not None and event.etag.strip('"') != head.etag:
        return "The object was overwritten since the event: its ETag is another."
    if event.size is not None and event.size != head.size:
        return f"The object has {head.size} bytes now, the event said {event.size}."
    return None
