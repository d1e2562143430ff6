"""A diagnosis in words that both front ends use. Pure; texts stay raw."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast

from console.models.finding import Diagnosis, Finding
from console.models.trail import FieldChange
from console.operations.doctor.verdict import in_path_order
from console.text import iso

GROUP_TITLES: Mapping[str, str] = {
    "object": "Object",
    "bucket": "Bucket",
    "filter": "Filter",
    "policy": "Queue policy",
    "kms": "Encryption",
    "queue": "Queue",
    "consumer": "Consumer",
    "dlq": "DLQ",
    "delivery": "Delivery",
    "metrics": "Metrics",
    "trail": "CloudTrail",
    "operator": "Operator",
    "network": "Network",
    "security": "Security",
}
_LONGEST = 240
"""Characters of a nested value: people get its beginning, scripts the whole."""
_LISTS = (list, tuple, set, frozenset)
_FIELD_CHANGE = {field.name for field in fields(FieldChange)}
_SERIOUS = {"fail": 0, "unknown": 1, "warn": 2, "pass": 3}


@dataclass(frozen=True, slots=True)
class Group:
    """What was found at one place of the path: `told` wants reading, `passes` is good."""

    name: str
    told: tuple[Finding, ...]
    passes: tuple[Finding, ...]

    @property
    def title(self) -> str:
        """The group in words."""
        return GROUP_TITLES.get(self.name, self.name)


def grouped(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """The findings by group along the path; in each, failures before unknowns and warnings."""
    by_group: dict[str, list[Finding]] = {}
    for finding in in_path_order(findings):
        by_group.setdefault(finding.group, []).append(finding)
    return tuple(
        Group(
            name,
            tuple(sorted((f for f in found if f.status != "pass"), key=_seriousness)),
            tuple(f for f in found if f.status == "pass"),
        )
        for name, found in by_group.items()
    )


def _seriousness(finding: Finding) -> int:
    return _SERIOUS[finding.status]


def counted(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings there are of each status, all four named."""
    counts: dict[str, int] = dict.fromkeys(_SERIOUS, 0)
    for finding in findings:
        counts[finding.status] += 1
    return counts


def headline(diagnosis: Diagnosis) -> str:
    """What it all comes to, in one sentence."""
    counts = counted(diagnosis.findings)
    aside = _joined(
        _number(counts["unknown"], "answer") + " missing" if counts["unknown"] else "",
        _number(counts["warn"], "warning") if counts["warn"] else "",
    )
    aside = f" ({aside})" if aside else ""
    if diagnosis.verdict == "healthy":
        return f"Healthy: nothing found that keeps events from being delivered{aside}."
    if diagnosis.verdict == "broken":
        return f"Broken: {_causes_words(diagnosis)}{aside}."
    if diagnosis.root_causes:
        return f"Unknown: something keeps this console itself from looking{aside}."
    return f"Unknown: nothing is found broken, but not everything could be asked{aside}."


def _causes_words(diagnosis: Diagnosis) -> str:
    causes = [f for c in diagnosis.root_causes if (f := diagnosis.finding(c)) is not None]
    likely = sum(f.certainty == "likely" for f in causes)
    told = _number(len(causes), "root cause")
    if not likely:
        return f"{told}, proven"
    return f"{told}, {likely} of them likely" if likely < len(causes) else f"{told}, likely"


def missing_permissions(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The IAM actions whose lack left a question open, each once."""
    return tuple(dict.fromkeys(f.permission for f in findings if f.permission))


def evidence_lines(evidence: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Names and values, a line for each; the further lines of a list have an empty name."""
    lines: list[tuple[str, str]] = []
    for name, value in evidence.items():
        first, *more = [*_values(value)] or ["none"]
        lines += [(name, first), *(("", line) for line in more)]
    return tuple(lines)


def _values(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _record(cast("Mapping[str, object]", value))
    elif isinstance(value, _LISTS):
        for inner in cast("Iterable[object]", value):
            yield _value(inner)
    else:
        yield _value(value)


def _record(record: Mapping[str, object]) -> Iterator[str]:
    """A record in one line, and each record of a list in it in a line of its own."""
    lists = {name: inner for name, value in record.items() if (inner := _records(value))}
    yield _value({name: value for name, value in record.items() if name not in lists})
    for inner in lists.values():
        yield from map(_value, inner)


def _records(value: object) -> list[object]:
    """The records of a list that has nothing else."""
    listed = list(cast("Iterable[object]", value)) if isinstance(value, _LISTS) else []
    return listed if all(isinstance(inner, Mapping) for inner in listed) else []


def _value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, str):
        return value or '""'
    if isinstance(value, datetime) and value.tzinfo is not None:
        return iso(value)
    told = _pairs(value) if isinstance(value, Mapping) else None
    told = told or json.dumps(value, ensure_ascii=False, default=_plain)
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}… (whole in --json)"


def _pairs(record: Mapping[Any, Any]) -> str | None:
    """A record in words, `None` where it is too deep for that."""
    if set(record) == _FIELD_CHANGE:
        return FieldChange(**record).words()
    values = [list(value) if isinstance(value, _LISTS) else [value] for value in record.values()]
    if any(isinstance(inner, (Mapping, *_LISTS)) for listed in values for inner in listed):
        return None
    told = [", ".join(map(_value, listed)) or "none" for listed in values]
    return " · ".join(f"{name} {words}" for name, words in zip(record, told, strict=True))


def _plain(value: Any) -> object:
    """What JSON has no word for."""
    if isinstance(value, Mapping):
        return dict(cast("Mapping[Any, Any]", value))
    if isinstance(value, (tuple, set, frozenset)):
        return sorted(cast("Iterable[Any]", value), key=str)
    return iso(value) if isinstance(value, datetime) and value.tzinfo else str(value)


def as_text(finding: Finding) -> str:
    """A finding whole, to be copied: raw."""
    parts: Sequence[str] = (
        f"{finding.id}: {finding.status} ({finding.certainty})",
        finding.title,
        *(f"  {name}: {value}" if name else f"    {value}"
          for name, value in evidence_lines(finding.evidence)),
        f"Missing permission: {finding.permission}" if finding.permission else "",
        f"Remedy: {finding.remedy}" if finding.remedy else "",
        *finding.commands,
    )  # fmt: skip
    return "\n".join(part for part in parts if part) + "\n"


def count_words(findings: Iterable[Finding]) -> str:
    """The counts of what wants reading, in words; empty where all is well."""
    counts = counted(findings)
    return _joined(*(f"{counts[s]} {s}" for s in ("fail", "unknown", "warn") if counts[s]))


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
