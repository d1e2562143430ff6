"""What is known of an object: processed, waiting, missing, or not to be told."""

from __future__ import annotations

from collections.abc import Sequence

from console.models.listing import ListedObject
from console.models.missing import Fate, Unprocessed
from console.models.signs import SignResult
from console.operations.backlog import Backlog, read_backlog
from console.operations.pool import run_all
from console.operations.signs import SignReader
from console.operations.workbench import Workbench

LOOKERS = 8


class Judge:
    """Judges objects by the pipeline's signs and by its backlog at the beginning. Thread-safe."""

    def __init__(self, workbench: Workbench) -> None:
        self.backlog = read_backlog(workbench, workbench.need_queue())
        self._signs = SignReader(workbench)

    def look_ahead(self, objects: Sequence[ListedObject]) -> None:
        """Many objects will be judged, one by one: ask for many of their signs at once."""
        self._signs.look_ahead(objects)

    def judge(self, found: ListedObject) -> Unprocessed | None:
        """`None` for an object that was processed. Raises `AwsError` where the next one would
        fail the same way, and `JournalError`."""
        sign = self._signs.look(found)
        if sign.status == "processed":
            return None
        return verdict(found, sign, self.backlog)

    def unprocessed(self, objects: Sequence[ListedObject]) -> list[Unprocessed]:
        """Those of several objects that show no sign, in their order. Raises as `judge` does."""
        judged: dict[str, Unprocessed | None] = {}
        self.look_ahead(objects)
        for found, result in run_all(self.judge, objects, workers=LOOKERS):
            if isinstance(result, Exception):
                raise result
            judged[found.key] = result
        return [one for found in objects if (one := judged[found.key]) is not None]


def verdict(found: ListedObject, sign: SignResult, backlog: Backlog) -> Unprocessed:
    """What an object without a sign is."""
    where = backlog.whereabouts(found.last_modified)
    if where == "waiting":
        reason = "it is newer than the oldest waiting message, so its event may be waiting"
        return Unprocessed(found, "waiting", f"{reason}; {sign.reason}")
    if where == "unknown":
        messages = "messages" if backlog.messages is None else f"{backlog.messages:,} messages"
        reason = f"{messages} may be waiting, and since when is not known"
        return Unprocessed(found, "unknown", f"{sign.reason}; {reason}")
    fate: Fate = "unknown" if sign.status == "unknown" else "missing"
    return Unprocessed(found, fate, f"{sign.reason}; its event is not waiting in the queue")
