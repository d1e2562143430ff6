"""What an MP3 says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BitRateMode = Literal["CBR", "VBR", "ABR", "unknown"]


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """The figures and tags of one MP3. Tags are hostile text.

    `bit_rate` is in bits per second, `sample_rate` in Hz. `mode` is `stereo`, `joint stereo`,
    `dual channel` or `mono`. `bytes_read` is how much of the object was fetched to know this.
    `note` says in words what is unusual or was left out, `None` where nothing is.
    """

    duration_seconds: float
    bit_rate: int
    bit_rate_mode: BitRateMode
    sample_rate: int
    channels: int
    mode: str
    tags: tuple[tuple[str, str], ...]
    bytes_read: int
    note: str | None = None
