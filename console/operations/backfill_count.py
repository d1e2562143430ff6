"""A backfill's dry run: the same listing and the same choice, and nothing is written anywhere."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from console.errors import AwsError
from console.models.backfill import BackfillOptions, BackfillReport
from console.models.moving import MoveProgress
from console.models.pages import LONGEST_KEY
from console.operations.backfill_sending import GONE, without_object
from console.operations.backfill_target import Target, aim
from console.operations.browsing import Pages, RangeReader, listed
from console.operations.crew import work_together
from console.operations.distinct import each_once
from console.operations.moving import CANCEL_GRACE, OnProgress
from console.operations.passing import MOST_RECEIVERS
from console.operations.ranges import split
from console.operations.redrive import no_progress
from console.operations.supply import Due, Supply
from console.operations.workbench import Workbench

_PAGE = 500
_MOST_REASONS = 5


def count(
    workbench: Workbench,
    options: BackfillOptions,
    *,
    cancel: threading.Event,
    keys: Iterable[str] | None = None,
    most: int | None = None,
    on_progress: OnProgress = no_progress,
) -> BackfillReport:
    """What a backfill would do now: `remaining` is how many events it would send.

    With `most` it ends after about so many objects, and `remaining` is `None` where there are
    more. Raises `UsageError` and `AwsError` as a backfill does.
    """
    target = aim(workbench, options, listing=keys is None)
    counting = _Counting(workbench, target, keys, most)
    ended = work_together(
        lambda: counting.work(on_progress),
        MOST_RECEIVERS,
        cancel=cancel,
        stop=counting.supply.stop,
        heartbeat=lambda: None,
        grace=CANCEL_GRACE,
    )
    whole = ended and not cancel.is_set() and not counting.enough
    return BackfillReport(
        operation_id="",
        listed=counting.listed,
        matched=counting.matched,
        remaining=counting.matched - counting.without if whole else None,
        dry_run=True,
        reasons=(*counting.reasons(), *target.choice.unknowns()),
        notes=target.notes,
        state="interrupted" if cancel.is_set() else "done",
    )


class _Counting:
    """One count under way."""

    def __init__(
        self, workbench: Workbench, target: Target, keys: Iterable[str] | None, most: int | None
    ) -> None:
        self.matched = self.without = 0
        self.why: Counter[str] = Counter()
        self._bench, self._target, self._most = workbench, target, most
        self._bucket = workbench.need_bucket()
        self._lock = threading.Lock()
        self._feeds = self._opened(keys)
        self.supply = Supply(self._feeds, portion=10, low=2 * MOST_RECEIVERS)

    @property
    def listed(self) -> int:
        """How many objects were looked at, or keys read."""
        return sum(feed.listed for feed in self._feeds)

    @property
    def enough(self) -> bool:
        """Whether more objects were looked at than wanted."""
        return self._most is not None and self.listed > self._most

    def reasons(self) -> list[str]:
        """Why keys would get no event, the most frequent reasons first."""
        most = self.why.most_common(_MOST_REASONS)
        return [f"{'1 key' if n == 1 else f'{n:,} keys'}: {why}" for why, n in most]

    def work(self, on_progress: OnProgress) -> None:
        """Count until all is counted, or it is stopped. Raises `AwsError`."""
        while (portion := self.supply.next()) is not None:
            looked = [self._why_not(due) for due in portion]
            with self._lock:
                self.matched += len(portion)
                self.without += sum(why is not None for why in looked)
                self.why.update(why for why in looked if why is not None)
                progress = MoveProgress(self.listed, 0, self.matched, 0)
            on_progress(progress)
            if self.enough:
                self.supply.stop()

    def _opened(self, keys: Iterable[str] | None) -> list[Pages | _Keys]:
        target, view = self._target, self._target.view
        if view is None:
            return [_Keys(target, each_once(keys or (), target.choice.repeated))]
        ranges = split(view.listing, view.bucket, view.prefix)
        return [Pages(RangeReader(view, one, target.choice)) for one in ranges]

    def _why_not(self, due: Due) -> str | None:
        """Why a key would get no event. Raises `AwsError`."""
        if due.found is not None:
            return None
        if len(due.key.encode("utf-8", "replace")) > LONGEST_KEY:
            return GONE
        try:
            found = listed(self._bench.gateway.s3.head(self._bucket, due.key))
        except AwsError as error:
            return without_object(due.number, error).error
        return self._target.choice.why_not(found)


class _Keys:
    """The given keys that a rule matches."""

    def __init__(self, target: Target, keys: Iterable[str]) -> None:
        self.listed, self.done = 0, False
        self._rules, self._keys = target.choice.rules, iter(keys)

    def more(self) -> Sequence[Due]:
        page = list(islice(self._keys, _PAGE))
        self.listed += len(page)
        self.done = len(page) < _PAGE
        return [Due(0, key) for key in page if self._rules.firing(key) is not None]
