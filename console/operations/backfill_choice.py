"""Which objects a backfill means."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

from console.models.backfill import BackfillOptions
from console.models.listing import ListedObject
from console.operations.judging import Judge
from console.operations.rulebook import RuleBook

NO_RULE_MATCHES = "no rule matches its key"


class Choice:
    """Chooses objects by rules, times, and by whether they were processed. Thread-safe."""

    def __init__(
        self,
        rules: RuleBook,
        options: BackfillOptions,
        judge: Judge | None = None,
    ) -> None:
        self.rules = rules
        self._options, self._judge = options, judge
        self._lock = threading.Lock()
        self._left_out: Counter[str] = Counter()
        self._unknown, self._why_unknown = 0, ""

    def __call__(self, objects: Sequence[ListedObject]) -> Sequence[ListedObject]:
        """Those that are meant. Raises what looking for signs raises."""
        meant = [found for found in objects if self._is_meant(found)]
        return self._missing(meant) if self._judge is not None else meant

    def why_not(self, found: ListedObject) -> str | None:
        """Why an object that was named gets no event, `None` where it does."""
        if not found.key.startswith(self._options.prefix):
            return "its key does not begin with --prefix"
        if self.rules.firing(found.key) is None:
            return NO_RULE_MATCHES
        if not self._in_time(found):
            return "it was changed at another time"
        if self._judge is None or (one := self._judge.judge(found)) is None:
            return None if self._judge is None else "it was processed"
        return None if one.fate == "missing" else one.reason

    def repeated(self) -> None:
        """A key was given that was given before."""
        with self._lock:
            self._left_out["as given before"] += 1

    def notes(self) -> tuple[str, ...]:
        """What was left out although somebody may expect an event for it."""
        with self._lock:
            return tuple(f"Left out {why}: {count:,}." for why, count in self._left_out.items())

    def unknowns(self) -> tuple[str, ...]:
        """How many objects may be missing, and why nobody can tell; they get no event."""
        with self._lock:
            if not self._unknown:
                return ()
            count = "1 object" if self._unknown == 1 else f"{self._unknown:,} objects"
            return (f"{count} may be missing and got no event, such as {self._why_unknown}",)

    def _missing(self, objects: Sequence[ListedObject]) -> Sequence[ListedObject]:
        """Of these, what is missing for certain."""
        judged = self._judge.unprocessed(objects) if self._judge else []
        with self._lock:
            for one in judged:
                if one.fate == "unknown":
                    self._unknown += 1
                    self._why_unknown = self._why_unknown or f"{one.found.key}: {one.reason}"
                elif one.fate == "waiting":
                    self._left_out["as their events may be waiting"] += 1
        return [one.found for one in judged if one.fate == "missing"]

    def _is_meant(self, found: ListedObject) -> bool:
        if not self._in_time(found) or self.rules.firing(found.key) is None:
            return False
        if found.is_folder and not self._options.any_key:
            with self._lock:
                self._left_out["as folder markers, for which --any-key sends too"] += 1
            return False
        return True

    def _in_time(self, found: ListedObject) -> bool:
        changed, since, until = found.last_modified, self._options.since, self._options.until
        if changed is None:
            return since is None and until is None
        return (since is None or changed >= since) and (until is None or changed < until)
