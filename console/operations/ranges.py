"""Divide a bucket's keys into ranges that are listed side by side, by the prefixes they have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.aws.bucket_pages import BucketPages
from console.models.pages import KeyRange

MOST_RANGES = 16
_MOST_PAGES = 3
_DEEPEST = 5


def split(listing: BucketPages, bucket: str, prefix: str) -> tuple[KeyRange, ...]:
    """Ranges that together hold every key, with boundaries at common prefixes below `prefix`.

    Where there is a single one, as in `uploads/2026/…`, it looks inside that. The prefixes only
    decide how even the ranges are: no key lies outside of them. Raises `AwsError`.
    """
    found = list(_folders(listing, bucket, prefix))
    for _ in range(_DEEPEST):
        if len(found) != 1:
            break
        found = list(_folders(listing, bucket, found[0]))
    return between(found)


def between(boundaries: Sequence[str]) -> tuple[KeyRange, ...]:
    """The ranges between boundaries, of which at most fifteen are used, evenly chosen."""
    ordered = sorted(set(boundaries))
    most = MOST_RANGES - 1
    if len(ordered) > most:
        ordered = [ordered[index * len(ordered) // most] for index in range(most)]
    starts, ends = ["", *ordered], [*ordered, None]
    return tuple(KeyRange(start, end) for start, end in zip(starts, ends, strict=True))


def _folders(listing: BucketPages, bucket: str, prefix: str) -> Iterator[str]:
    token = None
    for _ in range(_MOST_PAGES):
        page = listing.folders(bucket, prefix, token)
        yield from page.prefixes
        token = page.token
        # A first page without a single prefix is a folder full of keys: it would go on so.
        if token is None or not page.prefixes:
            return
