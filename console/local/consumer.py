"""The application behind the queue: long-polls, processes each upload, deletes its message."""

from __future__ import annotations

import json
import random
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from console.local.names import TEST_PREFIX
from console.models.clock import Clock, SystemClock

GIVE_BACKS = 2
TEST_PAUSE_SECONDS = 10.0
_RETRY_AFTER = 1
_BATCH = 4
_REMEMBERED_TESTS = 200
_ID3 = b"ID3"


class NotAnMp3(Exception):
    """The object is called MP3 and is none."""


@dataclass(frozen=True, slots=True)
class _Upload:
    bucket: str
    key: str


class Consumer:
    """Works a queue off, one `step` at a time.

    A key under `event-console-test/` is given back untouched, at most twice; after the second
    time nothing is received for 10 s, so that the console's upload test sees its event. With
    `take_tests` such keys are processed as all others. `work_seconds` is the range of what one
    upload takes.
    """

    def __init__(
        self,
        sqs: Any,
        s3: Any,
        queue_url: str,
        *,
        take_tests: bool = False,
        work_seconds: tuple[float, float] = (1.2, 2.8),
        poll_seconds: int = 5,
        clock: Clock | None = None,
        seed: int = 5,
    ) -> None:
        self._sqs = sqs
        self._s3 = s3
        self._queue_url = queue_url
        self._take_tests = take_tests
        self._work_seconds = work_seconds
        self._poll_seconds = poll_seconds
        self._clock = clock or SystemClock()
        self._random = random.Random(seed)
        self._given_back: OrderedDict[str, int] = OrderedDict()
        self._resume_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Consume until `stop` is set."""
        while not stop.is_set():
            self.step(stop)

    def step(self, stop: threading.Event) -> int:
        """Receive once and handle what came; returns how many messages were received.

        While the consumer leaves the queue to an upload test it waits here and receives 0.
        """
        pause = self._resume_at - self._clock.monotonic()
        if pause > 0:
            self._clock.wait(stop, pause)
            return 0
        messages = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=_BATCH,
            WaitTimeSeconds=self._poll_seconds,
        ).get("Messages", [])
        mine = [message for message in messages if not self._gave_back(message)]
        for message in mine:
            self._handle(message, stop)
        return len(messages)

    def _gave_back(self, message: dict[str, Any]) -> bool:
        """Give the event of an upload test back at once, unless it was often enough."""
        upload = _upload(message["Body"])
        if self._take_tests or upload is None or not upload.key.startswith(TEST_PREFIX):
            return False
        times = self._given_back.get(upload.key, 0)
        if times >= GIVE_BACKS:
            return False
        self._given_back[upload.key] = times + 1
        if len(self._given_back) > _REMEMBERED_TESTS:
            self._given_back.popitem(last=False)
        if times + 1 == GIVE_BACKS:
            self._resume_at = self._clock.monotonic() + TEST_PAUSE_SECONDS
        self._hide(message, 0)
        return True

    def _handle(self, message: dict[str, Any], stop: threading.Event) -> None:
        """Process and delete; what fails becomes visible again after a second."""
        upload = _upload(message["Body"])
        try:
            if upload is not None:
                self._process(upload, stop)
        except (NotAnMp3, self._s3.exceptions.ClientError):
            self._hide(message, _RETRY_AFTER)
            return
        self._delete(message)

    def _process(self, upload: _Upload, stop: threading.Event) -> None:
        """Read the upload as the real application would; raises `NotAnMp3`."""
        body = self._s3.get_object(Bucket=upload.bucket, Key=upload.key)["Body"].read()
        if not begins_as_mp3(body):
            raise NotAnMp3(upload.key)
        self._clock.wait(stop, self._random.uniform(*self._work_seconds))

    def _hide(self, message: dict[str, Any], seconds: int) -> None:
        """Change the visibility timeout; the console may have deleted the message meanwhile."""
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._queue_url,
                ReceiptHandle=message["ReceiptHandle"],
                VisibilityTimeout=seconds,
            )
        except self._sqs.exceptions.ClientError:
            return

    def _delete(self, message: dict[str, Any]) -> None:
        """Delete; the lease may have run out and the message be somebody else's meanwhile."""
        try:
            self._sqs.delete_message(
                QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"]
            )
        except self._sqs.exceptions.ClientError:
            return


def begins_as_mp3(body: bytes) -> bool:
    """An ID3 tag, or the eleven set bits that begin an MPEG frame."""
    return body.startswith(_ID3) or (len(body) > 1 and body[0] == 0xFF and body[1] & 0xE0 == 0xE0)


def _upload(body: str) -> _Upload | None:
    """The upload that an event is about; None for a TestEvent or anything else."""
    try:
        s3 = json.loads(body)["Records"][0]["s3"]
        return _Upload(s3["bucket"]["name"], unquote_plus(s3["object"]["key"]))
    except (ValueError, LookupError, TypeError):
        return None
