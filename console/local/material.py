"""What is uploaded: small real MP3s under the kinds of keys that clients choose, and poison."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime

from console.audio import make_mp3

_TITLES = (
    "Standup notes",
    "Customer interview",
    "Episode 42",
    "Voicemail",
    "Field recording",
    "Rehearsal take",
    "Lecture 7",
    "Call summary",
)
_ARTISTS = ("Mara Lindqvist", "Support line", "The Gearbox", "J. Okafor", "Radio Nord")
_CLIENTS = ("acme", "northwind", "globex", "initech", "umbrella-fm")
_NAMES = (
    "interview-final.mp3",
    "voicemail.mp3",
    "episode-042.mp3",
    "take-03.mp3",
    "call-recording.mp3",
)
_AWKWARD_NAMES = (
    "Team meeting (draft) [v2].mp3",
    "Grüße aus Köln.mp3",
    "rock+roll & blues.mp3",
    "voice@home 50%.mp3",
    "über/ä ö ü/Straße [live].mp3",
)
_POISON = (
    ("upload-interrupted.mp3", b""),
    ("login-page-instead-of-audio.mp3", b"<!doctype html>\n<title>Sign in</title>\n" * 40),
    ("renamed-spreadsheet.mp3", b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)) * 12),
    ("zeros-from-a-broken-disk.mp3", bytes(4096)),
)
_AWKWARD_SHARE = 0.15
_SECONDS = (1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True, slots=True)
class Material:
    """One object to upload."""

    key: str
    body: bytes
    content_type: str = "audio/mpeg"


class Maker:
    """Makes uploads; the same `seed` makes the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def good(self, now: datetime) -> Material:
        """A playable MP3 with tags."""
        title = f"{self._random.choice(_TITLES)} {self._random.randint(1, 99)}"
        body = make_mp3(
            title=title,
            artist=self._random.choice(_ARTISTS),
            album=f"Uploads {now:%B %Y}",
            seconds=self._random.choice(_SECONDS),
        )
        awkward = self._random.random() < _AWKWARD_SHARE
        name = self._random.choice(_AWKWARD_NAMES if awkward else _NAMES)
        return Material(self._key(now, name), body)

    def poison(self, now: datetime) -> Material:
        """An object that is called MP3 and is none, as interrupted or mistaken uploads are."""
        name, body = self._random.choice(_POISON)
        return Material(self._key(now, name), body)

    def _key(self, now: datetime, name: str) -> str:
        client = self._random.choice(_CLIENTS)
        return f"uploads/{client}/{now:%Y/%m/%d}/{self._random.getrandbits(32):08x}/{name}"
