"""Reads a policy from JSON text. Nothing that is in it makes this fail; it is reported.

IAM User Guide, grammar of the JSON policy language.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NoReturn

from console.policy.document import OLDEST_VERSION, Policy, Problem, Statement
from console.policy.statements import StatementReader
from console.policy.variables import VERSION_WITH_VARIABLES

_VERSIONS = (OLDEST_VERSION, VERSION_WITH_VARIABLES)
_ELEMENTS = frozenset({"Version", "Id", "Statement"})
# Ten times what any service takes: more than that is not worth reading.
_LONGEST = 400_000


def read_policy(text: str) -> Policy:
    """The policy that a text holds."""
    problems: list[Problem] = []
    document = _document(text, problems)
    if document is None:
        return Policy(OLDEST_VERSION, (), tuple(problems), valid=False)
    reader = StatementReader(problems)
    version = _version(document, reader)
    reader.unknown_elements("The policy", document, _ELEMENTS)
    statements = _statements(document, reader)
    return Policy(version, statements, tuple(problems), valid=not reader.broken)


def _document(text: str, problems: list[Problem]) -> Mapping[str, Any] | None:
    def pairs(items: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items):
            twice = _more_than_once(name for name, _ in items)
            problems.append(Problem(f"An object names an element twice: {', '.join(twice)}."))
        return made

    if len(text) > _LONGEST:
        problems.append(Problem(f"It has {len(text):,} characters, far more than any policy."))
        return None
    try:
        document = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_no_constant,
        )
    except RecursionError:
        problems.append(Problem("It is nested too deeply to be a policy."))
        return None
    except (ValueError, ArithmeticError) as error:
        problems.append(Problem(f"It is not JSON: {error}."))
        return None
    if not isinstance(document, dict):
        problems.append(Problem("It is not a JSON object."))
        return None
    return document


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _version(document: Mapping[str, Any], reader: StatementReader) -> str:
    version = document.get("Version", OLDEST_VERSION)
    if version not in _VERSIONS:
        reader.wrong(f"Version is none of {' and '.join(_VERSIONS)}.")
        return OLDEST_VERSION
    return str(version)


def _statements(document: Mapping[str, Any], reader: StatementReader) -> tuple[Statement, ...]:
    if "Statement" not in document:
        reader.wrong("The policy has no Statement.")
        return ()
    raw = document["Statement"]
    if isinstance(raw, dict):
        raw = [raw]
    if not isinstance(raw, list):
        reader.wrong("Statement is neither an object nor a list of objects.")
        return ()
    if not raw:
        reader.refused("Statement is empty.")
    made = [reader.statement(index, item) for index, item in enumerate(raw)]
    statements = tuple(statement for statement in made if statement is not None)
    _same_sids(statements, reader)
    return statements


def _same_sids(statements: Sequence[Statement], reader: StatementReader) -> None:
    for sid in _more_than_once(statement.sid for statement in statements if statement.sid):
        reader.refused(f'More than one statement has the Sid "{sid}".')


def _more_than_once(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)
