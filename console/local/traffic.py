"""The clients of the service: uploads in small bursts, now and then a file that is no MP3."""

from __future__ import annotations

import random
import threading
from collections import deque
from datetime import UTC, datetime
from typing import Any

from console.local.material import Maker, Material
from console.local.names import LIVE_UPLOADS_PER_MINUTE

FIRST_POISON = 5
_FIRST_GOOD = 6
_BURST = (2, 7)
_POISON_SHARE = 0.02
_MOST_POISON = 40
_MOST_OBJECTS = 600
_FIRST_PAUSE = 5.0


class Uploader:
    """Puts objects into the bucket until it is stopped.

    It keeps at most 600 good objects, so that a backend that runs for days does not grow
    without bound: the oldest ones, long processed, are deleted. Without `poison` every upload can
    be processed.
    """

    def __init__(self, s3: Any, bucket: str, seed: int = 11, *, poison: bool = True) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._maker = Maker(seed)
        self._random = random.Random(seed)
        self._kept: deque[str] = deque()
        self._poisoned = 0 if poison else _MOST_POISON

    def run(self, stop: threading.Event) -> None:
        """Upload until `stop` is set: first poison, so that the DLQ fills soon, then bursts.

        May be called again after an AWS call failed; it goes on where it was.
        """
        while self._poisoned < FIRST_POISON:
            self.upload_poison()
        if not self._kept and not stop.wait(_FIRST_PAUSE):
            self._burst(_FIRST_GOOD)
        while not stop.wait(self._pause()):
            self._burst(self._random.randint(*_BURST))

    def upload_good(self) -> str:
        """Upload one playable MP3 and return its key."""
        material = self._maker.good(datetime.now(UTC))
        self._put(material)
        self._kept.append(material.key)
        if len(self._kept) > _MOST_OBJECTS:
            self._s3.delete_object(Bucket=self._bucket, Key=self._kept.popleft())
        return material.key

    def upload_poison(self) -> str:
        """Upload one file that no consumer can process and return its key."""
        material = self._maker.poison(datetime.now(UTC))
        self._put(material)
        self._poisoned += 1
        return material.key

    def _burst(self, count: int) -> None:
        for _ in range(count):
            if self._poisoned < _MOST_POISON and self._random.random() < _POISON_SHARE:
                self.upload_poison()
            else:
                self.upload_good()

    def _pause(self) -> float:
        """Seconds to the next burst, which on average keep the rate that the history ends with."""
        mean = sum(_BURST) / 2 / LIVE_UPLOADS_PER_MINUTE * 60
        return mean * self._random.uniform(0.6, 1.4)

    def _put(self, material: Material) -> None:
        self._s3.put_object(
            Bucket=self._bucket,
            Key=material.key,
            Body=material.body,
            ContentType=material.content_type,
        )
