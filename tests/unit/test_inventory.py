"""Keys out of files: plain lines, `missing`'s JSON, and S3 inventories."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import UsageError
from console.operations.inventory import Inventory, columns_named, guessed_columns, keys_in
from console.operations.key_files import keys_of_file, keys_of_inventory

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def rows(*lines: list[str]) -> list[str]:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(lines)
    return out.getvalue().splitlines(keepends=True)


@given(st.lists(TEXT, max_size=20))
def test_every_key_of_an_inventory_comes_back(keys: list[str]) -> None:
    lines = rows(*[["b", quote_plus(key), "5"] for key in keys])
    assert list(Inventory("b").keys(lines)) == keys


@given(st.text(max_size=200))
def test_whatever_is_in_a_file_it_is_read_or_refused(text: str) -> None:
    with suppress(UsageError):
        assert "" not in list(Inventory("b").keys(io.StringIO(text)))
    assert "" not in list(keys_in(io.StringIO(text)))


@given(st.lists(TEXT.filter(lambda key: not set(key) & set("\r\n")), max_size=20))
def test_lines_are_keys(keys: list[str]) -> None:
    assert list(keys_in([f"{key}\n" for key in keys])) == keys


@given(TEXT)
def test_what_missing_prints_is_read_again(key: str) -> None:
    lines = [json.dumps({"type": "object", "key": key}), json.dumps({"type": "summary"})]
    assert list(keys_in(lines)) == [key]


def test_a_key_may_look_like_json() -> None:
    assert list(keys_in(['{"a": 1}\n', '{"type": broken\n'])) == ['{"a": 1}', '{"type": broken']


def test_what_is_no_current_object_is_counted() -> None:
    inventory = Inventory("b")
    lines = rows(
        ["b", "k", "v3", "true", "false", "5"],
        ["b", "k", "v2", "false", "false", "5"],
        ["b", "gone", "v1", "true", "true", ""],
        ["other", "k", "v", "true", "false", "5"],
    )
    assert list(inventory.keys(lines)) == ["k"]
    assert inventory.skipped == {
        "older versions": 1,
        "delete markers": 1,
        "rows of other buckets": 1,
    }


def test_columns_are_named_or_guessed() -> None:
    assert columns_named("Key, Bucket") == ("Key", "Bucket")
    assert list(Inventory("b", ("Size", "Key", "Bucket")).keys(['"5","k","b"\n'])) == ["k"]
    assert guessed_columns(["b", "k", "5", "2026-11-23T00:00:00Z", "e"]) == ("Bucket", "Key")
    assert guessed_columns(["b", "k", "v", "true", "false"])[-1] == "IsDeleteMarker"
    with pytest.raises(UsageError):
        columns_named("Size, ETag")


@pytest.mark.parametrize("line", ['"b"\n', '"b","%ff"\n', '"b","k\n'])
def test_a_row_that_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(UsageError, match=r"row [12] of"):
        list(Inventory("b").keys(['"b","fine"\n', line]))


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"\x1f\x8bnot really", b"{", b"[]", b'{"files": [1]}',
     b'{"fileFormat": "ORC", "files": []}', b'{"files": [{"key": ""}]}'],
)  # fmt: skip
def test_files_that_cannot_be_read_are_told(tmp_path: Path, content: bytes) -> None:
    manifest, keys = tmp_path / "manifest.json", tmp_path / "keys.gz"
    manifest.write_bytes(content)
    keys.write_bytes(content)
    with pytest.raises(UsageError):
        list(keys_of_inventory(manifest, Inventory("b")))
    if content[0] > 0x7F or content[0] == 0x1F:
        with pytest.raises(UsageError):
            list(keys_of_file(keys))
