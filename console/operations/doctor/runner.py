"""Run the checks side by side, tell each finding as it comes, and conclude."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from console.errors import AwsError, Cancelled, ConsoleError
from console.models.finding import Diagnosis, DoctorOptions, Finding
from console.operations.doctor.check import Check, LateCheck, NotApplicable, Omit
from console.operations.doctor.facts import Facts
from console.operations.doctor.registry import CHECKS, LATE_CHECKS
from console.operations.doctor.verdict import in_path_order, root_causes, verdict
from console.operations.pool import run_all, run_until
from console.operations.workbench import Workbench

OnFinding = Callable[[Finding], None]
OnEarly = Callable[[Diagnosis], None]


_THREADS = 16
_GRACE_SECONDS = 2.0


def diagnose(
    bench: Workbench,
    options: DoctorOptions,
    *,
    cancel: threading.Event,
    on_finding: OnFinding,
    on_early: OnEarly = lambda _: None,
    checks: Sequence[Check] = CHECKS,
    late_checks: Sequence[LateCheck] = LATE_CHECKS,
    facts: Facts | None = None,
) -> Diagnosis:
    """Ask every check; each finding is told to `on_finding`, from any thread, when it is known.

    Gates run first, late checks after the others; these may tell a finding of the same id again,
    and before they are asked `on_early` hears what the others come to. What one check cannot read
    stops no other, but a gate that fails. `facts` brings what is known of the same key already.
    Raises `Cancelled`, and nothing else that a check raises.
    """
    facts = facts or Facts(bench, options.key, cancel)
    found = _Found(on_finding)

    def concluded(asked: Sequence[Check | LateCheck]) -> Diagnosis:
        if cancel.is_set():
            raise Cancelled("The diagnosis")
        findings = found.in_order(asked)
        essential = {i for check in checks if check.essential for i in check.passes}
        told = verdict(findings, essential | found.crashed)
        return Diagnosis(facts.at, options.key, findings, root_causes(findings), told)

    _ask(found, facts, [check for check in checks if check.gate])
    if any(finding.status == "fail" for finding in found.by_id.values()):
        return concluded(checks)
    _ask(found, facts, [check for check in checks if not check.gate])
    if options.late:
        on_early(concluded(checks))
        _ask_late(found, facts, [late for late in late_checks if not late.closing])
    _ask_late(found, facts, [late for late in late_checks if late.closing])
    return concluded([*checks, *late_checks])


def _ask(found: _Found, facts: Facts, checks: Sequence[Check]) -> None:
    def job(check: Check) -> None:
        found.take(check.passes, lambda: check.run(facts))

    _side_by_side([partial(job, check) for check in checks], facts.cancel)


def _ask_late(found: _Found, facts: Facts, checks: Sequence[LateCheck]) -> None:
    before = dict(found.by_id)

    def job(check: LateCheck) -> None:
        found.take(check.passes, lambda: check.run(facts, before))

    _side_by_side([partial(job, check) for check in checks], facts.cancel)


def _side_by_side(jobs: Sequence[Callable[[], None]], cancel: threading.Event) -> None:
    """Run them all. Soon after a cancel nobody waits any more for a call that hangs."""
    if cancel.is_set():
        return
    with suppress(TimeoutError):
        run_until(
            lambda: list(run_all(lambda job: job(), jobs, workers=_THREADS)),
            cancel,
            grace=_GRACE_SECONDS,
        )


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
