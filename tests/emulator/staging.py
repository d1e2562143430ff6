"""Scenarios of the local backend, staged on the emulator that the tests share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from console.local.clients import Caller
from console.local.reference import Plan, build
from console.local.scenarios import Scenario, Stage
from console.local.users import create_producer
from tests.conftest import Emulator, Installation


@dataclass(frozen=True, slots=True)
class Staged:
    """A scenario on a stage, in an account of its own."""

    scenario: Scenario
    stage: Stage
    emulator: Emulator

    @property
    def shown(self) -> Plan:
        """The plan with the queues that the pipeline has."""
        return self.scenario.shown(self.stage.plan)

    def break_it(self) -> None:
        """Do what went wrong."""
        self.scenario.break_it(self.stage)

    def installation(self) -> Installation:
        """What a console is led to."""
        plan = self.shown
        assert plan.dlq is not None
        base = self.stage.built.queue_url.rpartition("/")[0]
        return Installation(
            bucket=plan.bucket,
            queue=plan.queue,
            queue_url=f"{base}/{plan.queue}",
            queue_arn=plan.queue_arn(plan.queue),
            dlq=plan.dlq,
            dlq_url=f"{base}/{plan.dlq}",
            dlq_arn=plan.queue_arn(plan.dlq),
            region=plan.region,
            endpoint_url=self.emulator.endpoint_url,
            access_key=plan.account,
            secret_key=self.emulator.secret_key,
        )


@dataclass(frozen=True, slots=True)
class Actors:
    """An account with an administrator and a service that uploads, for many stages."""

    emulator: Emulator
    account: str
    root: Caller
    producer: Any

    def set_up(self, scenario: Scenario) -> Staged:
        """Build what the scenario breaks, without its TestEvent."""
        unique = uuid4().hex[:12]
        plan = Plan(
            account=self.account,
            region=self.emulator.region,
            bucket=f"uploads-{unique}",
            queue=f"queue-{unique}",
            dlq=f"queue-{unique}-dlq",
        )
        sqs = self.root.client("sqs")
        built = build(scenario.change(plan), sqs, self.root.client("s3"))
        for message in sqs.receive_message(QueueUrl=built.queue_url).get("Messages", []):
            # A purge would be something that the doctor finds in CloudTrail.
            handle = message["ReceiptHandle"]
            sqs.delete_message(QueueUrl=built.queue_url, ReceiptHandle=handle)
        return Staged(scenario, Stage(built, self.root.client, self.producer), self.emulator)


def hire(emulator: Emulator) -> Actors:
    """Open an account of its own."""
    account = str(10**11 + uuid4().int % (9 * 10**11))
    root = _caller(emulator, account, emulator.secret_key)
    producer = _caller(emulator, *create_producer(root.client("iam"))).client("s3")
    return Actors(emulator, account, root, producer)


def _caller(emulator: Emulator, access_key: str, secret_key: str) -> Caller:
    return Caller(emulator.endpoint_url, emulator.region, access_key, secret_key)
