"""A call as a policy sees it: who calls what on which resource, and what else is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

PrincipalKind = Literal["service", "iam", "anyone"]

# One way a context key may be: its values, or `None` where the call does not carry it. A value
# that is `None` can be any text.
World = tuple[str | None, ...] | None

ABSENT: tuple[World, ...] = (None,)
UNKNOWN: tuple[World, ...] = (None, (None,))
PRESENT: tuple[World, ...] = ((None,),)

NO_ONES = "(of the service itself)"
"""A value that no policy names: the address or ARN of AWS's own, where the call has one."""

ABSENT_OR_NO_ONES: tuple[World, ...] = (None, (NO_ONES,))


def known(*values: str) -> tuple[World, ...]:
    """A key whose value is certain."""
    return (values,)


@dataclass(frozen=True, slots=True)
class Key:
    """A context key: every way it may be, and whether that rests on an inference, since no
    sentence of AWS's says so."""

    worlds: tuple[World, ...]
    inferred: bool = False


_UNKNOWN_KEY = Key(UNKNOWN)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a service (`name`), an IAM principal (`name` its ARN), or anyone but a service.

    `account` is the account of an IAM principal, `None` where it is not known.
    """

    kind: PrincipalKind
    name: str = ""
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One call. Names of keys are in lower case; one that ends in `*` stands for all that begin so.

    `resource` is `None` where its ARN is not known; `begins` is what it begins with all the same.
    With `strict`, what rests on an inference counts as unknown.
    """

    caller: Caller
    action: str
    resource: str | None
    keys: Mapping[str, Key] = field(default_factory=dict[str, Key])
    strict: bool = False
    begins: str = ""

    def worlds(self, name: str) -> tuple[World, ...]:
        """Every way the context key `name` may be, in whatever case it is written."""
        key = self._key(name.lower())
        return UNKNOWN if key.inferred and self.strict else key.worlds

    def value(self, name: str) -> str | None:
        """The one value of a key, where it has exactly one and it is known."""
        worlds = self.worlds(name)
        world = worlds[0] if len(worlds) == 1 else None
        return world[0] if world is not None and len(world) == 1 else None

    def strictly(self) -> Request:
        """The same call without inferences."""
        return replace(self, strict=True)

    def _key(self, name: str) -> Key:
        if name in self.keys:
            return self.keys[name]
        families = [k for k in self.keys if k.endswith("*") and name.startswith(k[:-1])]
        return self.keys[max(families, key=len)] if families else _UNKNOWN_KEY


def keys(
    worlds: tuple[World, ...], names: Iterable[str], *, inferred: bool = False
) -> dict[str, Key]:
    """Several keys that are alike."""
    return {name.lower(): Key(worlds, inferred) for name in names}
