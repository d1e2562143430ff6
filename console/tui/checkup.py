"""What the doctor was asked, what it has said so far, and what it said last. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from console.errors import ConsoleError
from console.models.finding import Diagnosis, Finding
from console.operations.doctor.telling import grouped
from console.operations.doctor.verdict import in_path_order, root_causes


@dataclass(frozen=True, slots=True)
class Fold:
    """What passed in one group, as one row."""

    group: str
    title: str
    passes: tuple[Finding, ...]

    @property
    def id(self) -> str:
        """Its key among the rows; no finding's id has a colon."""
        return f"passed:{self.group}"


FindingRow = Finding | Fold


@dataclass(slots=True)
class Checkup:
    """The last diagnosis, and the run under way.

    `key` is the object that is asked about, `None` for the pipeline as a whole. `began` is on the
    monotonic clock, `None` while nothing runs. `diagnosis` stays until there is a newer one about
    the same key; `concluded` says that it is of the run under way.
    """

    key: str | None = None
    began: float | None = None
    late: bool = False
    found: dict[str, Finding] = field(default_factory=dict[str, Finding])
    diagnosis: Diagnosis | None = None
    concluded: bool = False
    error: ConsoleError | None = None

    def begin(self, key: str | None, now: float) -> None:
        """A run starts; what is known about another key makes room."""
        if self.diagnosis is not None and self.diagnosis.key != key:
            self.diagnosis = None
        self.key, self.began, self.late = key, now, False
        self.found, self.concluded, self.error = {}, False, None

    def hear(self, finding: Finding) -> None:
        """A check has answered."""
        self.found[finding.id] = finding

    def conclude(self, diagnosis: Diagnosis, *, late: bool) -> None:
        """What it comes to; `late` says that CloudTrail is being asked still."""
        self.diagnosis, self.concluded, self.late = diagnosis, True, late
        if not late:
            self.began = None

    def fail(self, error: ConsoleError) -> None:
        """The run ended without a diagnosis."""
        self.began, self.late, self.error = None, False, error

    @property
    def running(self) -> bool:
        """Whether checks are being asked."""
        return self.began is not None

    @property
    def findings(self) -> Sequence[Finding]:
        """What there is to show, in path order."""
        if self.diagnosis is None:
            return in_path_order(self.found.values())
        if not self.concluded:
            return self.diagnosis.findings
        return tuple(self.found.get(f.id, f) for f in self.diagnosis.findings)

    @property
    def causes(self) -> tuple[Finding, ...]:
        """The root causes as far as they are known."""
        findings = self.findings
        by_id = {finding.id: finding for finding in findings}
        return tuple(by_id[cause] for cause in root_causes(findings))

    @property
    def checked_at(self) -> datetime | None:
        """When what is shown was asked; `None` while it is still coming in."""
        return self.diagnosis.checked_at if self.diagnosis else None

    def rows(self, typed: str, *, whole: bool) -> list[FindingRow]:
        """Root causes, then what is not well, then what passed: folded unless `whole`."""
        wanted = typed.casefold()
        findings = [f for f in self.findings if wanted in f"{f.id} {f.title}".casefold()]
        causes = {finding.id for finding in self.causes}
        groups = grouped(findings)
        rows: list[FindingRow] = [f for f in findings if f.id in causes]
        for status in ("fail", "unknown", "warn"):
            rows += [f for f in findings if f.status == status and f.id not in causes]
        for group in groups:
            if whole:
                rows += group.passes
            elif group.passes:
                rows.append(Fold(group.name, group.title, group.passes))
        return rows
