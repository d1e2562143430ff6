"""A backfill that is killed at any moment is finished by a resume: every key, doubts counted."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from console.errors import UsageError
from console.models.backfill import BackfillReport
from console.operations.resume import resume, unfinished
from tests.emulator.conftest import Bench
from tests.emulator.test_backfill import put, sent_keys
from tests.emulator.test_resume import die

COUNT = 150
WORKERS = 8
KEYS = [f"in/{n:03}.mp3" for n in range(90)] + [f"{c}/{n}.mp3" for c in "abc" for n in range(20)]
POINTS = [
    ("page", "after", 2),
    ("plan", "after", 1),
    ("again", "after", 3),
    ("send", "before", 4),
    ("send", "after", 9),
    ("record", "after", 2),
]


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.aws.bucket_pages.PAGE_KEYS", 40)


def go_on(bench: Bench) -> BackfillReport:
    (left,) = unfinished(bench.workbench)
    assert left.killed
    report = resume(bench.workbench, left.operation.id, cancel=threading.Event())
    assert isinstance(report, BackfillReport)
    return report


@pytest.mark.parametrize(("point", "when", "count"), POINTS)
def test_every_key_is_sent_and_repeats_are_counted(
    bench: Bench, point: str, when: str, count: int
) -> None:
    put(bench, [*KEYS, "in/other.txt"])
    die(bench, "backfill", point, when, count)
    report = go_on(bench)
    assert (report.sent, report.remaining, report.state) == (COUNT, 0, "done"), report
    assert (report.listed, report.matched) == (COUNT + 1, COUNT)
    found = sent_keys(bench)
    assert found.keys() == set(KEYS)
    assert found.total() - COUNT <= report.possibly_duplicated <= WORKERS * 20
    assert unfinished(bench.workbench) == ()


def test_killed_twice(bench: Bench) -> None:
    put(bench, KEYS)
    die(bench, "backfill", "send", "after", 5)
    (left,) = unfinished(bench.workbench)
    die(bench, f"resume:{left.operation.id}", "send", "after", 3)
    report = go_on(bench)
    found = sent_keys(bench)
    assert found.keys() == set(KEYS)
    assert (report.sent, report.state) == (COUNT, "done")
    assert found.total() - COUNT <= report.possibly_duplicated


def test_given_keys_are_known_to_who_goes_on(bench: Bench) -> None:
    put(bench, KEYS[:90])
    die(bench, "backfill:90", "send", "after", 2)
    report = go_on(bench)
    found = sent_keys(bench)
    assert found.keys() == set(KEYS[:90])
    assert (report.sent, report.listed) == (90, 90)
    assert found.total() - 90 <= report.possibly_duplicated


def test_keys_that_were_not_all_read_cannot_be_resumed(bench: Bench) -> None:
    put(bench, KEYS[:1])
    die(bench, "backfill:3", "remember", "after", 1)
    with pytest.raises(UsageError, match="being read"):
        go_on(bench)
    assert Counter(sent_keys(bench)) == Counter()
