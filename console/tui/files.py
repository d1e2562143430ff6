"""Files the console writes for the user: never over an existing one, readable by them alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from console.text import safe
from console.tui.notices import FileWritten


def default_name(what: str, extension: str, now: datetime) -> str:
    """`event-console-WHAT-20261123T021307Z.EXT`."""
    return f"event-console-{what}-{now:%Y%m%dT%H%M%SZ}.{extension}"


def save_text(text: str, what: str, extension: str, now: datetime) -> FileWritten:
    """Write `text` to a file of the default name in the working folder."""
    return save_lines(Path(default_name(what, extension, now)), [text])


def save_lines(path: Path, lines: Iterable[str]) -> FileWritten:
    """Write lines to a new file of mode 0600; an existing file is left as it is."""
    told = safe(str(path), limit=300)
    try:
        path = path.expanduser()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        count = 0
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogatepass") as file:
            for line in lines:
                file.write(line + "\n")
                count += 1
    except FileExistsError:
        return FileWritten(
            f"{told} exists already and was left as it is: give another name.", False
        )
    except (OSError, ValueError, RuntimeError) as error:
        # Without a home folder expanding `~` is a RuntimeError.
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return FileWritten(f"{told} could not be written: {reason}.", False)
    counted = "1 line" if count == 1 else f"{count:,} lines"
    return FileWritten(f"Wrote {counted} to {safe(str(path.absolute()))}.", True)
