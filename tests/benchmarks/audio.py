"""Bytes read of a 10 MB MP3 to tell its length and tags, with tags of several sizes.

Run it by hand: `python tests/benchmarks/audio.py`. The reader is the product's own, with its parser
in a process of its own; what is counted are the bytes of the ranges it asks the object's store for.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from mutagen.id3 import APIC, ID3, TIT2

from console.audio import make_mp3
from console.operations.audio_reading import AudioReader

ALLOWED = 128 * 1024
PICTURES = (0, 50_000, 300_000, 1_000_000)


class Store:
    """An object in memory that counts what is read of it."""

    def __init__(self, data: bytes) -> None:
        self.data, self.fetched, self.requests = data, 0, 0

    def read_range(self, start: int, length: int) -> bytes:
        self.fetched += length
        self.requests += 1
        return self.data[start : start + length]


def tag(picture: int) -> bytes:
    """An ID3 tag with a title and a picture of so many bytes."""
    made = ID3()
    made.add(TIT2(encoding=3, text="a title"))
    if picture:
        made.add(APIC(encoding=0, mime="image/png", type=3, desc="", data=b"\x01" * picture))
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def main() -> None:
    """Measure and print one line for each tag."""
    plain = make_mp3(title="", artist="", album="", seconds=2600)
    audio = plain[plain.index(b"\xff\xfb") :]
    reader = AudioReader()
    for picture in PICTURES:
        head = tag(picture)
        store = Store(head + audio)
        info = reader.read(store, len(store.data))
        beyond = max(0, store.fetched - len(head))
        print(
            f"tag of {len(head):>9,} bytes, file of {len(store.data):,}: {store.fetched:>9,} bytes "
            f"read in {store.requests} requests, {beyond:,} beyond the tag, "
            f"{beyond / ALLOWED:.2f} of 128 KB; {info.duration_seconds:.1f} s"
        )
    reader.close()


if __name__ == "__main__":
    main()
