"""Would a sender reach an encrypted or plain queue under these policies?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from console.policy.callers import KEY_ACTIONS, uses_key
from console.policy.decide import decide_text
from console.policy.decision import Certainty, Decision
from console.policy.limits import KEY_LIMITS, QUEUE_LIMITS
from console.policy.request import Request
from console.policy.three import all_of


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """What a key's policy says to each action that a sender needs."""

    decisions: Mapping[str, Decision]

    @property
    def allowed(self) -> bool | None:
        """Whether all of them are allowed; `None` where that cannot be told."""
        return all_of(decision.would_be_allowed for decision in self.decisions.values())

    @property
    def decisive(self) -> Decision:
        """The decision that the whole rests on."""
        return _decisive(self.decisions.values(), self.allowed)


@dataclass(frozen=True, slots=True)
class PolicyCheck:
    """What a queue's policy says to a sender, and its key's policy where there is one to check."""

    queue: Decision
    key: KeyCheck | None

    @property
    def allowed(self) -> bool | None:
        """Whether messages would arrive, once these policies are in force."""
        of_key = self.key.allowed if self.key else True
        return all_of((self.queue.would_be_allowed, of_key))

    @property
    def decisive(self) -> Decision:
        """The decision that the whole rests on."""
        decisions = (self.queue,) if self.key is None else (self.queue, self.key.decisive)
        return _decisive(decisions, self.allowed)

    @property
    def certainty(self) -> Certainty:
        """Likely where the verdict rests on an inference."""
        return self.decisive.certainty


def _decisive(decisions: Iterable[Decision], allowed: bool | None) -> Decision:
    """One refusal is enough, so the surest counts; where all must allow, the least sure."""
    found = [decision for decision in decisions if decision.would_be_allowed is allowed]
    telling = "likely" if allowed else "proven"
    return next((decision for decision in found if decision.certainty == telling), found[0])


def check_policies(queue_policy: str, key_policy: str | None, sender: Request) -> PolicyCheck:
    """Check policies before they are applied; `key_policy` is `None` where no key is used."""
    return PolicyCheck(
        decide_text(queue_policy, sender, QUEUE_LIMITS),
        None if key_policy is None else check_key_policy(key_policy, sender, None),
    )


def check_key_policy(text: str, sender: Request, key_arn: str | None) -> KeyCheck:
    """Whether a sender may use the key of a queue."""
    return KeyCheck(
        {
            action: decide_text(text, uses_key(sender, action, key_arn), KEY_LIMITS)
            for action in KEY_ACTIONS
        }
    )
