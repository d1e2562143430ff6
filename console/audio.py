"""Make small real MP3s, and read tags and figures of MP3s through ranged reads.

The only file that knows mutagen.
"""

from __future__ import annotations

from io import BytesIO

from mutagen.id3 import COMM, ID3, TALB, TIT2, TPE1, Encoding

# MPEG-1 Layer III, no CRC, 32 kbit/s, 48 kHz, mono. At this rate a frame is exactly 96 bytes
# long and needs no padding, so every frame is the same. All-zero side information codes silence.
_FRAME_HEADER = b"\xff\xfb\x14\xc4"
_FRAME = _FRAME_HEADER.ljust(96, b"\x00")
_FRAME_SECONDS = 1152 / 48_000
_LONGEST_SECONDS = 3600.0


def make_mp3(
    *, title: str, artist: str, album: str, seconds: float = 2.0, comment: str | None = None
) -> bytes:
    """Return a playable MP3 of about `seconds` of silence with an ID3v2.4 tag.

    Constant 32 kbit/s, 48 kHz, mono: 4 kB per second. The length is rounded to whole frames of
    24 ms, at least five of them. Raises ValueError unless 0 < `seconds` <= 3600.
    """
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise ValueError(f"seconds must be above 0 and at most {_LONGEST_SECONDS:.0f}")
    frames = max(5, round(seconds / _FRAME_SECONDS))
    return _id3_tag(title, artist, album, comment) + _FRAME * frames


def _id3_tag(title: str, artist: str, album: str, comment: str | None) -> bytes:
    tag = ID3()
    for frame, text in ((TIT2, title), (TPE1, artist), (TALB, album)):
        tag.add(frame(encoding=Encoding.UTF8, text=_encodable(text)))
    if comment is not None:
        tag.add(COMM(encoding=Encoding.UTF8, lang="eng", desc="", text=_encodable(comment)))
    out = BytesIO()
    tag.save(out, padding=_no_padding)
    return out.getvalue()


def _no_padding(_: object) -> int:
    return 0


def _encodable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode("utf-8")
