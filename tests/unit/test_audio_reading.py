"""MP3s are parsed in a process of their own: bounded, replaced after a failure, never left over."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.audio import AudioError, make_mp3, read_audio
from console.errors import AwsError
from console.operations.audio_reading import AudioReader

SONG = make_mp3(title="T", artist="A", album="L", seconds=2)


class Store:
    """An object in memory that counts what is read of it."""

    def __init__(self, data: bytes) -> None:
        self.data, self.fetched = data, 0

    def read_range(self, start: int, length: int) -> bytes:
        self.fetched += length
        return self.data[start : start + length]


@pytest.fixture
def reader() -> Iterator[AudioReader]:
    made = AudioReader()
    yield made
    made.close()


def test_it_reads_what_the_parser_reads_and_keeps_its_process(reader: AudioReader) -> None:
    assert reader.read(Store(SONG), len(SONG)) == read_audio(Store(SONG), len(SONG))
    (child,) = reader._idle
    reader.read(Store(SONG), len(SONG))
    assert reader._idle == [child]


def test_a_file_of_10_mb_is_read_in_its_tag_and_128_kb(reader: AudioReader) -> None:
    data = make_mp3(title="T", artist="A", album="L", seconds=2500)
    store = Store(data)
    info = reader.read(store, len(data))
    assert len(data) > 9_900_000
    assert info.duration_seconds == pytest.approx(2500, abs=1)
    assert store.fetched <= 1024 + 128 * 1024


def test_what_is_no_mp3_is_told_and_the_process_goes_on(reader: AudioReader) -> None:
    with pytest.raises(AudioError, match="not a readable MP3"):
        reader.read(Store(b"<html>" * 1000), 6000)
    assert reader.read(Store(SONG), len(SONG)).tags


def test_a_process_that_dies_in_the_middle_is_an_error_and_the_next_file_works(
    reader: AudioReader,
) -> None:
    class Killing(Store):
        def read_range(self, start: int, length: int) -> bytes:
            reader_child[0].send_signal(signal.SIGKILL)
            return super().read_range(start, length)

    reader.read(Store(SONG), len(SONG))
    reader_child = list(reader._idle)
    with pytest.raises(AudioError, match="too much for the parser"):
        reader.read(Killing(SONG), len(SONG))
    assert reader._idle == []
    assert reader.read(Store(SONG), len(SONG)).tags


def test_a_parser_that_takes_too_long_is_ended(
    reader: AudioReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.operations.audio_reading._SLACK", -9.9)
    waiting = threading.Event()

    class Slow(Store):
        def read_range(self, start: int, length: int) -> bytes:
            waiting.wait(0.5)
            return super().read_range(start, length)

    with pytest.raises(AudioError, match="too much for the parser"):
        reader.read(Slow(SONG), len(SONG))


def test_what_keeps_the_object_from_being_read_comes_out_as_it_is(reader: AudioReader) -> None:
    class Denied(Store):
        def read_range(self, start: int, length: int) -> bytes:
            raise AwsError("access-denied", "t", "The caller may not s3:GetObject.")

    with pytest.raises(AwsError, match="s3:GetObject"):
        reader.read(Denied(SONG), len(SONG))
    assert reader.read(Store(SONG), len(SONG)).tags


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_the_parser_has_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    reader = AudioReader()
    reader.read(Store(SONG), len(SONG))
    (child,) = reader._idle
    assert b"secret" not in Path(f"/proc/{child.pid}/environ").read_bytes()
    reader.close()
    assert child.poll() is not None
