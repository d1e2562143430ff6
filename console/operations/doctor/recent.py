"""The newest objects, as far as a short look into the bucket shows them."""

from __future__ import annotations

from datetime import timedelta

from console.models.listing import ListedObject
from console.notification import decode_filter
from console.operations.doctor.common_facts import bucket_name
from console.operations.doctor.facts import Facts
from console.operations.doctor.paths import configuration

RECENT = timedelta(hours=24)
"""How far back an upload may tell something about the rules as they are now."""

_PAGES = 2
_PREFIXES = 3


def recent_objects(facts: Facts) -> tuple[ListedObject, ...]:
    """Objects of the last 24 hours within the first pages of the bucket and of its rules'
    prefixes. Raises `AwsError`."""
    bucket, listing = facts(bucket_name), facts.bench.gateway.listing
    rules = facts(configuration).rules
    prefixes = dict.fromkeys(decode_filter(r.prefix) for r in rules if r.prefix)
    found = {item.key: item for item in listing.objects(bucket, pages=_PAGES)}
    for prefix in list(prefixes)[:_PREFIXES]:
        found |= {item.key: item for item in listing.objects(bucket, prefix)}
    since = facts.at - RECENT
    return tuple(o for o in found.values() if o.last_modified and o.last_modified >= since)
