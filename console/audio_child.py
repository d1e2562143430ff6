"""The process in which MP3s from outside are parsed: `python -m console.audio_child`.

It has no network and no credentials: the bytes of an object come from its parent, who is asked
for them. A hostile file that gets the better of the parser takes this process down and no more.

One JSON line a time on stdin and stdout. From the parent: `{"size": …, "seconds": …}`. Back:
`{"read": [start, length]}`, which is answered by a line with a number and so many bytes (a
negative number where they cannot be had), and at the end `{"info": {…}}` or `{"error": […]}`.
"""

from __future__ import annotations

import json
import resource
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from console.audio import AudioError, read_audio
from console.errors import ConsoleError

_MEMORY = 512 * 1024 * 1024
_CPU_SECONDS = 20
_FILES = 16


class _Unavailable(ConsoleError):
    """The parent could not get the bytes; it knows why."""


class _Parent:
    """Reads ranges of the object by asking the parent."""

    def read_range(self, start: int, length: int) -> bytes:
        _say({"read": [start, length]})
        count = int(sys.stdin.buffer.readline() or b"-1")
        if count < 0:
            raise _Unavailable("Not read", "The object could not be read.")
        return sys.stdin.buffer.read(count)


def main() -> None:
    """Serve until the parent closes the pipe."""
    _limit(resource.RLIMIT_AS, _MEMORY)
    _limit(resource.RLIMIT_NOFILE, _FILES)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    while line := sys.stdin.buffer.readline():
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + _CPU_SECONDS)
        _say(_answer(json.loads(line)))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        info = read_audio(_Parent(), request["size"], seconds=request["seconds"])
    except MemoryError:
        return {"error": ["Audio not read", "No audio figures: reading it took too much memory."]}
    except (AudioError, _Unavailable) as error:
        return {"error": [error.title, error.sentence]}
    return {"info": asdict(info)}


def _say(document: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(document).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()


def _limit(what: int, most: int) -> None:
    """Set a soft limit; not every system knows or allows each."""
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most, hard))


if __name__ == "__main__":
    main()
