"""The sending half of a backfill: every batch of keys is in the journal before it goes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from console.errors import AwsError
from console.journal.moves import Step
from console.models.listing import ListedObject
from console.models.moving import Effect, MoveProgress
from console.models.outgoing import Outgoing
from console.models.pages import LONGEST_KEY
from console.operations.backfill_choice import NO_RULE_MATCHES, Choice
from console.operations.browsing import listed
from console.operations.moving import OnProgress
from console.operations.pace import Pace
from console.operations.replay_event import replay_attributes, replay_body
from console.operations.rulebook import Firing
from console.operations.sending import Sender
from console.operations.supply import Due, Supply
from console.operations.workbench import Workbench

DONE = "sent"
GONE = "the object does not exist any more"
# A HEAD that is refused for the object's own key of encryption looks like a wrong region.
_OF_ONE_OBJECT = ("access-denied", "invalid", "failed", "wrong-region")


@dataclass(frozen=True, slots=True)
class _Ready:
    """One key with its object and what it fires: its event can be written."""

    number: int
    found: ListedObject
    firing: Firing


class Replayer:
    """Sends an event for every key of a supply, from several threads."""

    def __init__(
        self,
        workbench: Workbench,
        operation: str,
        sender: Sender,
        supply: Supply,
        choice: Choice,
        pace: Pace,
        listed: Callable[[], tuple[int, int]],
    ) -> None:
        self._bench, self._operation, self._sender = workbench, operation, sender
        self._supply, self._choice, self._pace = supply, choice, pace
        self._listed = listed
        self._attributes = replay_attributes(operation)
        self._bucket = workbench.need_bucket()
        self._lock = threading.Lock()
        self._sent = self._failed = 0

    def work(self, on_progress: OnProgress) -> None:
        """Send until nothing is left, or it is stopped. Raises `AwsError`, `JournalError`."""
        while (portion := self._supply.next()) is not None:
            if self._pace.wait(len(portion), self._sender.cancel):
                return
            ready = self._looked_at(portion)
            if ready:
                self._send(ready)
            listed, about = self._listed()
            with self._lock:
                progress = MoveProgress(listed, about, self._sent, self._failed)
            on_progress(progress)

    def _looked_at(self, portion: Sequence[Due]) -> list[_Ready]:
        """The keys with their objects; what gets no event is recorded. Raises `AwsError`."""
        looked = [self._look(due) for due in portion]
        if steps := [one for one in looked if isinstance(one, Step)]:
            self._record(steps)
        return [one for one in looked if isinstance(one, _Ready)]

    def _look(self, due: Due) -> _Ready | Step:
        found, why_not = due.found, None
        if found is None and len(due.key.encode("utf-8", "replace")) > LONGEST_KEY:
            return Step(due.number, "skipped", GONE)
        if found is None:
            try:
                found = listed(self._bench.gateway.s3.head(self._bucket, due.key))
            except AwsError as error:
                return without_object(due.number, error)
            why_not = self._choice.why_not(found)
        firing = self._choice.rules.firing(due.key)
        if why_not is not None or firing is None:
            return Step(due.number, "skipped", why_not or NO_RULE_MATCHES)
        return _Ready(due.number, found, firing)

    def _send(self, ready: Sequence[_Ready]) -> None:
        mail = [self._outgoing(item) for item in ready]
        numbers = [item.number for item in ready]
        journal, clock = self._bench.journal, self._bench.clock
        journal.moves.again(self._operation, numbers, clock.now())
        sent = self._sender.send(mail)
        self._record([_step(int(number), effect) for number, effect in sent.effects.items()])
        if sent.fatal is not None:
            raise sent.fatal

    def _outgoing(self, item: _Ready) -> Outgoing:
        number = str(item.number)
        body = replay_body(
            item.found,
            self._bucket,
            self._sender.queue,
            item.firing,
            caller=self._bench.caller_arn,
            request=f"{self._operation}-{number}",
            at=self._bench.clock.now(),
        )
        return Outgoing(number, body, self._attributes)

    def _record(self, steps: Sequence[Step]) -> None:
        """Record what came of keys: with the next intent, which soon follows, unless it is slow on
        purpose."""
        journal, at = self._bench.journal, self._bench.clock.now()
        if self._pace.limited:
            journal.moves.record(self._operation, steps, at)
        else:
            journal.later(lambda: journal.moves.record(self._operation, steps, at))
        with self._lock:
            self._sent += sum(step.outcome == DONE for step in steps)
            self._failed += sum(step.outcome in ("failed", "unknown") for step in steps)


def without_object(number: int, error: AwsError) -> Step:
    """What an object that cannot be looked at means for its key. Raises the error where the next
    one would fail the same way."""
    if error.kind == "no-such-key":
        return Step(number, "skipped", GONE)
    if error.kind not in _OF_ONE_OBJECT:
        raise error
    # Without the key, so that many keys have one reason.
    what = error.permission or error.code or error.operation
    return Step(number, "failed", f"{error.title} ({what})")


def _step(number: int, effect: Effect) -> Step:
    outcome = DONE if effect.fate == "through" else effect.fate
    return Step(number, outcome, effect.reason, effect.new_id, effect.twice)
