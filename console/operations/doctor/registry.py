"""Every check of the doctor, in path order."""

from __future__ import annotations

from console.operations.doctor.bucket_checks import BUCKET_CHECKS
from console.operations.doctor.check import Check, LateCheck

CHECKS: tuple[Check, ...] = (*BUCKET_CHECKS,)

LATE_CHECKS: tuple[LateCheck, ...] = ()
