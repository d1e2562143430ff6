"""How an upload test ended, and what that says about the path, in one sentence."""

from __future__ import annotations

from console.models.upload import UploadReport
from console.operations.upload_run import UploadRun


def report_on(run: UploadRun) -> UploadReport:
    """The report of a run that has cleaned up. Causes are named only where a step failed."""
    taken = run.taken_at is not None
    return UploadReport(
        ok=None if taken else all(step.status == "pass" for step in run.steps.all()),
        bucket=run.bucket,
        key=run.chosen.key,
        steps=run.steps.all(),
        upload_to_event_seconds=run.latency,
        taken_by_consumer=taken,
        root_causes=tuple(cause.id for cause in run.causes or ()),
        started_at=run.started_at,
        conclusion=_conclusion(run),
        causes=run.causes or (),
    )


def _conclusion(run: UploadRun) -> str:
    if run.taken_at is not None:
        return (
            "The object arrived and a live consumer took messages meanwhile: it probably took "
            "this event too, which neither proves nor disproves the path."
        )
    failed = next((step for step in run.steps.all() if step.status == "fail"), None)
    if failed:
        return f"The {failed.name} step failed: {failed.detail}"
    event = run.steps.get("event")
    if event and event.status == "skipped":
        return f"Not proven: {event.detail}"
    return f"The path works: upload to event took {run.latency or 0:.2f} s."
