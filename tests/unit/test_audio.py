"""MP3s made are real, and reading one is bounded whatever it holds."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen.id3 import APIC, CHAP, COMM, ID3, TIT2, TXXX
from mutagen.mp3 import MP3

from console.audio import AudioError, AudioInfo, make_mp3, read_audio

MOST_FETCHED = 896 * 1024


class Store:
    """An object in memory that remembers what was asked of it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.fetched = 0
        self.requests = 0

    def read_range(self, start: int, length: int) -> bytes:
        assert 0 <= start < len(self.data)
        assert 0 < length <= len(self.data) - start
        self.fetched += length
        self.requests += 1
        return self.data[start : start + length]


def read(data: bytes) -> AudioInfo:
    store = Store(data)
    info = read_audio(store, len(data))
    assert info.bytes_read == store.fetched
    return info


def plain_frames(seconds: float = 1.0) -> bytes:
    made = make_mp3(title="", artist="", album="", seconds=seconds)
    return made[made.index(b"\xff\xfb\x14\xc4") :]


def synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def tagged(body: bytes, version: int = 3) -> bytes:
    return b"ID3" + bytes([version, 0, 0]) + synchsafe(len(body)) + body + plain_frames()


def v23_frame(name: bytes, data: bytes, flags: int = 0) -> bytes:
    return name + struct.pack(">LH", len(data), flags) + data


def with_tag(*frames: object) -> bytes:
    tag = ID3()
    for frame in frames:
        tag.add(frame)
    out = BytesIO()
    tag.save(out)
    return out.getvalue() + plain_frames()


def frame_of(bit_rate_index: int) -> bytes:
    """One 48 kHz mono frame of another bit rate."""
    kilobits = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128][bit_rate_index]
    header = b"\xff\xfb" + bytes([bit_rate_index << 4 | 0b0100]) + b"\xc4"
    return header.ljust(144 * kilobits // 48, b"\x00")


def xing_file(frames: int, present: int) -> bytes:
    """A file whose Xing header announces `frames` frames of 64 kbit/s; `present` are there."""
    frame = frame_of(5)
    announced = struct.pack(">4sLLL", b"Xing", 3, frames, (frames + 1) * len(frame))
    first = (frame[:21] + announced).ljust(len(frame), b"\x00")
    return first + frame * present


def test_a_made_mp3_has_its_length_and_tags() -> None:
    info = read(make_mp3(title="Überprüfung", artist="A", album="B", seconds=2.4, comment="why"))
    assert info.duration_seconds == pytest.approx(2.4)
    assert (info.bit_rate, info.bit_rate_mode) == (32_000, "CBR")
    assert (info.sample_rate, info.channels, info.mode) == (48_000, 1, "mono")
    assert info.tags == (
        ("title", "Überprüfung"),
        ("artist", "A"),
        ("album", "B"),
        ("comment", "why"),
    )
    assert info.note is None


def test_mutagen_itself_is_content_with_a_made_mp3() -> None:
    made = MP3(BytesIO(make_mp3(title="T", artist="A", album="B")))
    assert made.info.length == pytest.approx(2.0, abs=0.03)
    assert made["TIT2"].text == ["T"]


def test_every_frame_of_a_made_mp3_is_whole() -> None:
    frames = plain_frames(seconds=1.0)
    assert len(frames) % 96 == 0
    assert {frames[i : i + 4] for i in range(0, len(frames), 96)} == {b"\xff\xfb\x14\xc4"}


@given(st.text(st.characters(exclude_categories=()), max_size=50))
def test_any_title_can_be_written(title: str) -> None:
    audio = read(make_mp3(title=title, artist=title, album=title, seconds=0.2, comment=title))
    assert audio.duration_seconds > 0


@pytest.mark.parametrize("seconds", [0, -1, 3601, float("nan"), float("inf")])
def test_an_impossible_length_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds"):
        make_mp3(title="", artist="", album="", seconds=seconds)


def test_only_the_head_and_the_end_of_a_big_file_are_read() -> None:
    data = make_mp3(title="long", artist="", album="", seconds=2600)
    assert len(data) > 10_000_000
    store = Store(data)
    info = read_audio(store, len(data))
    assert info.duration_seconds == pytest.approx(2600, abs=0.03)
    assert store.fetched <= 128 * 1024
    assert store.requests <= 4


def test_an_id3v1_tag_is_read_and_is_no_audio() -> None:
    v1 = b"TAG" + b"old title".ljust(30, b"\x00") + b"old artist".ljust(30, b"\x00")
    v1 = (v1 + b"\x00" * 94)[:127] + bytes([17])
    info = read(plain_frames(1.2) + v1)
    assert info.duration_seconds == pytest.approx(1.2)
    assert info.tags == (("title", "old title"), ("artist", "old artist"), ("genre", "Rock"))


def test_the_id3v2_tag_wins_over_id3v1() -> None:
    v1 = (b"TAG" + b"old".ljust(30, b"\x00")).ljust(127, b"\x00") + b"\xff"
    info = read(make_mp3(title="new", artist="a", album="b") + v1)
    assert info.tags[0] == ("title", "new")
    assert len(info.tags) == 3


def test_a_picture_is_counted_and_not_parsed() -> None:
    picture = APIC(encoding=0, mime="image/png", type=3, desc="", data=b"\x01" * 40_000)
    info = read(with_tag(TIT2(encoding=3, text="t"), picture))
    assert info.tags == (("title", "t"), ("picture", "1 embedded, 40.0 kB"))


def test_a_tag_too_big_to_read_says_so_and_hides_nothing_else() -> None:
    picture = APIC(encoding=0, mime="image/png", type=3, desc="", data=b"\x01" * 3_000_000)
    data = with_tag(TIT2(encoding=3, text="t"), picture)
    info = read(data)
    assert info.tags == (("title", "t"),)
    assert info.duration_seconds == pytest.approx(1.0, abs=0.03)
    assert "3.0 MB" in (info.note or "")
    assert info.bytes_read < 600 * 1024


def test_named_texts_and_long_values() -> None:
    info = read(
        with_tag(
            TXXX(encoding=3, desc="MOOD", text="x" * 3000),
            COMM(encoding=3, lang="eng", desc="source", text="web"),
        )
    )
    tags = dict(info.tags)
    assert len(tags["TXXX (MOOD)"]) == 1024
    assert tags["TXXX (MOOD)"].endswith("…")
    assert tags["comment (source)"] == "web"


def test_a_varying_bit_rate_without_header_is_called_an_estimate() -> None:
    info = read((frame_of(1) + frame_of(9)) * 30)
    assert info.bit_rate_mode == "VBR"
    assert info.bit_rate == 80_000
    assert info.duration_seconds == pytest.approx(60 * 0.024)
    assert "estimates" in (info.note or "")


def test_a_xing_header_tells_the_length() -> None:
    info = read(xing_file(frames=1000, present=1000))
    assert info.duration_seconds == pytest.approx(24.0)
    assert info.bit_rate == 64_000
    assert info.note is None


def test_a_file_cut_short_is_told_by_its_header() -> None:
    info = read(xing_file(frames=1000, present=400))
    assert info.duration_seconds == pytest.approx(24.0)
    assert "Only 40 %" in (info.note or "")


def test_a_header_that_announces_nothing_is_not_believed() -> None:
    info = read(xing_file(frames=0, present=100))
    assert info.duration_seconds == pytest.approx(101 * 0.024)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"hello, this is a text file that somebody named .mp3\n" * 100,
        b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x10" * 5000,
        b"\xff" * 300_000,
        b"\x00" * 3_000_000,
        make_mp3(title="t", artist="a", album="b")[:60],
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + plain_frames(),
        tagged(b"")[:10] * 50_000,
    ],
    ids=["empty", "byte", "text", "wav", "ones", "zeros", "cut", "claims", "tags"],
)
def test_what_is_no_mp3_is_one_plain_sentence(data: bytes) -> None:
    store = Store(data)
    with pytest.raises(AudioError) as raised:
        read_audio(store, len(data))
    assert raised.value.sentence.startswith("The object is not a readable MP3: ")
    assert store.fetched <= MOST_FETCHED


def test_a_tag_that_claims_more_than_the_file_says_cut_short() -> None:
    data = b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + plain_frames()
    with pytest.raises(AudioError, match=r"claims 268\.4 MB.*cut short"):
        read(data)


def test_a_damaged_tag_does_not_hide_the_audio() -> None:
    broken = b"ID3\x04\x00\x0f" + synchsafe(20) + b"\x00" * 20 + plain_frames()
    info = read(broken)
    assert info.duration_seconds == pytest.approx(1.0, abs=0.03)
    assert "damaged" in (info.note or "")


def test_a_compressed_bomb_is_left_out() -> None:
    bomb = struct.pack(">L", 50_000_000) + zlib.compress(b"\x00" * 50_000_000, 9)
    info = read(tagged(v23_frame(b"TIT2", bomb, flags=0x80)))
    assert info.tags == ()
    assert "left out" in (info.note or "")


def test_chapters_nested_in_chapters_are_not_followed() -> None:
    chapter = b""
    for _ in range(2000):
        chapter = v23_frame(b"CHAP", b"c\x00" + b"\x00" * 16 + chapter)
    assert read(tagged(chapter)).tags == ()
    assert read(with_tag(CHAP(element_id="c", sub_frames=[TIT2(text="in")]))).tags == ()


@pytest.mark.parametrize(
    "body",
    [
        v23_frame(b"TIT2", b"\x00a") * 40_000,
        v23_frame(b"TIT2", b"\x00" + b"".join(bytes([65 + i % 26, 0]) for i in range(2000))) * 100,
        b"\x00\x00\x00A" + b"\x00" * 6 + v23_frame(b"ABCD", b"x") * 40_000,
        v23_frame(b"TXXX", b"\x00d\x00v") * 30_000,
        v23_frame(b"TCON", b"\x00" + b"(1)" * 1300),
        v23_frame(b"TCON", b"\x00" + b"9" * 4000),
    ],
    ids=["many", "many values", "empty frames", "same name", "genres", "long genre"],
)
def test_many_or_strange_tags_stay_few_and_short(body: bytes) -> None:
    info = read(tagged(body))
    assert len(info.tags) <= 101
    assert all(len(value) <= 1024 for _, value in info.tags)


def test_a_reader_that_fails_is_not_called_a_damaged_file() -> None:
    class Unplugged:
        def read_range(self, start: int, length: int) -> bytes:
            raise OSError("connection reset")

    with pytest.raises(OSError, match="connection reset"):
        read_audio(Unplugged(), 5000)


def test_a_reader_that_fails_later_is_not_called_a_damaged_file() -> None:
    data = b"\x00" * 200_000

    class FailsLater(Store):
        def read_range(self, start: int, length: int) -> bytes:
            if self.requests >= 3:
                raise OSError("connection reset")
            return super().read_range(start, length)

    with pytest.raises(OSError, match="connection reset"):
        read_audio(FailsLater(data), len(data))


def test_an_object_that_changed_meanwhile_is_said() -> None:
    store = Store(make_mp3(title="t", artist="a", album="b"))
    store.read_range = lambda start, length: b"short"  # type: ignore[method-assign]
    with pytest.raises(AudioError, match="changed while it was read"):
        read_audio(store, len(store.data))


def test_nothing_is_read_after_the_deadline() -> None:
    data = b"\x00" * 1_000_000
    store = Store(data)
    with pytest.raises(AudioError, match="too long"):
        read_audio(store, len(data), seconds=10, monotonic=clock_by_requests(store, 4.0))
    assert store.requests <= 4


def clock_by_requests(store: Store, seconds_each: float) -> Callable[[], float]:
    return lambda: store.requests * seconds_each


pieces = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"ID3\x04\x00\x00", b"ID3\x03\x00\xc0", b"\x7f\x7f\x7f\x7f", b"TAG", b"TIT2"]),
    st.sampled_from([b"Xing\x00\x00\x00\x0f", b"VBRI\x00\x01" + b"\xff" * 20, b"LAME3.99r"]),
    st.sampled_from([frame_of(1), frame_of(9), frame_of(1)[:21], plain_frames()]),
    st.sampled_from([make_mp3(title="t", artist="a", album="b")[:cut] for cut in (11, 40, 300)]),
)


@settings(max_examples=300)
@given(st.lists(pieces, max_size=20).map(b"".join))
def test_no_bytes_do_anything_else_than_info_or_error(data: bytes) -> None:
    store = Store(data)
    try:
        info = read_audio(store, len(data))
    except AudioError:
        pass
    else:
        assert info.duration_seconds >= 0
        assert info.bit_rate > 0
    assert store.fetched <= MOST_FETCHED


@settings(max_examples=100)
@given(st.data())
def test_a_real_file_with_changed_or_missing_bytes(data: st.DataObject) -> None:
    original = make_mp3(title="title", artist="artist", album="album", seconds=0.3, comment="c")
    damaged = bytearray(original[: data.draw(st.integers(0, len(original)))])
    for _ in range(data.draw(st.integers(0, 5)) if damaged else 0):
        at = data.draw(st.integers(0, min(len(damaged) - 1, 150)))
        damaged[at] = data.draw(st.integers(0, 255))
    store = Store(bytes(damaged))
    with suppress(AudioError):
        read_audio(store, len(damaged))
    assert store.fetched <= MOST_FETCHED
