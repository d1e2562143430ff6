"""Every check of the doctor, in path order."""

from __future__ import annotations

from console.operations.doctor.bucket_checks import BUCKET_CHECKS
from console.operations.doctor.check import Check, LateCheck
from console.operations.doctor.filter_checks import FILTER_CHECKS
from console.operations.doctor.kms_checks import KMS_CHECKS
from console.operations.doctor.object_checks import OBJECT_CHECKS
from console.operations.doctor.policy_checks import POLICY_CHECKS
from console.operations.doctor.upload_policy_checks import UPLOAD_POLICY_CHECKS

CHECKS: tuple[Check, ...] = (
    *OBJECT_CHECKS,
    *BUCKET_CHECKS,
    *UPLOAD_POLICY_CHECKS,
    *FILTER_CHECKS,
    *POLICY_CHECKS,
    *KMS_CHECKS,
)

LATE_CHECKS: tuple[LateCheck, ...] = ()
