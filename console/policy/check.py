"""Would a sender reach an encrypted or plain queue under these policies?"""

from __future__ import annotations

from collections.abc import Mapping
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
        found = [d for d in self.decisions.values() if d.would_be_allowed is self.allowed]
        return next((d for d in found if d.certainty == "likely"), found[0])


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
        if self.key is None or self.queue.would_be_allowed is not True:
            return self.queue
        of_key = self.key.decisive
        both_allow = self.key.allowed and of_key.certainty == "proven"
        return self.queue if both_allow else of_key

    @property
    def certainty(self) -> Certainty:
        """Likely where the verdict rests on an inference."""
        return self.decisive.certainty


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
