"""Every check of the doctor, in path order."""

from __future__ import annotations

from console.operations.doctor.bucket_checks import BUCKET_CHECKS
from console.operations.doctor.check import Check, LateCheck
from console.operations.doctor.network_checks import NETWORK_CHECKS
from console.operations.doctor.operator_checks import OPERATOR_CHECKS, OPERATOR_LATE_CHECKS
from console.operations.doctor.security_checks import SECURITY_CHECKS

CHECKS: tuple[Check, ...] = (
    *OPERATOR_CHECKS,
    *BUCKET_CHECKS,
    *NETWORK_CHECKS,
    *SECURITY_CHECKS,
)

LATE_CHECKS: tuple[LateCheck, ...] = (*OPERATOR_LATE_CHECKS,)
