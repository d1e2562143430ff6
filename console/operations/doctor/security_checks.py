"""Every `security.*` check: warnings only, none of which explains a missing event."""

from __future__ import annotations

from console.operations.doctor.check import Check
from console.operations.doctor.security_bucket import SECURITY_BUCKET_CHECKS
from console.operations.doctor.security_endpoints import SECURITY_ENDPOINT_CHECKS
from console.operations.doctor.security_keys import SECURITY_KEY_CHECKS
from console.operations.doctor.security_policies import SECURITY_POLICY_CHECKS
from console.operations.doctor.security_queue import SECURITY_QUEUE_CHECKS
from console.operations.doctor.security_roles import SECURITY_ROLE_CHECKS

SECURITY_CHECKS: tuple[Check, ...] = (
    *SECURITY_ROLE_CHECKS,
    *SECURITY_KEY_CHECKS,
    *SECURITY_POLICY_CHECKS,
    *SECURITY_BUCKET_CHECKS,
    *SECURITY_QUEUE_CHECKS,
    *SECURITY_ENDPOINT_CHECKS,
)
