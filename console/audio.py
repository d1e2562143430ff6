"""Make small real MP3s, and read figures and tags of MP3s through ranged reads.

The only file that knows mutagen. What it reads is hostile: it is bounded in bytes fetched, in
tags and their length, and in time.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from mutagen.id3 import COMM, ID3, TALB, TIT2, TPE1, Encoding, ID3NoHeaderError, ParseID3v1
from mutagen.id3 import Frame as TagFrame
from mutagen.id3 import Frames as TAG_FRAMES
from mutagen.id3 import Frames_2_2 as TAG_FRAMES_2_2
from mutagen.id3 import ID3JunkFrameError as JunkFrame
from mutagen.id3 import TextFrame as TextTag
from mutagen.id3 import UrlFrame as UrlTag
from mutagen.mp3 import BitrateMode, HeaderNotFoundError, MPEGFrame, MPEGInfo

from console.errors import ConsoleError
from console.models.audio import AudioInfo, BitRateMode
from console.ranged import RangedFile, RangeReader, ReadBoundReached, ReadBudgetSpent
from console.text import human_size

__all__ = ["AudioError", "AudioInfo", "RangeReader", "make_mp3", "read_audio"]

# MPEG-1 Layer III, no CRC, 32 kbit/s, 48 kHz, mono. At this rate a frame is exactly 96 bytes
# long and needs no padding, so every frame is the same. All-zero side information codes silence.
_FRAME_HEADER = b"\xff\xfb\x14\xc4"
_FRAME = _FRAME_HEADER.ljust(96, b"\x00")
_FRAME_SECONDS = 1152 / 48_000
_LONGEST_SECONDS = 3600.0

_MOST_TAG_BYTES = 512 * 1024
_MOST_AUDIO_BYTES = 384 * 1024
_MOST_TAGS = 100
_MOST_FRAME_BYTES = 4096
_MOST_VALUES_PER_TAG = 16
_LONGEST_VALUE = 1024
_SAMPLED_FRAMES = 32
_ID3V1_BYTES = 128

_COMPRESSED = TagFrame.FLAG23_COMPRESS | TagFrame.FLAG24_COMPRESS
_CHANNEL_MODES = ("stereo", "joint stereo", "dual channel", "mono")
_BIT_RATE_MODES: dict[object, BitRateMode] = {
    BitrateMode.CBR: "CBR",
    BitrateMode.VBR: "VBR",
    BitrateMode.ABR: "ABR",
}
_TAG_NAMES = {
    "TIT2": "title",
    "TPE1": "artist",
    "TALB": "album",
    "TPE2": "album artist",
    "TRCK": "track",
    "TPOS": "disc",
    "TDRC": "date",
    "TCON": "genre",
    "TCOM": "composer",
    "TCOP": "copyright",
    "TENC": "encoded by",
    "TSSE": "encoder",
    "COMM": "comment",
}


class AudioError(ConsoleError):
    """The object is not an MP3, or too damaged for its figures to be read."""


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
    out = io.BytesIO()
    tag.save(out, padding=_no_padding)
    return out.getvalue()


def _no_padding(_: object) -> int:
    return 0


def _encodable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def read_audio(
    reader: RangeReader,
    size: int,
    *,
    seconds: float = 10.0,
    monotonic: Callable[[], float] = time.monotonic,
) -> AudioInfo:
    """Read the figures and tags of an MP3 of `size` bytes, fetching little more than its tag.

    At most 896 KiB are fetched, and nothing more after `seconds`. Raises `AudioError` for what is
    not an MP3 or is damaged, and whatever `reader` raises.
    """
    budget = _MOST_TAG_BYTES + _MOST_AUDIO_BYTES
    deadline = monotonic() + seconds
    file = RangedFile(reader, size, budget=budget, deadline=deadline, monotonic=monotonic)
    try:
        return _read(file, size)
    except AudioError:
        raise
    except ReadBoundReached as error:
        raise AudioError("Audio not read", f"No audio figures: {error}.") from error
    except Exception as error:
        if file.failure is not None:
            raise file.failure from None
        # mutagen lets through whatever a malformed file makes it run into.
        raise _not_an_mp3("it is damaged in a way that cannot be read past") from error


def _not_an_mp3(why: str) -> AudioError:
    return AudioError("Not a readable MP3", f"The object is not a readable MP3: {why}.")


def _read(file: RangedFile, size: int) -> AudioInfo:
    if size <= 0:
        raise _not_an_mp3("it is empty")
    notes: list[str] = []
    declared = _tag_bytes(file.read(10))
    if declared > size:
        raise _not_an_mp3(
            f"its ID3 tag claims {human_size(declared)}, but the whole object has only "
            f"{human_size(size)}; it was probably cut short"
        )
    tags = _read_tags(file, declared, notes)
    tags = _with_id3v1(file, size, tags)
    return _read_stream(file, declared, tuple(tags), notes)


def _tag_bytes(header: bytes) -> int:
    """The length of the ID3v2 tag with its header, 0 where there is none that can be skipped."""
    sizes = header[6:10]
    if not header.startswith(b"ID3") or len(sizes) < 4 or max(sizes) > 0x7F:
        return 0
    return 10 + (sizes[0] << 21 | sizes[1] << 14 | sizes[2] << 7 | sizes[3])


def _read_tags(file: RangedFile, declared: int, notes: list[str]) -> list[tuple[str, str]]:
    if not declared:
        return []
    file.seek(0)
    data = file.read(min(declared, _MOST_TAG_BYTES))
    whole = len(data) == declared
    if not whole:
        data = data[:6] + _synchsafe(len(data) - 10) + data[10:]
        notes.append(
            f"The ID3 tag has {human_size(declared)}, mostly pictures perhaps; only its first "
            f"{human_size(len(data))} were read, so tags may be missing."
        )
    frames = _BoundedFrames()
    try:
        tag = ID3(io.BytesIO(data), known_frames=frames, load_v1=False)
    except ID3NoHeaderError:
        return []
    except Exception as error:
        # What mutagen runs into in a malformed tag is no reason to hide the audio's figures.
        notes.append(f"The ID3 tag is damaged and was not read ({type(error).__name__}).")
        return []
    if frames.left_out:
        notes.append(f"Too long, too many or compressed: {frames.left_out} tags were left out.")
    return [*_named(tag.values()), *(_pictures(tag.unknown_frames) if whole else ())]


def _synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


class _BoundedFrames:
    """The tags that mutagen may parse, so that none can cost much memory or time.

    mutagen takes this for its table of frame classes. Only texts and links are in it (nested
    chapters and pictures are not), none compressed, and only so many.
    """

    def __init__(self) -> None:
        self.read = 0
        self.left_out = 0

    def __contains__(self, name: object) -> bool:
        return name in TAG_FRAMES or name in TAG_FRAMES_2_2

    def __getitem__(self, name: str) -> _BoundedFrame:
        frame = TAG_FRAMES.get(name) or TAG_FRAMES_2_2[name]
        if not issubclass(frame, (TextTag, UrlTag)):
            raise KeyError(name)
        return _BoundedFrame(frame, self)


class _BoundedFrame:
    def __init__(self, frame: Any, owner: _BoundedFrames) -> None:
        self._frame = frame
        self._owner = owner

    def _fromData(self, header: Any, flags: int, data: bytes) -> Any:
        owner = self._owner
        if flags & _COMPRESSED or len(data) > _MOST_FRAME_BYTES or owner.read >= _MOST_TAGS:
            owner.left_out += 1
            raise JunkFrame("left out")
        frame = self._frame._fromData(header, flags, data)
        owner.read += 1
        # Frames of one name are merged value by value, at the square of their number.
        del getattr(frame, "text", [])[_MOST_VALUES_PER_TAG:]
        return frame


def _named(frames: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for frame in frames:
        frame_id: str = frame.FrameID
        name = _TAG_NAMES.get(frame_id, frame_id)
        about = getattr(frame, "desc", "")
        if about and about != "ID3v1 Comment":
            name = f"{name} ({_shortened(about, 64)})"
        # Genres may be numbers of ID3v1's list, which `genres` turns into words.
        values = getattr(frame, "genres", getattr(frame, "text", None))
        text = getattr(frame, "url", "") if values is None else " / ".join(map(str, values))
        if text:
            yield name, _shortened(text, _LONGEST_VALUE)


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _pictures(unknown_frames: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    sizes = [len(frame) for frame in unknown_frames if frame.startswith((b"APIC", b"PIC"))]
    if sizes:
        count = "1 embedded" if len(sizes) == 1 else f"{len(sizes)} embedded"
        yield "picture", f"{count}, {human_size(sum(sizes))}"


def _with_id3v1(file: RangedFile, size: int, tags: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Add what only the ID3v1 tag at the end says, and leave that tag out of the audio."""
    if size < _ID3V1_BYTES:
        return tags
    file.seek(-_ID3V1_BYTES, io.SEEK_END)
    data = file.read(_ID3V1_BYTES)
    if not data.startswith(b"TAG"):
        return tags
    file.end = size - _ID3V1_BYTES
    known = {name for name, _ in tags}
    frames = ParseID3v1(data) or {}
    return tags + [pair for pair in _named(frames.values()) if pair[0] not in known]


def _read_stream(
    file: RangedFile, offset: int, tags: tuple[tuple[str, str], ...], notes: list[str]
) -> AudioInfo:
    try:
        info: Any = MPEGInfo(file, offset)
    except (HeaderNotFoundError, ReadBudgetSpent) as error:
        raise _not_an_mp3("no MPEG audio was found where it should begin") from error
    if info.sketchy:
        notes.append("Hardly any MPEG frames were found: this may not be audio at all.")
    if info.layer != 3:
        notes.append(f"This is MPEG audio of layer {info.layer}, not an MP3.")
    duration, bit_rate, bit_rate_mode = _figures(info, file, notes)
    return AudioInfo(
        duration_seconds=duration,
        bit_rate=bit_rate,
        bit_rate_mode=bit_rate_mode,
        sample_rate=info.sample_rate,
        channels=info.channels,
        mode=_CHANNEL_MODES[info.mode],
        tags=tags,
        bytes_read=file.bytes_fetched,
        note=" ".join(notes) or None,
    )


def _figures(info: Any, file: RangedFile, notes: list[str]) -> tuple[float, int, BitRateMode]:
    """Duration in seconds, bits per second and how these vary.

    From the Xing or VBRI header where there is one. Without it mutagen divides the size by the
    first frame's bit rate, which is right only while every frame has the same.
    """
    content = file.end - info.frame_offset
    by_header = info.length > 0 and info.length != 8 * content / float(info.bitrate)
    if not by_header:
        return _sampled_figures(info, file, content, notes)
    bit_rate = info.bitrate or round(8 * content / info.length)
    announced = info.length * bit_rate / 8
    if content < 0.9 * announced:
        notes.append(
            f"Only {100 * content / announced:.0f} % of the audio that the header announces is "
            "there: the object was probably cut short."
        )
    return info.length, bit_rate, _BIT_RATE_MODES.get(info.bitrate_mode, "unknown")


def _sampled_figures(
    info: Any, file: RangedFile, content: int, notes: list[str]
) -> tuple[float, int, BitRateMode]:
    rates = _sampled_bit_rates(file, info.frame_offset)
    bit_rate = round(sum(rates) / len(rates))
    varies = len(set(rates)) > 1
    if varies:
        notes.append(
            "The bit rate varies and no header tells the length: duration and bit rate are "
            "estimates."
        )
    return 8 * content / bit_rate, bit_rate, "VBR" if varies else "CBR"


def _sampled_bit_rates(file: RangedFile, offset: int) -> list[int]:
    """The bit rates of the first frames, of at least one."""
    file.seek(offset)
    rates: list[int] = [MPEGFrame(file).bitrate]
    with suppress(HeaderNotFoundError):
        while len(rates) < _SAMPLED_FRAMES:
            rates.append(MPEGFrame(file).bitrate)
    return rates
