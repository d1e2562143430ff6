"""A diagnosis as text on the screen: how it stands, the root causes, one finding whole. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from textual.content import Content

from console.errors import Cancelled
from console.models.finding import Finding, Status
from console.operations.doctor.telling import (
    Group,
    count_words,
    evidence_lines,
    grouped,
    headline,
    missing_permissions,
)
from console.operations.doctor.verdict import explained_by
from console.text import human_duration
from console.tui.checkup import Checkup, Fold
from console.tui.lines import Line, Row, code, heading, row
from console.tui.words import MARKS, State, ago, mark

Show = Callable[[str], str]
STATES: dict[Status, State] = {"pass": "ok", "fail": "bad", "warn": "warn", "unknown": "unknown"}
_VERDICTS: dict[str, State] = {"healthy": "ok", "broken": "bad", "unknown": "unknown"}

_PROOF_IN_SHORT = 3


def status_mark(finding: Finding) -> Content:
    """A finding's status as mark, word and colour."""
    return mark(STATES[finding.status], finding.status)


def state_lines(
    checkup: Checkup, now: datetime, seconds: float, show: Show, *, short: bool
) -> list[Line]:
    """What is asked about, how far it is, what it comes to; `seconds` is how long it runs."""
    lines: list[Line] = [_about(checkup, now, show)]
    if checkup.diagnosis is not None:
        state = _VERDICTS[checkup.diagnosis.verdict]
        sign, _, style = MARKS[state]
        told = headline(checkup.diagnosis)
        lines.append(Content.styled(f"{sign} {told}", f"bold {style}"))
        permissions = missing_permissions(checkup.diagnosis.findings)
        if permissions and not short:
            lines.append(row("may not read", show(", ".join(permissions)), "$text-warning"))
    if checkup.running:
        lines += _progress(checkup, seconds)
    if checkup.error is not None:
        lines.append(_error(checkup, show))
    return lines


def _about(checkup: Checkup, now: datetime, show: Show) -> Content:
    what = f"About the object {show(checkup.key)}" if checkup.key else "About the whole pipeline"
    at = checkup.checked_at
    if at is None:
        return Content.styled(what, "$text-muted")
    aged = f", asked {ago(at, now)}"
    if checkup.running and not checkup.concluded:
        return Content.assemble((f"{what}{aged}", "$text-muted"), (" (old)", "$text-warning"))
    return Content.styled(f"{what}{aged}", "$text-muted")


def _progress(checkup: Checkup, seconds: float) -> list[Line]:
    took = human_duration(seconds)
    if checkup.late:
        return [mark("busy", f"asking CloudTrail who changed what… {took} (esc stops)")]
    words = count_words(checkup.found.values())
    counts = f" ({words})" if words else ""
    told = f"asking… {len(checkup.found)} answers{counts}, {took} (esc stops)"
    return [mark("busy", told), path_line(grouped(checkup.found.values()))]


def path_line(groups: Sequence[Group]) -> Row:
    """The groups along the path that have answered, each with its worst answer."""
    pieces: list[Content] = []
    for group in groups:
        worst = group.told[0] if group.told else group.passes[0]
        sign, _, style = MARKS[STATES[worst.status]]
        # A group does not break over two lines.
        title = group.title.replace(" ", "\u00a0")
        count = len(group.told) + len(group.passes)
        pieces.append(Content.styled(f"{sign}\u00a0{title}\u00a0{count}", style))
    return Row(Content("  "), Content("  ").join(pieces), 2)


def _error(checkup: Checkup, show: Show) -> Content:
    error = checkup.error
    assert error is not None
    told = f"{show(error.sentence)} {show(error.remedy)}".strip()
    kept = " What follows is older." if checkup.diagnosis else ""
    if checkup.concluded:
        kept = " CloudTrail was not read to its end."
    if isinstance(error, Cancelled):
        return Content.styled(f"– {told}{kept} s asks again.", "$text-warning")
    return Content.styled(f"✗ {show(error.title)}: {told}{kept}", "$text-error")


def cause_lines(causes: Sequence[Finding], show: Show, short: int | None) -> list[Line]:
    """Every root cause with proof, remedy and commands; `short` is the width that each line of
    proof and each command has to fit where there is no room for more, `None` where there is."""
    lines: list[Line] = []
    for cause in causes:
        likely = " (likely)" if cause.certainty == "likely" else ""
        head = Content.styled(f"✗ {show(cause.id)}{likely}  ", "bold $text-error")
        lines.append(Row(head, Content.styled(show(cause.title), "bold"), 2))
        lines += _whole(cause, show) if short is None else _shortened(cause, show, short)
    return lines


def _whole(cause: Finding, show: Show) -> list[Line]:
    """What mends it comes first: the proof may be long."""
    return [*_remedy(cause, show), *_commands(cause, show), *_evidence(cause, show)]


def _shortened(cause: Finding, show: Show, width: int) -> list[Line]:
    proof = _evidence(cause, show)
    lines = [_cut(line, width) for line in proof[:_PROOF_IN_SHORT]]
    if len(proof) > _PROOF_IN_SHORT:
        more = len(proof) - _PROOF_IN_SHORT
        told = f"  … {more} more {'line' if more == 1 else 'lines'} of proof: enter shows all"
        lines.append(Content.styled(told, "$text-muted"))
    commands = [_cut(Row(Content("    "), Content(show(c))), width) for c in cause.commands]
    return [*_remedy(cause, show), *commands, *lines]


def _cut(line: Row, width: int) -> Line:
    return Content.assemble(line.head, line.value).truncate(max(20, width), ellipsis=True)


def finding_lines(finding: Finding, findings: Sequence[Finding], show: Show) -> list[Line]:
    """One finding whole."""
    certainty = f"  {finding.certainty}" if finding.status in ("fail", "warn") else ""
    title = Content.assemble(status_mark(finding), f"{certainty}  ")
    lines: list[Line] = [
        Row(title, Content.styled(show(finding.id), "bold"), 2),
        Content(show(finding.title)),
    ]
    causes = explained_by(finding, findings)
    if causes:
        lines.append(row("follows from", show(", ".join(causes)), "$text-warning"))
    if finding.permission:
        lines.append(row("permission", show(finding.permission), "bold $text-warning"))
    if finding.evidence:
        lines += [Content(""), heading("Proof"), *_evidence(finding, show)]
    if finding.remedy or finding.commands:
        lines += [Content(""), *_remedy(finding, show), *_commands(finding, show)]
    return lines


def fold_lines(fold: Fold, show: Show) -> list[Line]:
    """What passed in one group."""
    lines: list[Line] = [heading(f"{fold.title}: {len(fold.passes)} passed")]
    for finding in fold.passes:
        lines.append(row(f"✓ {show(finding.id)}", show(finding.title), indent=30))
    return lines


def _evidence(finding: Finding, show: Show) -> list[Row]:
    pairs = evidence_lines(finding.evidence)
    label = min(24, max((len(show(name)) for name, _ in pairs), default=0) + 2)
    return [row(f"  {show(name)}", show(value), indent=label + 2) for name, value in pairs]


def _remedy(finding: Finding, show: Show) -> list[Line]:
    if not finding.remedy:
        return []
    return [row("  Remedy", show(finding.remedy), "$text-accent", indent=10)]


def _commands(finding: Finding, show: Show) -> list[Line]:
    return [line for command in finding.commands for line in code(f"    {show(command)}")]
