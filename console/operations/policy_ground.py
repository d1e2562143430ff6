"""For which ARNs a least-privilege policy is made: the pipeline's own, as far as they are known."""

from __future__ import annotations

import threading

from console.errors import ConsoleError
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.common_facts import notification
from console.operations.doctor.facts import Facts
from console.operations.doctor.own_keys import bucket_key_arn, dlq_key_arn, queue_key_arn
from console.operations.doctor.security_facts import (
    bucket_arn,
    partition,
    user_of,
)
from console.operations.least_privilege import Ground
from console.operations.workbench import Workbench


def ground_of(bench: Workbench, cancel: threading.Event) -> tuple[Ground, tuple[str, ...]]:
    """The ARNs of the pipeline, and a sentence for each that is not known. Raises `Cancelled`."""
    facts = Facts(bench, None, cancel)
    return _Survey(facts).run()


class _Survey:
    """One look at what the pipeline consists of; what may not be read is noted."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._notes: list[str] = []

    def run(self) -> tuple[Ground, tuple[str, ...]]:
        pipeline = self._facts.pipeline
        queue, dlq, identity = pipeline.queue, pipeline.dlq, pipeline.identity
        for name, field in (("bucket", pipeline.bucket), ("queue", queue)):
            if field is None:
                self._notes.append(f"The {name} is not known: nothing is granted on it.")
        self._account = queue.account if queue else (identity.account if identity else "*")
        ground = Ground(
            partition=partition(self._facts),
            region=pipeline.region,
            account=self._account,
            bucket=bucket_arn(self._facts) if pipeline.bucket else None,
            queues=[ref.arn for ref in (queue, dlq) if ref],
            dlq=dlq.arn if dlq else None,
            keys=self._keys(),
            topics=self._topics(),
            users=self._users(),
            principals=[a for a in (pipeline.producer_arn, pipeline.consumer_arn) if a],
        )
        return ground, tuple(self._notes)

    def _keys(self) -> list[str]:
        """Whoever may not see which keys are used gets none granted, and is told."""
        named: set[str | None] = set()
        for fetch in (queue_key_arn, dlq_key_arn, bucket_key_arn):
            try:
                named.add(self._facts(fetch))
            except ConsoleError as error:
                self._notes.append(f"Which KMS key is used is not known: {error.sentence}")
            except NotApplicable:
                continue
        return sorted(arn for arn in named if arn)

    def _topics(self) -> list[str]:
        try:
            rules = self._facts(notification).rules
        except ConsoleError:
            return []
        return sorted({r.destination for r in rules if r.kind == "topic" and r.destination})

    def _users(self) -> list[str]:
        """Producer, consumer and caller where they are users, and whoever will hold the policy."""
        pipeline = self._facts.pipeline
        account = pipeline.identity.account if pipeline.identity else self._account
        own = f"arn:{partition(self._facts)}:iam::{account}:user"
        caller = pipeline.identity.arn if pipeline.identity else None
        arns = (caller, pipeline.producer_arn, pipeline.consumer_arn)
        named = {arn for arn in arns if arn and user_of(arn)}
        return [f"{own}/${{aws:username}}", f"{own}/*/${{aws:username}}", *sorted(named)]
