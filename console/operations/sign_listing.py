"""The objects that stand as signs for many others, from a few listings in place of a HEAD each."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from os.path import commonprefix

from console.aws.bucket_pages import BucketPages
from console.errors import AwsError
from console.models.listing import ListedObject

WORTH_A_LISTING = 20
"""So many keys are looked for by listing; fewer are asked for one by one."""
_MOST_PAGES = 3


class SignListing:
    """What listings said of keys that will be asked for soon. Thread-safe."""

    def __init__(self, listing: BucketPages, bucket: str) -> None:
        self._listing, self._bucket = listing, bucket
        self._known: dict[str, ListedObject | None] = {}
        self._lock = threading.Lock()

    def look_ahead(self, keys: Sequence[str]) -> None:
        """List where the keys lie, at most three pages. What that does not tell, be it refused or
        among too many others, stays not known."""
        if len(keys) < WORTH_A_LISTING:
            return
        # StartAfter leaves out the key it names: one character less comes before the first.
        prefix = commonprefix((min(keys), max(keys)))  # noqa: RUF071 - keys are no paths
        after, last = min(keys)[:-1], max(keys)
        found: dict[str, ListedObject] = {}
        try:
            for _ in range(_MOST_PAGES):
                page = self._listing.page(self._bucket, prefix, after)
                found.update((one.key, one) for one in page.objects)
                after = page.last or after
                if not page.more or after >= last:
                    after = last
                    break
        except AwsError:
            return
        with self._lock:
            self._known.update((key, found.get(key)) for key in keys if key <= after)

    def take(self, key: str) -> tuple[bool, ListedObject | None]:
        """Whether it is known of a key if it is there, and the object; known once only, so that
        no memory grows."""
        with self._lock:
            return key in self._known, self._known.pop(key, None)
