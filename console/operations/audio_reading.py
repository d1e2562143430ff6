"""Read the audio of an object in a process of its own, which a hostile file may take down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from console.audio import AudioError
from console.models.audio import AudioInfo
from console.ranged import RangeReader

_SECONDS = 10.0
_SLACK = 5.0
_MOST_BYTES = 2 * 1024 * 1024
_MOST_IDLE = 4


class AudioReader:
    """Keeps a few parser processes, each used for one object at a time. Thread-safe.

    They end with this process, whatever ends it: their pipe is closed then.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[subprocess.Popen[bytes]] = []

    def read(self, reader: RangeReader, size: int, *, seconds: float = _SECONDS) -> AudioInfo:
        """The figures and tags of an MP3 of `size` bytes, in little more than `seconds`.

        Raises `AudioError` for what is no MP3, is damaged, or is too much for the parser, and
        whatever `reader` raises.
        """
        child = self._child()
        timer = threading.Timer(seconds + _SLACK, child.kill)
        timer.daemon = True
        timer.start()
        try:
            answer = _converse(child, reader, size, seconds)
        except BaseException:
            _end(child)
            raise
        finally:
            timer.cancel()
        self._give_back(child)
        if "error" in answer:
            raise AudioError(*answer["error"])
        fields: dict[str, Any] = answer["info"]
        fields["tags"] = tuple((name, value) for name, value in fields["tags"])
        return AudioInfo(**fields)

    def close(self) -> None:
        """End the processes that wait for work."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            _end(child)

    def _child(self) -> subprocess.Popen[bytes]:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.poll() is None:
                    return child
                _end(child)
        return _start()

    def _give_back(self, child: subprocess.Popen[bytes]) -> None:
        with self._lock:
            if child.poll() is None and len(self._idle) < _MOST_IDLE:
                self._idle.append(child)
                return
        _end(child)


def _start() -> subprocess.Popen[bytes]:
    """A parser that knows nothing of this process: no credentials, no terminal, no Ctrl-C."""
    return subprocess.Popen(
        [sys.executable, "-m", "console.audio_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        start_new_session=True,
    )


def _converse(
    child: subprocess.Popen[bytes], reader: RangeReader, size: int, seconds: float
) -> dict[str, Any]:
    """Hand over what the parser asks for, within bounds, until it answers."""
    given = 0
    _write(child, json.dumps({"size": size, "seconds": seconds}).encode("ascii") + b"\n")
    while True:
        answer = _said(child)
        if "read" not in answer:
            return answer
        start, length = answer["read"]
        given += length
        if given > _MOST_BYTES:
            raise AudioError("Audio not read", "No audio figures: it would take too many bytes.")
        data = reader.read_range(start, length)
        _write(child, b"%d\n" % len(data) + data)


def _said(child: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert child.stdout is not None
    line = child.stdout.readline()
    if not line.endswith(b"\n"):
        raise _died()
    return json.loads(line)


def _write(child: subprocess.Popen[bytes], data: bytes) -> None:
    assert child.stdin is not None
    try:
        child.stdin.write(data)
        child.stdin.flush()
    except OSError as error:
        raise _died() from error


def _died() -> AudioError:
    return AudioError(
        "Audio not read", "No audio figures: the file was too much for the parser, which was ended."
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    child.wait()
