"""A seekable file over ranged reads of an object, bounded in bytes and in time."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

_BLOCK = 16 * 1024


class RangeReader(Protocol):
    """Reads a part of an object, such as S3 `GetObject` with a `Range`."""

    def read_range(self, start: int, length: int) -> bytes:
        """Return the `length` bytes from offset `start`; fewer only at the object's end."""
        ...


class ReadBoundReached(Exception):
    """No more may be read: too many bytes, too late, or the object is not what it was."""


class ReadBudgetSpent(ReadBoundReached):
    """More bytes would have to be fetched than is allowed."""

    def __init__(self) -> None:
        super().__init__("more of it would have to be read than is allowed")


class RangedFile:
    """Fetches blocks of an object when they are first read, and keeps them.

    Raises `ReadBoundReached` from `read` beyond `budget` bytes fetched, and after `deadline` on
    the `monotonic` clock. What the reader raises comes out as it is and stays in `failure`, so
    that it can be told from what a parser made of it.
    """

    def __init__(
        self,
        reader: RangeReader,
        size: int,
        *,
        budget: int,
        deadline: float,
        monotonic: Callable[[], float],
    ) -> None:
        self.end = size
        self.bytes_fetched = 0
        self.failure: BaseException | None = None
        self._reader = reader
        self._size = size
        self._budget = budget
        self._deadline = deadline
        self._monotonic = monotonic
        self._position = 0
        self._blocks: dict[int, bytes] = {}

    def tell(self) -> int:
        """The position of the next read, in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move as files do, from the start, the position, or `end`; raises OSError below 0."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.end}[whence]
        if base + offset < 0:
            raise OSError("seek before the start")
        self._position = base + offset
        return self._position

    def read(self, length: int = -1) -> bytes:
        """Read up to `length` bytes, all that is left before `end` where it is negative."""
        self._check_time()
        left = max(0, self.end - self._position)
        length = left if length < 0 else min(length, left)
        if length == 0:
            return b""
        first, last = self._position // _BLOCK, (self._position + length - 1) // _BLOCK
        self._fetch(first, last)
        data = b"".join(self._blocks[index] for index in range(first, last + 1))
        start = self._position - first * _BLOCK
        self._position += length
        return data[start : start + length]

    def _check_time(self) -> None:
        if self._monotonic() > self._deadline:
            raise ReadBoundReached("it took too long to read")

    def _fetch(self, first: int, last: int) -> None:
        """Have every block from `first` to `last`, one request for each gap."""
        # Checked before anything is listed: the length may be one that a hostile file declares.
        if (last - first) * _BLOCK > self._budget:
            raise ReadBudgetSpent
        missing = [index for index in range(first, last + 1) if index not in self._blocks]
        while missing:
            run = 1
            while run < len(missing) and missing[run] == missing[0] + run:
                run += 1
            self._fetch_run(missing[0], run)
            missing = missing[run:]

    def _fetch_run(self, first: int, count: int) -> None:
        start = first * _BLOCK
        length = min(count * _BLOCK, self._size - start)
        if self.bytes_fetched + length > self._budget:
            raise ReadBudgetSpent
        self._check_time()
        try:
            data = self._reader.read_range(start, length)
        except BaseException as error:
            self.failure = error
            raise
        self.bytes_fetched += len(data)
        if len(data) != length:
            raise ReadBoundReached("the object changed while it was read")
        for offset in range(0, length, _BLOCK):
            self._blocks[(start + offset) // _BLOCK] = data[offset : offset + _BLOCK]
