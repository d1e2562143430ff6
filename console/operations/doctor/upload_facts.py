"""Facts about an upload that the rules and filters on its event's way ask for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from console.errors import AwsError
from console.operations.doctor.common_facts import bucket_name
from console.operations.doctor.facts import Facts
from console.operations.doctor.known_events import Upload
from console.operations.doctor.operator_checks import bucket_caller


def upload_for(facts: Facts, pattern: Mapping[str, Any], partition: str) -> Upload:
    """What is known of the upload that is asked about; no call is spent on what a pattern does
    not ask for. Never raises `AwsError`: what cannot be read is not known."""
    text = json.dumps(pattern).lower()
    return Upload(
        facts(bucket_name),
        partition,
        region=facts(_region) if "region" in text else None,
        account=facts(_account) if '"account"' in text else None,
        key=facts.key,
        size=facts(_size) if '"size"' in text else None,
    )


def _region(facts: Facts) -> str | None:
    try:
        return facts.bench.gateway.s3.bucket_region(facts(bucket_name))
    except AwsError:
        return None


def _account(facts: Facts) -> str | None:
    """The account of the bucket's owner, where S3 confirms that it is the caller's."""
    try:
        own = facts(bucket_caller).account
        facts.bench.gateway.bucket_security.ask(facts(bucket_name), owner=own)
    except AwsError:
        return None
    return own


def _size(facts: Facts) -> int | None:
    """The size of the object as it is now, in bytes."""
    if facts.key is None:
        return None
    try:
        return facts.bench.gateway.s3.head(facts(bucket_name), facts.key).size
    except AwsError:
        return None
