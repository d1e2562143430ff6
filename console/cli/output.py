"""Where things are written: data to stdout, narration to stderr, each made safe for its reader."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from console.errors import ConsoleError
from console.text import safe, strip_secrets

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

# A pipe has no width: nothing is folded or cut for it, so that a long key stays in one line.
_UNBOUNDED = 100_000


_STDOUT, _STDERR = 1, 2

# A pipe without a reader; a terminal that was closed.
_NOBODY_READS = (errno.EPIPE, errno.EIO)


class OutputFailed(ConsoleError):
    """stdout takes no more: a full disk, for example."""


class OutputClosed(Exception):
    """Nobody reads stdout any more (`| head`), or its terminal is gone."""


def text(value: str, style: str = "") -> Text:
    """Hostile text for a person: unseen characters shown, never read as markup."""
    from rich.text import Text

    return Text(safe(value), style=style)


def prepare_streams() -> None:
    """Let no character that the terminal's encoding lacks end a command, nor a stream that the
    caller closed; its number must not go to the next file that is opened."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class _Rendered(io.StringIO):
    """Collects what rich makes for a stream. rich itself never writes to the stream: it ends the
    process where that fails, and leases would stay held."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def isatty(self) -> bool:
        return self._stream.isatty()

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._stream.encoding or "utf-8"


class Output:
    """Writes for one command. rich is loaded for people's output only."""

    def __init__(self, *, as_json: bool = False, no_color: bool = False) -> None:
        self.as_json = as_json
        self._no_color = no_color
        self._own: TextIO | None = None

    @property
    def _stdout(self) -> TextIO:
        return self._own or sys.stdout

    @contextmanager
    def alone_on_stdout(self) -> Generator[None]:
        """While inside, stdout takes only what this writes. Everything else that is meant for it,
        by a print, by C code or by a program that was started, goes to stderr."""
        own = os.fdopen(
            os.dup(sys.stdout.fileno()), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors
        )
        try:
            with _led_to_stderr(), redirect_stdout(sys.stderr):
                self._own = own
                yield
        finally:
            self._own = None
            # What nobody wanted to read is still in its buffer.
            with suppress(OSError):
                own.close()

    def document(self, document: object) -> None:
        """Write one JSON document."""
        from console.documents.values import to_json

        self._write(to_json(document, indent=2) + "\n")

    def json_line(self, document: object) -> None:
        """Write one line of JSON Lines, at once."""
        from console.documents.values import to_json

        self._write(to_json(document) + "\n")

    def show(self, *renderables: RenderableType) -> None:
        """Write tables and texts for people."""
        rendered = _Rendered(self._stdout)
        console = self._console(rendered)
        for renderable in renderables:
            console.print(renderable, soft_wrap=isinstance(renderable, str))
        self._write(_without_padding(rendered.getvalue()))

    def plain(self, line: str) -> None:
        """Write one line of the console's own text, as it is."""
        self._write(line + "\n")

    def say(self, sentence: str, style: str = "") -> None:
        """Narrate on stderr. A terminal that is gone is no failure: work goes on without it."""
        rendered = _Rendered(sys.stderr)
        words = text(strip_secrets(sentence), style)
        self._console(rendered).print(words, soft_wrap=True)
        with suppress(OSError, ValueError):
            sys.stderr.write(rendered.getvalue())
            sys.stderr.flush()

    def warn(self, sentence: str) -> None:
        """Narrate something that should not be overlooked."""
        self.say(f"Warning: {sentence}", "yellow")

    @property
    def is_followed(self) -> bool:
        """Whether one person sees narration and data together, on one terminal."""
        return self._stdout.isatty() and sys.stderr.isatty()

    def progress_console(self) -> Console | None:
        """Where a progress bar may be drawn: on stderr, if that is a terminal and stdout is not,
        for the lines on stdout are the progress otherwise."""
        if self._stdout.isatty() or not sys.stderr.isatty():
            return None
        return self._console(sys.stderr)

    def bar_console(self) -> Console | None:
        """Where a progress bar may be drawn while nothing is written to stdout."""
        return self._console(sys.stderr) if sys.stderr.isatty() else None

    def _console(self, stream: TextIO) -> Console:
        from rich.console import Console

        return Console(
            file=stream,
            no_color=self._no_color or None,
            width=None if stream.isatty() else _UNBOUNDED,
            markup=False,
            highlight=False,
            emoji=False,
        )

    def _write(self, data: str) -> None:
        try:
            self._stdout.write(data)
            self._stdout.flush()
        except OSError as error:
            if error.errno in _NOBODY_READS:
                raise OutputClosed from error
            raise OutputFailed(
                "Output failed",
                f"Standard output cannot be written: {error.strerror or error}.",
                "What the command did is in the journal; see where its output goes to.",
            ) from error


@contextmanager
def _led_to_stderr() -> Generator[None]:
    """Let descriptor 1 be stderr while inside, for who does not go by way of `sys.stdout`."""
    stdout = sys.stdout
    saved = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)
    try:
        yield
    finally:
        # What was printed through a reference from before waits in its buffer.
        with suppress(OSError, ValueError):
            stdout.flush()
        os.dup2(saved, _STDOUT)
        os.close(saved)


def _without_padding(rendered: str) -> str:
    return "\n".join(line.rstrip() for line in rendered.split("\n"))
