"""Signs of processing: templates, labels, and what several of them say together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.models.listing import ListedObject
from console.models.signs import SignResult, expand, is_label, is_template
from console.operations.backlog import Backlog
from console.operations.judging import verdict
from console.operations.signs import dated, labelled, together

AT = datetime(2026, 11, 23, 2, 13, tzinfo=UTC)
KEY = ListedObject("in/a.mp3", 5, "e", AT)


@pytest.mark.parametrize(
    ("template", "key", "expected"),
    [
        ("results/{stem}.json", "in/2026/a.mp3", "results/a.json"),
        ("{dir}/{stem}.txt", "in/2026/a.mp3", "in/2026/a.txt"),
        ("r/{dir}/{stem}.txt", "a.mp3", "r/a.txt"),
        ("{key}.done", "in/a b.mp3", "in/a b.mp3.done"),
        ("x/{name}", "in/.hidden", "x/.hidden"),
        ("x/{stem}", "in/.hidden", "x/.hidden"),
        ("x/{stem}", "in/a.tar.gz", "x/a.tar"),
        ("{{{stem}}}", "a.mp3", "{a}"),
    ],
)
def test_templates(template: str, key: str, expected: str) -> None:
    assert is_template(template)
    assert expand(template, key) == expected


@pytest.mark.parametrize(
    "wrong",
    ["", "results.json", "{", "{}", "{0}", "{stem!r}", "{stem:>9}", "{stem.x}", "{size}", "{dir}/",
     "{stem[0]}", 3, None],
)  # fmt: skip
def test_what_is_no_template(wrong: object) -> None:
    assert not is_template(wrong)


@given(st.text(max_size=30), st.text(min_size=1, max_size=30))
def test_a_template_expands_for_every_key(template: str, key: str) -> None:
    if is_template(template):
        assert isinstance(expand(template, key), str)


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_different_keys_are_different_objects(one: str, other: str) -> None:
    assert (expand("{key}.json", one) == expand("{key}.json", other)) is (one == other)


def test_labels() -> None:
    assert is_label("status")
    assert is_label("status=done")
    assert not is_label("=done")
    assert not is_label("")
    assert labelled("tag", "s=1", {"s": "1"}).status == "processed"
    assert labelled("tag", "s", {"s": "anything"}).status == "processed"
    assert labelled("tag", "s=1", {"s": "2"}).status == "not-processed"
    assert labelled("tag", "s", {}).status == "not-processed"


def test_an_older_sign_is_about_an_older_object() -> None:
    assert dated("yes", "stale", AT - timedelta(seconds=1), KEY).status == "processed"
    assert dated("yes", "stale", AT - timedelta(minutes=1), KEY).status == "not-processed"
    assert dated("yes", "stale", None, KEY).status == "processed"


def test_what_cannot_be_read_leaves_it_unknown() -> None:
    no, denied = SignResult("not-processed", "no tag"), SignResult("unknown", "denied")
    assert together([no, denied]) == SignResult("unknown", "denied")
    assert together([no, no]) == SignResult("not-processed", "no tag; no tag")
    assert together([]).status == "unknown"


NO = SignResult("not-processed", "no tag")
CANNOT_TELL = SignResult("unknown", "denied")


@pytest.mark.parametrize(
    ("sign", "backlog", "fate"),
    [
        (NO, Backlog(0), "missing"),
        (CANNOT_TELL, Backlog(0), "unknown"),
        (NO, Backlog(None), "unknown"),
        (NO, Backlog(3), "unknown"),
        (NO, Backlog(3, AT - timedelta(hours=1)), "waiting"),
        (CANNOT_TELL, Backlog(3, AT - timedelta(hours=1)), "waiting"),
        (NO, Backlog(3, AT + timedelta(seconds=1)), "waiting"),
        (NO, Backlog(3, AT + timedelta(hours=1)), "missing"),
    ],
)
def test_the_backlog_decides_what_no_sign_means(
    sign: SignResult, backlog: Backlog, fate: str
) -> None:
    assert verdict(KEY, sign, backlog).fate == fate
