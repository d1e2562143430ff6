"""Rules whose filter does not match what is uploaded."""

from __future__ import annotations

from console.local.scenarios.model import Scenario
from console.local.scenarios.stage import Stage

_UPPER_CASE = "uploads/acme/BOARD-MEETING.MP3"
_SPECIAL_FOLDER = "uploads/acme & sons/"
_SPECIAL = f"{_SPECIAL_FOLDER}board-meeting.mp3"


def _filter(stage: Stage, **values: str) -> None:
    rules = [{"Name": name, "Value": value} for name, value in values.items()]
    stage.change_rule(Filter={"Key": {"FilterRules": rules}})


def _suffix_case(stage: Stage) -> None:
    stage.upload(_UPPER_CASE)


def _suffix(stage: Stage) -> None:
    _filter(stage, Suffix=".wav")
    stage.upload()


def _prefix(stage: Stage) -> None:
    _filter(stage, Prefix="/uploads/", Suffix=".mp3")
    stage.upload()


def _unencoded_characters(stage: Stage) -> None:
    _filter(stage, Prefix=_SPECIAL_FOLDER, Suffix=".mp3")
    stage.upload(_SPECIAL)


def _wildcard(stage: Stage) -> None:
    _filter(stage, Suffix="*.mp3")
    stage.upload()


FILTERS = (
    Scenario(
        "filter.suffix-case",
        "A key ends with the rule's suffix in upper case.",
        _suffix_case,
        key=_UPPER_CASE,
    ),
    Scenario("filter.suffix", "The rule's suffix is for other files.", _suffix),
    Scenario("filter.prefix", "The rule's prefix begins with a slash, keys do not.", _prefix),
    Scenario(
        "filter.unencoded-characters",
        "The rule's prefix holds characters that S3 wants encoded.",
        _unencoded_characters,
        key=_SPECIAL,
    ),
    Scenario("filter.wildcard", "The rule's suffix holds a wildcard.", _wildcard),
)
