"""Policy variables such as `${aws:SourceAccount}`, which language version 2012-10-17 has."""

from __future__ import annotations

import re
from enum import Enum

from console.policy.patterns import Pattern, joined
from console.policy.request import ABSENT, Request

VERSION_WITH_VARIABLES = "2012-10-17"

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_CHARACTERS = frozenset("*?$")


_PLAIN_PARTS = 5


class Failure(Enum):
    """Why a value with a variable in it is no text."""

    NO_VALUE = "the variable has no value in this call"
    UNKNOWN = "the variable's value is not known"


def expand(text: str, request: Request, version: str) -> Pattern | Failure:
    """The pattern that a policy's text stands for in this call.

    What a variable stands for is taken literally, `${*}`, `${?}` and `${$}` are the characters
    (IAM User Guide, variables and tags). In older versions of the language it is plain text.
    """
    if version != VERSION_WITH_VARIABLES or "${" not in text:
        return Pattern(text)
    pieces: list[tuple[str, bool]] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        value = _value(match[1], request)
        if isinstance(value, Failure):
            return value
        pieces += [(text[end : match.start()], False), (value, True)]
        end = match.end()
    return joined([*pieces, (text[end:], False)])


def early_variable(text: str, version: str) -> bool:
    """Whether a resource has a variable before its fifth colon.

    IAM User Guide, variables and tags: none can be there. What one does is not said.
    """
    early = ":".join(_VARIABLE.sub("${}", text).split(":")[:_PLAIN_PARTS])
    return version == VERSION_WITH_VARIABLES and "${}" in early


def _value(inside: str, request: Request) -> str | Failure:
    if inside in _CHARACTERS:
        return inside
    name, has_default, default = inside.partition(",")
    value = request.value(name.strip())
    if value is not None:
        return value
    if request.worlds(name.strip()) != ABSENT:
        return Failure.UNKNOWN
    return default.strip().strip("'") if has_default else Failure.NO_VALUE
