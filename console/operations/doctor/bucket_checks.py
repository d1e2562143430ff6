"""The bucket: does it tell anybody about its objects, and is it this queue?"""

from __future__ import annotations

from collections.abc import Iterator

from console.models.finding import Finding
from console.operations.doctor.check import Check
from console.operations.doctor.common_facts import bucket_name, notification
from console.operations.doctor.facts import Facts


def _any_rule(facts: Facts) -> Iterator[Finding]:
    if not facts(notification).rules:
        bucket = facts(bucket_name)
        yield Finding(
            "bucket.no-notification",
            "fail",
            "proven",
            "The bucket has no notification configuration, so S3 sends no events at all.",
            evidence={"bucket": bucket, "rules": []},
            remedy="Put a rule for the queue into the bucket's notification configuration.",
        )


BUCKET_CHECKS = (
    Check(
        {"bucket.no-notification": "The bucket has a notification configuration."},
        _any_rule,
    ),
)
