"""From findings to root causes and a verdict. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from console.models.finding import GROUPS, Finding, Verdict

ROOT_GROUPS = (*GROUPS[: GROUPS.index("delivery")], "operator")
"""Groups whose failures explain a missing event, or that nothing can be told of one."""


def in_path_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings along the path; within a group in the order they are given."""
    places = {group: place for place, group in enumerate(GROUPS)}
    return tuple(sorted(findings, key=lambda f: places.get(f.group, len(GROUPS))))


def root_causes(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The ids of the failures that explain the symptom, in path order, without consequences.

    Of failures that explain each other the first one on the path stays.
    """
    failing = {f.id: f for f in in_path_order(findings) if _may_be_root(f)}
    order = {finding_id: place for place, finding_id in enumerate(failing)}
    behind = {finding_id: _behind(finding_id, failing) for finding_id in failing}

    def is_consequence(finding_id: str) -> bool:
        return any(
            finding_id not in behind[cause] or order[cause] < order[finding_id]
            for cause in behind[finding_id]
        )

    return tuple(finding_id for finding_id in failing if not is_consequence(finding_id))


def verdict(findings: Sequence[Finding], essential: Iterable[str]) -> Verdict:
    """Broken where a root cause is known, unknown where an essential answer is missing.

    What keeps the operator from looking says nothing about the pipeline: it is unknown then.
    """
    causes = root_causes(findings)
    if any(not cause.startswith("operator.") for cause in causes):
        return "broken"
    needed = frozenset(essential)
    missing = any(f.status == "unknown" and f.id in needed for f in findings)
    return "unknown" if missing or causes else "healthy"


def explained_by(finding: Finding, findings: Sequence[Finding]) -> tuple[str, ...]:
    """The ids of the root causes that `finding` is a consequence of, in path order."""
    if finding.status in ("pass", "unknown"):
        return ()
    failing = {f.id: f for f in findings if f.status == "fail"} | {finding.id: finding}
    behind = _behind(finding.id, failing)
    return tuple(cause for cause in root_causes(findings) if cause in behind)


def _may_be_root(finding: Finding) -> bool:
    return finding.status == "fail" and finding.group in ROOT_GROUPS


def _behind(start: str, failing: Mapping[str, Finding]) -> set[str]:
    """Every failure that explains `start`, directly or through others; never itself."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for cause in failing[waiting.pop()].because_of:
            if cause in failing and cause not in found:
                found.add(cause)
                waiting.append(cause)
    return found - {start}
