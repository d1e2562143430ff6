"""The doctor names each scenario of the local backend, and names it first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from console.aws.gateway import open_gateway
from console.local.scenarios import SCENARIOS
from console.models.finding import Diagnosis
from console.models.pipeline import Mode, PipelineSettings
from console.operations.discover import discover
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.workbench import open_workbench
from tests.conftest import Emulator, Installation
from tests.emulator.staging import Actors, Staged, hire
from tests.fakes import AheadClock

# What the doctor names first; a risk that ends no event by itself is a warning beside it.
NAMED = {
    "object.not-uploaded": "object.not-uploaded",
    "object.multipart-open": "object.multipart-open",
    "object.gone": "object.gone",
    "object.other-key": "object.other-key",
    "object.before-configuration": "object.before-configuration",
    "bucket.no-notification": "bucket.no-notification",
    "bucket.other-queue": "bucket.other-queue",
    "bucket.events-not-covered": "bucket.events-not-covered",
    "bucket.other-destination": "bucket.other-destination",
    "bucket.destination-missing": "bucket.destination-missing",
    "filter.suffix-case": "filter.suffix-case",
    "filter.suffix": "filter.suffix",
    "filter.prefix": "filter.prefix",
    "filter.unencoded-characters": "filter.unencoded-characters",
    "filter.wildcard": "filter.wildcard",
    "queue.purged": "queue.purged",
}
WARNED = ["queue.retention-lowered"]
# Messages are kept for a minute, and the doctor comes later.
EXPIRING = ("consumer.expired", "queue.retention-lowered")
LATER_SECONDS = 120.0

Diagnose = Callable[[Staged], Diagnosis]


@pytest.fixture(scope="module")
def actors(emulator: Emulator) -> Actors:
    """Who acts on the stages of this module."""
    return hire(emulator)


@pytest.fixture
def diagnosed(credentials: Callable[[Installation], None], tmp_path: Path) -> Diagnose:
    """Ask the doctor about the upload that somebody misses."""

    def ask(staged: Staged) -> Diagnosis:
        found = staged.installation()
        credentials(found)
        settings = PipelineSettings(
            bucket=found.bucket,
            queue=found.queue,
            dlq=found.dlq,
            region=found.region,
            endpoint_url=found.endpoint_url,
            suffix=staged.stage.plan.suffix,
        )
        gateway = open_gateway(settings)
        pipeline = discover(gateway, settings, Mode(), forgiving=True)
        clock = AheadClock()
        if staged.scenario.name in EXPIRING:
            clock.advance(LATER_SECONDS)
        bench = open_workbench(gateway, pipeline, tmp_path / "journal.sqlite3", clock)
        try:
            return diagnose(
                bench,
                DoctorOptions(staged.scenario.key),
                cancel=threading.Event(),
                on_finding=lambda _: None,
            )
        finally:
            bench.close()

    return ask


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
