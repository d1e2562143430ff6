"""Delete messages through valid leases only, every answer read, what helps tried again."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from console.errors import AwsError
from console.models.pipeline import QueueRef
from console.operations.sending import WAITS, helps_again
from console.operations.workbench import Workbench


@dataclass
class Deleted:
    """What came of deleting, by message id: `deleted`, `refused` with the reason, `lost`, whose
    lease had run out, and `doubted`, which a call without answer may have deleted. `fatal` is the
    failure that makes going on senseless."""

    deleted: list[str] = field(default_factory=list[str])
    refused: dict[str, str] = field(default_factory=dict[str, str])
    lost: list[str] = field(default_factory=list[str])
    doubted: set[str] = field(default_factory=set[str])
    fatal: AwsError | None = None


@dataclass(frozen=True, slots=True)
class Deleter:
    """Deletes from one queue. To delete again what is deleted already does no harm, so whole
    calls are repeated."""

    workbench: Workbench
    queue: QueueRef

    def delete(self, message_ids: Iterable[str]) -> Deleted:
        """Delete messages whose leases are valid; takes some seconds at most, and no cancel stops
        it: what had its effect must go."""
        done, left = Deleted(), list(message_ids)
        for wait in (*WAITS, None):
            left = self._once(left, done)
            if not left or done.fatal is not None:
                break
            if wait is None:
                done.refused |= dict.fromkeys(left, "AWS answered no try to delete it")
                done.doubted.update(left)
                break
            self.workbench.clock.wait(threading.Event(), wait)
        self.workbench.leases.drop(self.queue, [*done.deleted, *done.refused])
        done.doubted.difference_update(done.deleted)
        return done

    def _once(self, message_ids: list[str], done: Deleted) -> list[str]:
        """One try; returns what another try may help."""
        leases = self.workbench.leases
        handles: dict[str, str] = {}
        for message_id in message_ids:
            lease = leases.valid(self.queue, message_id)
            if lease is None:
                done.lost.append(message_id)
            else:
                handles[message_id] = lease.receipt_handle
        if not handles:
            return []
        try:
            failed = self.workbench.gateway.sqs.delete(self.queue, handles, once=True)
        except AwsError as error:
            if error.kind in ("throttled", "unreachable") or error.maybe_done:
                done.doubted.update(handles if error.maybe_done else ())
                return list(handles)
            done.fatal = error
            return []
        again = [f.message_id for f in failed if helps_again(f)]
        done.doubted.update(again)
        done.refused.update((f.message_id, f.reason) for f in failed if not helps_again(f))
        refused = {f.message_id for f in failed}
        done.deleted += [m for m in handles if m not in refused]
        return again
