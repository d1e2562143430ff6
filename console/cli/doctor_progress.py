"""A diagnosis under way, told on stderr: a counter on a terminal, and what is not well at once."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from console.cli.output import Output
from console.text import human_duration, safe, strip_secrets

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

    from console.models.clock import Clock
    from console.models.finding import Diagnosis, Finding

MARKS = {
    "pass": ("✓", "green"),
    "fail": ("✗", "bold red"),
    "warn": ("!", "yellow"),
    "unknown": ("?", "magenta"),
}


class Progress:
    """Hears findings from any thread, one at a time."""

    def __init__(self, console: Console | None, status: Status | None) -> None:
        self.findings: dict[str, Finding] = {}
        self._console = console
        self._status = status
        self._late = ""

    def found(self, finding: Finding) -> None:
        """A finding is known; one that comes again has more evidence."""
        known = self.findings.get(finding.id)
        self.findings[finding.id] = finding
        if self._console is None or self._status is None:
            return
        if finding.status in ("fail", "unknown") and (
            known is None or known.status != finding.status
        ):
            self._tell(finding)
        self._count()

    def early(self, diagnosis: Diagnosis) -> None:
        """All but CloudTrail has answered."""
        self._late = "; asking CloudTrail"
        self._count()

    def _tell(self, finding: Finding) -> None:
        from rich.text import Text

        assert self._console is not None
        mark, style = MARKS[finding.status]
        told = safe(strip_secrets(f"{finding.status} {finding.id}: {finding.title}"))
        self._console.print(Text(f"{mark} {told}", style), soft_wrap=True)

    @property
    def counter(self) -> str:
        """How far it is, in one line."""
        from console.operations.doctor.telling import count_words

        words = count_words(self.findings.values())
        return f"{len(self.findings)} answers{': ' if words else ''}{words}{self._late} …"

    def _count(self) -> None:
        from rich.text import Text

        if self._status is not None:
            self._status.update(Text(self.counter))


@contextmanager
def told_progress(output: Output, clock: Clock) -> Generator[Progress]:
    """Tell a diagnosis while it runs, and at its end how long it took."""
    began = clock.monotonic()
    console = output.bar_console()
    if console is None:
        yield (progress := Progress(None, None))
    else:
        with console.status("asking …") as status:
            yield (progress := Progress(console, status))
    took = human_duration(clock.monotonic() - began)
    output.say(f"{len(progress.findings)} questions answered in {took}.")
