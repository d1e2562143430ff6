"""Ranges hold every key once, and the supply hands everything out with a bounded buffer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.models.listing import ListedObject
from console.models.pages import KeyRange, Page
from console.operations.browsing import RangeReader, View
from console.operations.ranges import MOST_RANGES, between
from console.operations.supply import Due, Supply

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(st.lists(TEXT, max_size=40), TEXT)
def test_every_key_lies_in_one_range(boundaries: list[str], key: str) -> None:
    ranges = between(boundaries)
    assert len(ranges) <= MOST_RANGES
    assert sum(one.holds(key) for one in ranges) == 1


class Bucket:
    """A listing of keys in memory, three a page."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = sorted(set(keys), key=str.encode)

    def page(self, bucket: str, prefix: str, after: str) -> Page:
        behind = [k for k in self.keys if k.encode() > after.encode() and k.startswith(prefix)]
        objects = tuple(ListedObject(key, 1, "e", None) for key in behind[:3])
        last = objects[-1].key if objects else None
        return Page(objects, last, len(behind) > 3)


@given(st.lists(TEXT, max_size=30), st.lists(TEXT, max_size=6))
def test_ranges_are_read_to_their_ends(keys: list[str], boundaries: list[str]) -> None:
    view = View(Bucket(keys), "b", "")  # type: ignore[arg-type]
    found: list[str] = []
    for one in between(boundaries):
        reader = RangeReader(view, one, lambda objects: objects)
        while not reader.done:
            found += [o.key for o in reader.read()]
    assert sorted(found) == sorted(set(keys))


class Numbers:
    """A feed of so many pages of so many keys."""

    def __init__(self, pages: int, size: int) -> None:
        self.pages, self.size, self.done = pages, size, pages == 0

    def more(self) -> Sequence[Due]:
        self.pages -= 1
        self.done = self.pages == 0
        return [Due(n, f"{id(self)}-{self.pages}-{n}") for n in range(self.size)]


def test_several_threads_get_everything_once() -> None:
    supply = Supply([Numbers(20, 25) for _ in range(5)], portion=10, low=4)
    got: Counter[str] = Counter()
    lock = threading.Lock()

    def work() -> None:
        while (portion := supply.next()) is not None:
            with lock:
                got.update(due.key for due in portion)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == got.total() == 20 * 25 * 5


def test_no_more_is_read_than_needed_soon() -> None:
    feed = Numbers(100, 50)
    supply = Supply([feed], portion=10, low=4)
    for _ in range(5):
        supply.next()
    assert feed.pages >= 98


def test_empty_pages_are_no_end_and_a_stop_is() -> None:
    supply = Supply([Numbers(30, 0), Numbers(1, 1)], portion=10, low=4)
    assert supply.next() is not None
    assert supply.next() is None
    stopped = Supply([Numbers(3, 30)], portion=10, low=1)
    assert stopped.next() is not None
    stopped.stop()
    assert stopped.next() is None


def test_a_feed_that_fails_is_told_to_who_asked() -> None:
    class Failing(Numbers):
        def more(self) -> Sequence[Due]:
            raise ValueError("no")

    supply = Supply([Failing(1, 1)], portion=10, low=1)
    with pytest.raises(ValueError, match="no"):
        supply.next()


def test_a_range_holds_its_end_and_not_its_beginning() -> None:
    assert not KeyRange("a", "b").holds("a")
    assert KeyRange("a", "b").holds("b")
