"""Signs by listing: what it says is what asking for each says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from console.errors import AwsError
from console.models.listing import ListedObject
from console.models.pages import Page
from console.operations.sign_listing import WORTH_A_LISTING, SignListing

KEYS = st.lists(st.text("ab/é.\U0001f3b5", min_size=1, max_size=4), unique=True, max_size=60)


class Bucket:
    """A bucket that lists a few keys a page."""

    def __init__(self, keys: list[str], page: int) -> None:
        self.keys, self._page, self.calls = sorted(keys, key=str.encode), page, 0

    def page(self, bucket: str, prefix: str, after: str) -> Page:
        self.calls += 1
        behind = [k for k in self.keys if k.startswith(prefix) and k.encode() > after.encode()]
        told = tuple(ListedObject(key, 1, "", None) for key in behind[: self._page])
        return Page(told, told[-1].key if told else None, len(behind) > self._page)


def ahead(bucket: Any, keys: list[str]) -> SignListing:
    listing = SignListing(bucket, "b")
    listing.look_ahead(keys)
    return listing


@given(KEYS, st.lists(st.text("ab/é.\U0001f3b5", min_size=1, max_size=4), min_size=20, unique=True))
def test_what_is_known_is_true(there: list[str], asked: list[str]) -> None:
    bucket = Bucket(there, 7)
    listing = ahead(bucket, asked)
    assert bucket.calls <= 3
    for key in asked:
        known, found = listing.take(key)
        assert not known or (found.key if found else None) == (key if key in there else None)
        assert listing.take(key) == (False, None)


def test_signs_that_lie_together_are_all_known() -> None:
    keys = [f"results/{n:03}.json" for n in range(200)]
    bucket = Bucket(["a", *keys[::2], "z"], 1000)
    listing = ahead(bucket, keys)
    taken = [listing.take(key) for key in keys]
    assert all(known for known, _ in taken)
    assert [bool(found) for _, found in taken] == [True, False] * 100
    assert bucket.calls == 1


def test_among_too_many_others_the_rest_stays_unknown() -> None:
    keys = [f"r/{n:02}" for n in range(WORTH_A_LISTING)]
    listing = ahead(Bucket([f"r/05-{n}" for n in range(100)], 10), keys)
    assert [listing.take(key)[0] for key in keys] == [n <= 5 for n in range(WORTH_A_LISTING)]


def test_a_refused_listing_says_nothing() -> None:
    def refuse(*_: str) -> Page:
        raise AwsError("access-denied", "Access denied", "No.", "Ask.")

    keys = [f"r/{n}" for n in range(WORTH_A_LISTING)]
    assert ahead(SimpleNamespace(page=refuse), keys).take(keys[0]) == (False, None)


def test_a_few_are_asked_for_one_by_one() -> None:
    bucket = Bucket([], 10)
    few = [f"r/{n}" for n in range(WORTH_A_LISTING - 1)]
    assert ahead(bucket, few).take(few[0]) == (False, None)
    assert bucket.calls == 0
