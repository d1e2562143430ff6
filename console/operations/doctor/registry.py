"""Every check of the doctor, in path order."""

from __future__ import annotations

from console.operations.doctor.bucket_checks import BUCKET_CHECKS
from console.operations.doctor.check import Check, LateCheck
from console.operations.doctor.queue_checks import QUEUE_CHECKS
from console.operations.doctor.queue_limit_checks import QUEUE_LIMIT_CHECKS

CHECKS: tuple[Check, ...] = (
    *BUCKET_CHECKS,
    *QUEUE_CHECKS,
    *QUEUE_LIMIT_CHECKS,
)

LATE_CHECKS: tuple[LateCheck, ...] = ()
