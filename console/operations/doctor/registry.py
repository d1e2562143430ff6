"""Every check of the doctor, in path order."""

from __future__ import annotations

from console.operations.doctor.bucket_checks import BUCKET_CHECKS
from console.operations.doctor.check import Check, LateCheck
from console.operations.doctor.trail_checks import TRAIL_CHECKS

CHECKS: tuple[Check, ...] = (*BUCKET_CHECKS,)

LATE_CHECKS: tuple[LateCheck, ...] = (*TRAIL_CHECKS,)
