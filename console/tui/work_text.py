"""An action under way or over, in words. Pure."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content

from console.models.backfill import BackfillReport
from console.models.moving import DeleteReport, MoveReport, ProcessReport, RestoreReport
from console.text import human_age
from console.tui.actions import Report, Work
from console.tui.words import HOLD_FIRST, without_option

Show = Callable[[str], str]


def work_content(work: Work, show: Show) -> Content:
    """How far it is, or how it ended, with what kept it from a clean end."""
    if work.error is not None:
        told = without_option(f"{work.error.sentence} {work.error.remedy}".strip())
        return Content.styled(f"✗ {work.action.name}: {show(told)}", "$text-error")
    if work.report is None:
        how = "stopping" if work.stopping else "esc stops"
        return Content.styled(f"… {work.action.name}: {_so_far(work)} ({how})", "$text-accent")
    reasons = getattr(work.report, "reasons", ())
    state = getattr(work.report, "state", "done")
    sign, style = "✓", "$text-success"
    if state == "failed" or getattr(work.report, "failed", 0):
        sign, style = "✗", "$text-error"
    elif reasons or state != "done":
        sign, style = "!", "$text-warning"
    ended = "" if state == "done" else f" ({state})"
    head = f"{sign} {work.action.name}{ended}: {report_words(work.report)}"
    told = [without_option(reason) for reason in reasons]
    lines = [Content.styled(head, style), *(Content(show(reason)) for reason in told)]
    if told != list(reasons):
        lines.append(Content.styled(f"In Messages {HOLD_FIRST}", "$text-accent"))
    return Content("\n").join(lines)


def _so_far(work: Work) -> str:
    progress = work.progress
    if progress is None:
        return "beginning"
    if progress.note:
        return progress.note.rstrip(".")
    done, total = progress.moved + progress.failed, work.wanted
    if total is None and not progress.about:
        # A listing has no end that is known before.
        failed = f", {progress.failed:,} failed" if progress.failed else ""
        return f"{progress.moved:,} done{failed}, {progress.received:,} listed"
    of = f"of about {progress.about:,}" if total is None else f"of {total:,}"
    failed = f", {progress.failed:,} failed" if progress.failed else ""
    read = "" if total is None else f", {progress.received:,} of about {progress.about:,} read"
    most = progress.about if total is None else total
    pace = "" if work.stopping else _pace(done, most, work.seconds)
    return f"{progress.moved:,} done {of}{failed}{read}{pace}"


def _pace(done: int, total: int, seconds: float) -> str:
    """How fast it goes and how long it takes still, once there is something to tell it from."""
    if not done or seconds < 1:
        return ""
    rate = done / seconds
    told = f", {rate:,.0f}/s" if rate >= 1 else f", {rate * 60:,.0f}/min"
    return f"{told}, about {human_age((total - done) / rate)} left" if total > done else told


def report_words(report: Report) -> str:
    """What came of it, in numbers."""
    if isinstance(report, MoveReport):
        twice = report.possibly_duplicated
        doubts = f", {twice} possibly twice" if twice else ""
        return (
            f"{report.moved:,} moved, {report.failed:,} failed, {report.skipped:,} skipped{doubts}"
        )
    if isinstance(report, DeleteReport):
        missing = report.not_found
        return f"{report.deleted:,} deleted, {missing:,} not found, {report.failed:,} failed"
    if isinstance(report, RestoreReport):
        twice = report.possibly_duplicated
        doubts = f", {twice:,} possibly twice" if twice else ""
        return f"{report.restored:,} restored, {report.failed:,} failed{doubts}"
    if isinstance(report, ProcessReport):
        return f"{report.done:,} done, {report.failed:,} failed, {report.skipped:,} skipped"
    if isinstance(report, BackfillReport):
        twice = report.possibly_duplicated
        doubts = f", {twice:,} possibly twice" if twice else ""
        left = "unknown" if report.remaining is None else f"{report.remaining:,}"
        return f"{report.sent:,} sent, {report.failed:,} failed, {left} remain{doubts}"
    copied = f", {report.copied:,} copied first" if report.copied else ""
    return f"about {report.purged_about:,} purged{copied}"
