"""What the doctor says of the one object that is asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.models.finding import Finding
from tests.conftest import Installation
from tests.emulator.seeding import (
    Aws,
    Examine,
    causes,
    examiner,
    raised,
    upload,
    upload_in_parts,
)


@pytest.fixture
def examine(credentials: Callable[[Installation], None], tmp_path: Path) -> Iterator[Examine]:
    with examiner(credentials, tmp_path) as run:
        yield run


def cause(examine: Examine, installation: Installation, key: str) -> Finding:
    """The one cause that is named."""
    found = examine(installation, key)
    (only,) = found.root_causes
    told = found.finding(only)
    assert told is not None
    return told


def test_an_object_that_never_was(installation: Installation, examine: Examine, aws: Aws) -> None:
    upload(aws, installation, "in/other.mp3", "in/song-2.mp3")
    told = cause(examine, installation, "in/song.mp3")
    assert (told.id, told.certainty) == ("object.not-uploaded", "proven")


@pytest.mark.parametrize("key", ["", "k" * 1100 + ".mp3", "\udcff.mp3"], ids=len)
def test_a_key_that_no_object_can_have_was_not_uploaded(
    installation: Installation, examine: Examine, key: str
) -> None:
    found = examine(installation, key)
    assert found.root_causes == ("object.not-uploaded",)
    assert [f.id for f in found.findings if f.status == "unknown"] == []


def test_a_missing_object_hides_what_its_key_would_have_met(
    installation: Installation, examine: Examine
) -> None:
    assert cause(examine, installation, "in/song.wav").id == "object.not-uploaded"


def test_an_upload_that_was_never_completed(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    key = "in/long song+.mp3"
    begun = aws("s3").create_multipart_upload(Bucket=installation.bucket, Key=key)
    told = cause(examine, installation, key)
    assert told.id == "object.multipart-open"
    assert told.evidence["upload_ids"] == [begun["UploadId"]]


@pytest.mark.parametrize(
    ("asked", "there"),
    [("in/my song.mp3", "in/my%20song.mp3"), ("in/caf\u00e9.mp3", "incoming/cafe\u0301.mp3")],
)
def test_the_object_lies_under_another_key(
    installation: Installation, examine: Examine, aws: Aws, asked: str, there: str
) -> None:
    upload(aws, installation, there)
    told = cause(examine, installation, asked)
    assert told.id == "object.other-key"
    assert told.evidence["found"] == [there]
    assert told.evidence["fires_a_rule"] == [True]


def test_the_same_name_in_many_places_tells_nothing(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    upload(aws, installation, "ann/audio.mp3", "bob/audio.mp3")
    assert cause(examine, installation, "eve/audio.mp3").id == "object.not-uploaded"


def test_an_object_that_was_deleted_again(
    install: Callable[..., Installation], examine: Examine, aws: Aws
) -> None:
    installation = install(versioned=True)
    upload(aws, installation, "in/song.mp3", "in/song.mp3.bak")
    aws("s3").delete_object(Bucket=installation.bucket, Key="in/song.mp3")
    found = examine(installation, "in/song.mp3")
    told = cause(examine, installation, "in/song.mp3")
    assert told.id == "object.gone"
    assert told.evidence["deleted_at"]
    assert found.finding("object.not-uploaded") is None


def test_what_was_deleted_may_have_missed_the_filter_too(
    install: Callable[..., Installation], examine: Examine, aws: Aws
) -> None:
    installation = install(versioned=True)
    upload(aws, installation, "in/song.wav")
    aws("s3").delete_object(Bucket=installation.bucket, Key="in/song.wav")
    assert causes(examine(installation, "in/song.wav")) == ["object.gone", "filter.suffix"]


@pytest.mark.parametrize("key", ["in/song.mp3", "in/\u0001[/x] \u202emp3.mp3", "a+b&c=d/%41.mp3"])
def test_an_object_that_is_there_raises_nothing(
    installation: Installation, examine: Examine, aws: Aws, key: str
) -> None:
    upload(aws, installation, key, "in/song.MP3.mp3")
    assert raised(examine(installation, key)) == []


def test_an_object_in_parts_is_covered_by_all_created_events(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    upload_in_parts(aws, installation, "in/song.mp3")
    begun = {"Bucket": installation.bucket, "Key": "in/song.mp3"}
    aws("s3").create_multipart_upload(**begun)
    assert raised(examine(installation, "in/song.mp3")) == []
