"""What the upload test uploads: a made MP3, or a file of the user's."""

from __future__ import annotations

import mimetypes
import secrets
from dataclasses import dataclass
from pathlib import Path

from console.audio import make_mp3
from console.errors import UsageError
from console.models.audio import AudioInfo

MOST_BYTES = 256 * 1024 * 1024
"""A file is read whole and put in one request."""


@dataclass(frozen=True, slots=True)
class Material:
    """The bytes to upload; `token` is what the made MP3 says in its comment, `None` for a file."""

    data: bytes
    content_type: str
    token: str | None

    def difference(self, size: int, audio: AudioInfo | None) -> str | None:
        """What was read back otherwise than it was uploaded, in words, or `None`."""
        if size != len(self.data):
            return f"The object has {size} bytes instead of {len(self.data)}."
        if self.token is None:
            return None
        if audio is None:
            return "The tags of the uploaded MP3 cannot be read back."
        if not any(self.token in value for _, value in audio.tags):
            return "The tags read back are not those of the uploaded MP3."
        return None


def load_material(file: Path | None) -> Material:
    """The user's file, or a small new MP3. Raises `UsageError` for a file that cannot be used."""
    if file is None:
        token = secrets.token_hex(8)
        data = make_mp3(
            title="Upload test",
            artist="event-console",
            album="End-to-end upload tests",
            seconds=2.0,
            comment=token,
        )
        return Material(data, "audio/mpeg", token)
    try:
        if file.stat().st_size > MOST_BYTES:
            raise UsageError("File too large", f"{file} is larger than {MOST_BYTES} bytes.")
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(
            "File unreadable", f"{file} cannot be read: {error.strerror}.", "Check its path."
        ) from error
    guessed = mimetypes.guess_type(file.name)[0]
    return Material(data, guessed or "application/octet-stream", None)
