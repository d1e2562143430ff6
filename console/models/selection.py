"""Which messages are meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Filter:
    """What a message must be like; what is not given does not matter, all that is given does.

    `match` is a regular expression over keys, body, message id and attributes; `key_glob` a shell
    pattern that a whole key must match; `event` a shell pattern for the event's name, with or
    without `s3:`. `older_than` and `newer_than` are in seconds since the message was sent.
    `receives_at_least` is a receive count, the receive that finds the message included. `ids`
    names messages by their ids.
    """

    match: str | None = None
    key_glob: str | None = None
    event: str | None = None
    older_than: float | None = None
    newer_than: float | None = None
    receives_at_least: int | None = None
    ids: frozenset[str] | None = None

    @property
    def everything(self) -> bool:
        """Whether every message is meant."""
        return self == EVERYTHING

    @property
    def in_words(self) -> str:
        """The filter for people; empty where everything is meant."""
        ids = "" if self.ids is None else f"{len(self.ids)} chosen by id"
        parts = (
            ids,
            f"matching /{self.match}/" if self.match is not None else "",
            f"with a key like {self.key_glob}" if self.key_glob is not None else "",
            f"of event {self.event}" if self.event is not None else "",
            f"older than {self.older_than:g} s" if self.older_than is not None else "",
            f"newer than {self.newer_than:g} s" if self.newer_than is not None else "",
            f"received {self.receives_at_least} times or more"
            if self.receives_at_least is not None
            else "",
        )
        return ", ".join(part for part in parts if part)

    def stored(self) -> dict[str, object]:
        """As the journal keeps it."""
        kept: dict[str, object] = {n: v for n, v in asdict(self).items() if v is not None}
        if self.ids is not None:
            kept["ids"] = sorted(self.ids)
        return kept

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> Filter:
        """The filter that `stored` wrote."""
        fields: dict[str, Any] = dict(stored)
        if "ids" in fields:
            fields["ids"] = frozenset(fields["ids"])
        return cls(**fields)


EVERYTHING = Filter()
"""The filter that every message passes."""
