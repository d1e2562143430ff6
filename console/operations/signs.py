"""Whether an object shows a sign of having been processed, by what the pipeline is configured for.

Of one object whose head is known: `SignReader(workbench).look(browsing.listed(head))`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from console.errors import AwsError
from console.models.listing import ListedObject
from console.models.pages import LONGEST_KEY
from console.models.signs import SignResult, expand
from console.operations.browsing import listed
from console.operations.processed_keys import ProcessedKeys
from console.operations.sign_listing import SignListing
from console.operations.workbench import Workbench
from console.text import iso

SLACK = timedelta(seconds=2)
"""Times of different services are compared with so much tolerance."""
NO_SIGN = "no sign of processing is configured"
# A HEAD that is refused for the object's own key of encryption looks like a wrong region.
_OF_ONE_OBJECT = frozenset(
    ("access-denied", "unsupported", "invalid", "failed", "no-such-key", "wrong-region")
)


class SignReader:
    """Looks for the pipeline's signs. Thread-safe."""

    def __init__(self, workbench: Workbench) -> None:
        self._bench, self._signs = workbench, workbench.pipeline.signs
        self._bucket = workbench.need_bucket()
        self._lock = threading.Lock()
        self._processed: ProcessedKeys | None = None
        self._listed = SignListing(workbench.gateway.pages, self._bucket)

    def look_ahead(self, objects: Sequence[ListedObject]) -> None:
        """Many objects will be looked at: ask for many of their signs at once."""
        if self._signs.object:
            self._listed.look_ahead([expand(self._signs.object, found.key) for found in objects])

    def look(self, found: ListedObject) -> SignResult:
        """What the signs say; one that is there is enough, and one that cannot be read leaves it
        unknown. Raises `AwsError` where the next object would fail the same way, `JournalError`.
        """
        results: list[SignResult] = []
        for check in self._checks():
            result = _asked(check, found)
            if result.status == "processed":
                return result
            results.append(result)
        return together(results)

    def _checks(self) -> list[Callable[[ListedObject], SignResult]]:
        signs = self._signs
        configured = (
            (signs.object, self._by_object),
            (signs.tag, self._by_tag),
            (signs.metadata, self._by_metadata),
            (signs.journal, self._by_journal),
        )
        return [check for sign, check in configured if sign]

    def _by_object(self, found: ListedObject) -> SignResult:
        key = expand(self._signs.object or "", found.key)
        if key == found.key:
            return SignResult("unknown", "processed_object stands for the object itself")
        if len(key.encode("utf-8", "replace")) > LONGEST_KEY:
            return SignResult("unknown", "the key that processed_object stands for is too long")
        known, sign = self._listed.take(key)
        if not known:
            sign = self._head(key)
        if sign is None:
            return SignResult("not-processed", f"there is no {key}")
        return dated(f"{key} is there", f"{key} is older than it", sign.last_modified, found)

    def _head(self, key: str) -> ListedObject | None:
        try:
            return listed(self._bench.gateway.s3.head(self._bucket, key))
        except AwsError as error:
            if error.kind != "no-such-key":
                raise
            return None

    def _by_tag(self, found: ListedObject) -> SignResult:
        tags = self._bench.gateway.s3.tags(self._bucket, found.key)
        return labelled("tag", self._signs.tag or "", tags)

    def _by_metadata(self, found: ListedObject) -> SignResult:
        head = self._bench.gateway.s3.head(self._bucket, found.key)
        # Names of user metadata arrive in lower case (S3 User Guide, object metadata).
        entries = {name.lower(): value for name, value in head.metadata.items()}
        name, equals, value = (self._signs.metadata or "").partition("=")
        return labelled("metadata", name.lower() + equals + value, entries)

    def _by_journal(self, found: ListedObject) -> SignResult:
        with self._lock:
            if self._processed is None:
                self._processed = ProcessedKeys(self._bench.journal, self._bucket)
        if not self._bench.journal.settings.bodies:
            return SignResult("unknown", "the journal keeps no bodies, so it knows no keys")
        at = self._processed.at(found.key)
        if at is None:
            return SignResult("not-processed", "this console has not processed it")
        told = f"this console processed it at {iso(at)}"
        return dated(told, f"{told}, before it was changed", at, found)


def _asked(check: Callable[[ListedObject], SignResult], found: ListedObject) -> SignResult:
    try:
        return check(found)
    except AwsError as error:
        if error.kind not in _OF_ONE_OBJECT:
            raise
        return SignResult("unknown", f"{error.sentence} {error.remedy}".strip())


def together(results: Sequence[SignResult]) -> SignResult:
    """What several signs say of which none is there."""
    if not results:
        return SignResult("unknown", NO_SIGN)
    unknown = [result for result in results if result.status == "unknown"]
    status = "unknown" if unknown else "not-processed"
    return SignResult(status, "; ".join(result.reason for result in unknown or results))


def labelled(what: str, wanted: str, found: Mapping[str, str]) -> SignResult:
    """Whether a name, or a name with a value, is among tags or metadata."""
    name, equals, value = (part.strip() for part in wanted.partition("="))
    if name not in found:
        return SignResult("not-processed", f"it has no {what} {name}")
    if equals and found[name] != value:
        return SignResult("not-processed", f"its {what} {name} is {found[name]}, not {value}")
    return SignResult("processed", f"its {what} {name} is {found[name]}")


def dated(yes: str, stale: str, at: datetime | None, found: ListedObject) -> SignResult:
    """A sign that is there counts only for the object as it was then."""
    changed = found.last_modified
    if at is not None and changed is not None and at + SLACK < changed:
        return SignResult("not-processed", stale, at)
    return SignResult("processed", yes, at)
