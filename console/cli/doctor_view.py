"""A diagnosis as people read it: the verdict, the root causes with their proof, then the path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from console.cli.doctor_progress import MARKS
from console.cli.output import text
from console.cli.tables import header
from console.models.finding import Diagnosis, Finding
from console.models.pipeline import Pipeline
from console.operations.doctor.telling import (
    Group,
    evidence_lines,
    grouped,
    headline,
    missing_permissions,
)
from console.operations.doctor.verdict import explained_by
from console.text import safe, strip_secrets

_VERDICTS = {"healthy": "pass", "broken": "fail", "unknown": "unknown"}


def view(pipeline: Pipeline, diagnosis: Diagnosis, *, whole: bool = False) -> list[RenderableType]:
    """The report; `whole` lists what passed too."""
    lines: list[RenderableType] = [header(pipeline), ""]
    if diagnosis.key is not None:
        lines += [_words(f"Asked about the object {diagnosis.key}"), ""]
    lines.append(_marked(_VERDICTS[diagnosis.verdict], headline(diagnosis)))
    lines += causes_view(diagnosis)
    permissions = missing_permissions(diagnosis.findings)
    if permissions:
        lines += ["", _words(f"Permissions that are missing to tell: {', '.join(permissions)}")]
    for group in grouped(diagnosis.findings):
        lines += ["", _words(group.title, "bold"), *_group(group, diagnosis, whole)]
    return lines


def causes_view(diagnosis: Diagnosis) -> list[RenderableType]:
    """Every root cause, whole."""
    causes = [f for f in map(diagnosis.finding, diagnosis.root_causes) if f is not None]
    return [line for finding in causes for line in ("", *cause_lines(finding))]


def cause_lines(finding: Finding) -> Iterator[RenderableType]:
    """One finding with its proof, its remedy, and the commands, each in a line of its own."""
    yield _marked(finding.status, f"{finding.id} ({finding.status}, {finding.certainty})")
    yield _inset(_words(finding.title))
    for name, value in evidence_lines(finding.evidence):
        yield _inset(_words(f"{name}: {value}" if name else f"  {value}", "dim"), 4)
    if finding.remedy:
        yield _inset(_words(f"Remedy: {finding.remedy}", "cyan"))
    for command in finding.commands:
        # A string is never wrapped: what is copied from a terminal is the whole command.
        yield f"    {safe(strip_secrets(command))}"


def _group(group: Group, diagnosis: Diagnosis, whole: bool) -> Iterator[RenderableType]:
    told: Iterable[Finding] = (*group.told, *group.passes) if whole else group.told
    for status, ids, aside in _lines(told, diagnosis):
        line = Text.assemble(_marked(status, f"{status:<7} {', '.join(ids)}"), _words(aside))
        yield _inset(line)
    if group.passes and not whole:
        yield _inset(_marked("pass", f"{len(group.passes)} passed"))


def _lines(told: Iterable[Finding], diagnosis: Diagnosis) -> list[tuple[str, list[str], str]]:
    """Status, ids and words of each line: what stays unknown for one reason shares one."""
    lines: list[tuple[str, list[str], str]] = []
    shared: dict[str, list[str]] = {}
    for finding in told:
        aside = _aside(finding, diagnosis)
        if finding.status == "unknown" and aside in shared:
            shared[aside].append(finding.id)
            continue
        lines.append((finding.status, [finding.id], aside))
        if finding.status == "unknown":
            shared[aside] = lines[-1][1]
    return lines


def _aside(finding: Finding, diagnosis: Diagnosis) -> str:
    causes = explained_by(finding, diagnosis.findings)
    if finding.id in diagnosis.root_causes:
        return "  root cause, see above"
    if causes:
        return f"  follows from {', '.join(causes)}: {finding.title}"
    likely = " (likely)" if finding.certainty == "likely" and finding.status != "pass" else ""
    remedy = f" {finding.remedy}" if finding.remedy and finding.status != "pass" else ""
    return f"{likely}  {finding.title}{remedy}"


def _marked(status: str, words: str) -> Text:
    mark, style = MARKS[status]
    return _words(f"{mark} {words}", style)


def _words(words: str, style: str = "") -> Text:
    return text(strip_secrets(words), style)


def _inset(line: Text, by: int = 2) -> Padding:
    return Padding(line, (0, 0, 0, by))
