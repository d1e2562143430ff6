"""Read ranges of a bucket page by page, and choose from each page what is meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from console.aws.bucket_pages import BucketPages
from console.errors import AwsError
from console.models.listing import ListedObject
from console.models.object import ObjectHead
from console.models.pages import KeyRange, Page
from console.operations.supply import Due

Choose = Callable[[Sequence[ListedObject]], Sequence[ListedObject]]
NO_VERSIONS = "Whether the bucket has versions is not known, so events carry no version id: {}"


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at: the keys of a bucket below a prefix. `versions` asks for version ids;
    `note` says why it does not although the bucket may have them."""

    listing: BucketPages
    bucket: str
    prefix: str
    versions: bool = False
    note: str | None = None

    def page(self, after: str) -> Page:
        """The next objects behind a key. Raises `AwsError`."""
        read = self.listing.version_page if self.versions else self.listing.page
        return read(self.bucket, self.prefix, after)


def open_view(listing: BucketPages, bucket: str, prefix: str) -> View:
    """A view with version ids where the bucket has them and they may be listed.

    Raises `AwsError` where the bucket cannot be asked at all.
    """
    try:
        if not listing.versioned(bucket):
            return View(listing, bucket, prefix)
        listing.version_page(bucket, prefix, "")
    except AwsError as error:
        if error.kind not in ("access-denied", "unsupported"):
            raise
        return View(listing, bucket, prefix, note=NO_VERSIONS.format(error.sentence))
    return View(listing, bucket, prefix, versions=True)


def listed(head: ObjectHead) -> ListedObject:
    """An object's head as a listing would tell it."""
    return ListedObject(head.key, head.size, head.etag, head.last_modified, head.version_id)


class RangeReader:
    """One range as far as it was read: `after` is the last key that was looked at, `listed` how
    many objects there were, `done` whether its end was reached."""

    def __init__(
        self, view: View, keys: KeyRange, choose: Choose, *, listed: int = 0, done: bool = False
    ) -> None:
        self._view, self._choose = view, choose
        self.after, self.until = keys.after, keys.until
        self.listed, self.done = listed, done

    def read(self) -> Sequence[ListedObject]:
        """What is meant of the next page. Raises `AwsError`."""
        page = self._view.page(self.after)
        keys = KeyRange(self.after, self.until)
        inside = [found for found in page.objects if keys.holds(found.key)]
        chosen = self._choose(inside)
        past_end = page.last is None or (self.until is not None and page.last >= self.until)
        self.listed += len(inside)
        self.after = page.last or self.after
        self.done = past_end or not page.more
        return chosen

    def stored(self) -> list[object]:
        """How far it is, for a resume."""
        return [self.after, self.until, self.listed, self.done]


class Pages:
    """The objects of one range as a feed, of which nothing is written down."""

    def __init__(self, reader: RangeReader) -> None:
        self._reader = reader

    @property
    def listed(self) -> int:
        """How many objects were looked at."""
        return self._reader.listed

    @property
    def done(self) -> bool:
        """Whether the range was read to its end."""
        return self._reader.done

    def more(self) -> Sequence[Due]:
        """What is meant of the next page. Raises `AwsError`."""
        return [Due(0, found.key, found) for found in self._reader.read()]
