"""Every `security.*` check: warnings only, none of which explains a missing event."""

from __future__ import annotations

from collections.abc import Mapping

from console.operations.doctor.check import Check
from console.operations.doctor.security_bucket import SECURITY_BUCKET_CHECKS
from console.operations.doctor.security_endpoints import SECURITY_ENDPOINT_CHECKS
from console.operations.doctor.security_keys import SECURITY_KEY_CHECKS
from console.operations.doctor.security_policies import SECURITY_POLICY_CHECKS
from console.operations.doctor.security_queue import SECURITY_QUEUE_CHECKS
from console.operations.doctor.security_roles import SECURITY_ROLE_CHECKS

SECURITY_SUBJECTS: Mapping[str, tuple[Check, ...]] = {
    "Producer and consumer": SECURITY_ROLE_CHECKS,
    "Credentials": SECURITY_KEY_CHECKS,
    "Policies": SECURITY_POLICY_CHECKS,
    "Bucket": SECURITY_BUCKET_CHECKS,
    "Queue": SECURITY_QUEUE_CHECKS,
    "VPC endpoints": SECURITY_ENDPOINT_CHECKS,
}
"""The checks by what they look at."""

SECURITY_CHECKS = tuple(check for checks in SECURITY_SUBJECTS.values() for check in checks)
