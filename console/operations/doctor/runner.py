"""Run the checks side by side, tell each finding as it comes, and conclude."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from console.errors import AwsError, Cancelled, ConsoleError
from console.models.finding import Diagnosis, Finding
from console.operations.doctor.check import Check, LateCheck, NotApplicable, Omit
from console.operations.doctor.facts import Facts
from console.operations.doctor.registry import CHECKS, LATE_CHECKS
from console.operations.doctor.verdict import in_path_order, root_causes, verdict
from console.operations.workbench import Workbench

OnFinding = Callable[[Finding], None]

_THREADS = 16


@dataclass(frozen=True, slots=True)
class DoctorOptions:
    """`key` is the object that is asked about; `late` lets CloudTrail be asked as well."""

    key: str | None = None
    late: bool = True


def diagnose(
    bench: Workbench,
    options: DoctorOptions,
    *,
    cancel: threading.Event,
    on_finding: OnFinding,
    checks: Sequence[Check] = CHECKS,
    late_checks: Sequence[LateCheck] = LATE_CHECKS,
) -> Diagnosis:
    """Ask every check; each finding is told to `on_finding`, from any thread, when it is known.

    Gates run first, late checks after the others; these may tell a finding of the same id again.
    What one check cannot read stops no other, but a gate that fails. Raises `Cancelled`, and
    nothing else that a check raises.
    """
    facts = Facts(bench, options.key, cancel)
    found = _Found(on_finding)
    _side_by_side(found, facts, [check for check in checks if check.gate])
    if not any(finding.status == "fail" for finding in found.by_id.values()):
        _side_by_side(found, facts, [check for check in checks if not check.gate])
        if options.late:
            _late(found, facts, [late for late in late_checks if not late.closing])
        _late(found, facts, [late for late in late_checks if late.closing])
    if cancel.is_set():
        raise Cancelled("The diagnosis")
    findings = found.in_order([*checks, *late_checks])
    essential = {i for check in checks if check.essential for i in check.passes} | found.crashed
    return Diagnosis(
        checked_at=facts.at,
        key=options.key,
        findings=findings,
        root_causes=root_causes(findings),
        verdict=verdict(findings, essential),
    )


def _side_by_side(found: _Found, facts: Facts, checks: Sequence[Check]) -> None:
    with ThreadPoolExecutor(_THREADS, "doctor") as pool:
        for check in checks:
            pool.submit(found.take, check.passes, lambda c=check: c.run(facts))


def _late(found: _Found, facts: Facts, checks: Sequence[LateCheck]) -> None:
    if facts.cancel.is_set():
        return
    before = dict(found.by_id)
    with ThreadPoolExecutor(_THREADS, "doctor-late") as pool:
        for late in checks:
            pool.submit(found.take, late.passes, lambda c=late: c.run(facts, before))


class _Found:
    """The findings so far, by id."""

    def __init__(self, on_finding: OnFinding) -> None:
        self.by_id: dict[str, Finding] = {}
        self.crashed: set[str] = set()
        self._on_finding = on_finding
        self._lock = threading.Lock()

    def take(self, passes: Mapping[str, str], run: Callable[[], Iterable[Finding | Omit]]) -> None:
        """Run one check and keep what it says."""
        said: dict[str, Finding] = {}
        silent: set[str] = set()
        try:
            for answer in run():
                if isinstance(answer, Omit):
                    silent.add(answer.id)
                else:
                    said[answer.id] = answer
        except NotApplicable:
            silent |= set(passes)
        except Cancelled:
            return
        except ConsoleError as error:
            said |= {i: _unknown(i, error) for i in passes if i not in said}
        except Exception as error:
            self.crashed |= set(passes)
            said |= {i: _crashed(i, error) for i in passes if i not in said}
        for finding_id, title in passes.items():
            if finding_id not in said and finding_id not in silent:
                said[finding_id] = Finding(finding_id, "pass", "proven", title)
        with self._lock:
            for finding in said.values():
                known = self.by_id.get(finding.id)
                if finding.status == "pass" and known is not None:
                    continue
                self.by_id[finding.id] = finding
                self._on_finding(finding)

    def in_order(self, checks: Sequence[Check | LateCheck]) -> tuple[Finding, ...]:
        """Every finding, in path order."""
        ids = dict.fromkeys(i for check in checks for i in check.passes)
        places = {finding_id: place for place, finding_id in enumerate(ids)}
        listed = sorted(self.by_id.values(), key=lambda f: places.get(f.id, len(places)))
        return in_path_order(listed)


def _unknown(finding_id: str, error: ConsoleError) -> Finding:
    """A question that could not be asked: never an absence."""
    permission = error.permission if isinstance(error, AwsError) else None
    return Finding(
        finding_id,
        "unknown",
        "proven",
        error.sentence,
        remedy=error.remedy,
        permission=permission,
    )


def _crashed(finding_id: str, error: Exception) -> Finding:
    return Finding(
        finding_id,
        "unknown",
        "proven",
        f"This check failed by a fault of the console's own ({type(error).__name__}: {error}).",
        remedy="This is a bug: please report it with what you did.",
    )
