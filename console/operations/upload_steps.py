"""The steps of an upload test as they start and end, timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from console.models.clock import Clock
from console.models.upload import STEPS, StepName, StepStatus, UploadStep

OnStep = Callable[[UploadStep], None]


@dataclass
class Steps:
    """Keeps the steps of one run and tells `heard` of each when it starts and when it ends."""

    clock: Clock
    heard: OnStep
    _steps: dict[StepName, UploadStep] = field(default_factory=dict[StepName, UploadStep])
    _started: float = 0.0
    _stopped: float | None = None

    def start(self, name: StepName, detail: str = "") -> None:
        """A step begins; `detail` says what it is about to do."""
        self._started, self._stopped = self.clock.monotonic(), None
        self._set(UploadStep(name, "running", None, detail))

    def stop(self, detail: str) -> None:
        """The running step's time is over, though how it ends is not decided yet."""
        self._stopped = self.clock.monotonic()
        name: StepName = next(name for name in STEPS if self._runs(name))
        self._set(UploadStep(name, "running", None, detail))

    def end(self, name: StepName, status: StepStatus, detail: str) -> None:
        """A step ends, or is skipped without having begun, which has no duration."""
        ended = self._stopped or self.clock.monotonic()
        seconds = ended - self._started if self._runs(name) else None
        self._set(UploadStep(name, status, seconds, detail))

    def add(self, name: StepName, said: str) -> None:
        """More is known about a step that has ended."""
        step = self._steps[name]
        self._set(replace(step, detail=f"{step.detail} {said}".strip()))

    def fail_open(self, detail: str) -> None:
        """An error ended the run: it belongs to the step that was running or comes next."""
        for name in STEPS:
            if name not in self._steps or self._runs(name):
                self.end(name, "fail", detail)
                return

    def skip_rest(self, detail: str) -> None:
        """Every step before the clean-up that was not reached is skipped."""
        for name in STEPS[:-1]:
            if name not in self._steps:
                self.end(name, "skipped", detail)

    def get(self, name: StepName) -> UploadStep | None:
        """A step as it is now, `None` before it was reached."""
        return self._steps.get(name)

    def all(self) -> tuple[UploadStep, ...]:
        """The steps reached so far, in the order of the path."""
        return tuple(self._steps[name] for name in STEPS if name in self._steps)

    def _runs(self, name: StepName) -> bool:
        step = self._steps.get(name)
        return step is not None and step.status == "running"

    def _set(self, step: UploadStep) -> None:
        self._steps[step.name] = step
        self.heard(step)
