"""The doctor names each scenario of the local backend, and names it first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from console.aws.gateway import Gateway, open_gateway
from console.local.scenarios import NOTHING_BROKEN, SCENARIOS
from console.models.finding import Diagnosis
from console.models.pipeline import Mode, PipelineSettings
from console.operations.discover import discover
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.workbench import open_workbench
from tests.conftest import Emulator, Installation
from tests.emulator.staging import Actors, Staged, hire
from tests.fakes import AheadClock

# Risks that end no event by themselves: the doctor warns of them, beside what came of them.
WARNED = {
    "queue.low-max-receive-count": "consumer.dead-lettered",
    "dlq.retention": "consumer.dead-lettered",
    "queue.retention-lowered": "consumer.expired",
}
# Where a consumer of its own is seen to be at work, nobody can say that it should not be.
SEEN = ("consumer.other-consumer",)
NAMED = [name for name in SCENARIOS if name not in WARNED and name not in SEEN]
# Messages are kept for a minute, and the doctor comes later.
EXPIRING = ("consumer.expired", "queue.retention-lowered")
LATER_SECONDS = 120.0

Diagnose = Callable[[Staged], Diagnosis]


@pytest.fixture(scope="module")
def actors(emulator: Emulator) -> Actors:
    """Who acts on the stages of this module."""
    return hire(emulator)


@pytest.fixture(scope="module")
def gateways() -> dict[str, Gateway]:
    """The access to AWS, kept for all tests of the account: making clients is what takes time."""
    return {}


@pytest.fixture
def diagnosed(
    credentials: Callable[[Installation], None], gateways: dict[str, Gateway], tmp_path: Path
) -> Diagnose:
    """Ask the doctor about the upload that somebody misses."""

    def ask(staged: Staged) -> Diagnosis:
        found = staged.installation()
        credentials(found)
        settings = settings_for(staged, found)
        gateway = gateways.setdefault(found.account, open_gateway(settings))
        pipeline = discover(gateway, settings, Mode(), forgiving=True)
        clock = AheadClock()
        if staged.scenario.name in EXPIRING:
            clock.advance(LATER_SECONDS)
        bench = open_workbench(gateway, pipeline, tmp_path / "journal.sqlite3", clock)
        options = DoctorOptions(staged.scenario.key)
        try:
            return diagnose(bench, options, cancel=threading.Event(), on_finding=lambda _: None)
        finally:
            bench.close()

    return ask


def settings_for(staged: Staged, found: Installation) -> PipelineSettings:
    """What a user would name."""
    return PipelineSettings(
        bucket=found.bucket,
        queue=found.queue,
        dlq=found.dlq,
        region=found.region,
        endpoint_url=found.endpoint_url,
        suffix=staged.stage.plan.suffix,
    )


def staged(actors: Actors, name: str) -> Staged:
    """The scenario, broken."""
    one = actors.set_up(SCENARIOS[name])
    one.break_it()
    if name in EXPIRING:
        expire(one)
    return one


def expire(staged: Staged) -> None:
    """Play SQS, which drops what was kept long enough."""
    for message in staged.stage.receive():
        staged.stage.sqs.delete_message(
            QueueUrl=staged.stage.built.queue_url, ReceiptHandle=message["ReceiptHandle"]
        )


def test_the_doctor_finds_nothing_where_nothing_is_broken(
    actors: Actors, diagnosed: Diagnose
) -> None:
    usual = actors.set_up(NOTHING_BROKEN)
    usual.stage.upload()
    usual.stage.wait_for(1)
    diagnosis = diagnosed(usual)
    assert (diagnosis.root_causes, diagnosis.verdict) == ((), "healthy")


@pytest.mark.parametrize("name", NAMED)
def test_the_doctor_names_it_first(actors: Actors, diagnosed: Diagnose, name: str) -> None:
    diagnosis = diagnosed(staged(actors, name))
    assert diagnosis.root_causes[:1] == (name,)
    assert diagnosis.verdict == "broken"


@pytest.mark.parametrize(("name", "came_of_it"), WARNED.items())
def test_the_doctor_warns_of_it_and_names_what_came_of_it(
    actors: Actors, diagnosed: Diagnose, name: str, came_of_it: str
) -> None:
    diagnosis = diagnosed(staged(actors, name))
    assert diagnosis.root_causes[:1] == (came_of_it,)
    finding = diagnosis.finding(name)
    assert finding is not None
    assert finding.status == "warn"


@pytest.mark.parametrize("name", SEEN)
def test_the_doctor_tells_of_it(actors: Actors, diagnosed: Diagnose, name: str) -> None:
    finding = diagnosed(staged(actors, name)).finding(name)
    assert finding is not None
    assert finding.status in ("warn", "fail")
