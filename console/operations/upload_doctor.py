"""Why an upload test failed: the doctor, asked about the test's object while that is there."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from console.errors import Cancelled
from console.models.finding import GROUPS, DoctorOptions, Finding
from console.models.upload import StepName
from console.operations.doctor.runner import diagnose
from console.operations.doctor.verdict import in_path_order, root_causes
from console.operations.upload_run import UploadRun

_SECONDS = 8.0
_LOOK_SECONDS = 0.2

# What stands between an object that is known to be there and the queue.
_BEFORE_QUEUE = frozenset({*GROUPS[GROUPS.index("bucket") : GROUPS.index("consumer")], "operator"})


def ask_doctor(run: UploadRun, step: StepName) -> tuple[Finding, ...]:
    """The root causes of a step that failed, whole, in path order.

    The doctor has 8 s; what it has not found out by then is left open. The leases of the run are
    looked after meanwhile. A cancel of the run ends it.
    """
    found: dict[str, Finding] = {}
    stop = threading.Event()
    options = DoctorOptions(run.chosen.key if run.uploaded else None, late=False)

    def hear(finding: Finding) -> None:
        found[finding.id] = finding

    def ask() -> None:
        with suppress(Cancelled):
            diagnose(run.workbench, options, cancel=stop, on_finding=hear)

    asking = threading.Thread(target=ask, name="upload-doctor", daemon=True)
    asking.start()
    ends = time.monotonic() + _SECONDS
    while asking.is_alive() and time.monotonic() < ends and not run.cancel.is_set():
        asking.join(_LOOK_SECONDS)
        run.workbench.leases.tick()
    stop.set()
    known = {f.id: f for f in in_path_order(list(found.values())) if _explains(f, step)}
    return tuple(known[cause] for cause in root_causes(tuple(known.values())))


def _explains(finding: Finding, step: StepName) -> bool:
    """Whether a finding can be why the step failed: nothing behind the queue is, and an upload is
    refused before any rule counts."""
    if step == "upload":
        return finding.group == "operator" or finding.id == "bucket.upload-denied"
    return finding.group in _BEFORE_QUEUE


def in_words(causes: tuple[Finding, ...]) -> str:
    """The causes as they stand beside the failed step; empty where there are none."""
    return " ".join(cause.title for cause in causes)
