"""The doctor names each scenario of the local backend, and names it first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from console.aws.gateway import Gateway, open_gateway
from console.local.scenarios import SCENARIOS
from console.models.finding import Diagnosis
from console.models.pipeline import Mode, PipelineSettings
from console.operations.discover import discover
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.workbench import open_workbench
from tests.conftest import Emulator, Installation
from tests.emulator.staging import Actors, Staged, hire
from tests.fakes import AheadClock

# What the doctor names first.
NAMED = {
    **{
        name: name
        for name in (
            "object.not-uploaded",
            "object.multipart-open",
            "object.gone",
            "object.other-key",
            "bucket.no-notification",
            "bucket.other-queue",
            "bucket.events-not-covered",
            "bucket.other-destination",
            "bucket.destination-missing",
            "filter.suffix-case",
            "filter.suffix",
            "filter.prefix",
            "filter.unencoded-characters",
            "filter.wildcard",
            "queue.missing",
            "queue.fifo",
            "queue.max-message-size",
            "queue.delay",
            "queue.recreated",
            "consumer.in-flight",
            "consumer.dead-lettered",
            "consumer.foreign-body",
            "consumer.expired",
        )
    },
    "queue.retention-lowered": "consumer.expired",
}
# Risks that end no event by themselves: they are warnings beside what came of them.
WARNED = (
    "consumer.other-consumer",
    "consumer.visibility-timeout",
    "queue.low-max-receive-count",
    "dlq.retention",
)
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


@pytest.mark.parametrize(("name", "first"), NAMED.items())
def test_the_doctor_names_it_first(
    actors: Actors, diagnosed: Diagnose, name: str, first: str
) -> None:
    diagnosis = diagnosed(staged(actors, name))
    assert diagnosis.root_causes[:1] == (first,)
    assert diagnosis.verdict == "broken"


@pytest.mark.parametrize("name", WARNED)
def test_the_doctor_warns_of_it(actors: Actors, diagnosed: Diagnose, name: str) -> None:
    finding = diagnosed(staged(actors, name)).finding(name)
    assert finding is not None
    assert finding.status == "warn"
