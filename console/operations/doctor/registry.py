"""Every check of the doctor, in path order."""

from __future__ import annotations

from console.operations.doctor.bucket_checks import BUCKET_CHECKS
from console.operations.doctor.check import Check, LateCheck
from console.operations.doctor.consumer_checks import CONSUMER_CHECKS
from console.operations.doctor.consumer_metric_checks import CONSUMER_METRIC_CHECKS
from console.operations.doctor.delivery_checks import DELIVERY_CHECKS
from console.operations.doctor.dlq_bodies import DLQ_BODY_CHECKS
from console.operations.doctor.dlq_checks import DLQ_CHECKS
from console.operations.doctor.expiry_checks import EXPIRY_CHECKS
from console.operations.doctor.filter_checks import FILTER_CHECKS
from console.operations.doctor.kms_checks import KMS_CHECKS
from console.operations.doctor.metrics_checks import METRICS_CHECKS
from console.operations.doctor.network_checks import NETWORK_CHECKS
from console.operations.doctor.object_checks import OBJECT_CHECKS
from console.operations.doctor.operator_checks import OPERATOR_CHECKS, OPERATOR_LATE_CHECKS
from console.operations.doctor.policy_checks import POLICY_CHECKS
from console.operations.doctor.put_checks import PUT_CHECKS
from console.operations.doctor.queue_checks import QUEUE_CHECKS
from console.operations.doctor.queue_limit_checks import QUEUE_LIMIT_CHECKS
from console.operations.doctor.security_checks import SECURITY_CHECKS
from console.operations.doctor.trail_checks import TRAIL_CHECKS
from console.operations.doctor.upload_policy_checks import UPLOAD_POLICY_CHECKS

CHECKS: tuple[Check, ...] = (
    *OPERATOR_CHECKS,
    *OBJECT_CHECKS,
    *BUCKET_CHECKS,
    *UPLOAD_POLICY_CHECKS,
    *FILTER_CHECKS,
    *POLICY_CHECKS,
    *KMS_CHECKS,
    *QUEUE_CHECKS,
    *QUEUE_LIMIT_CHECKS,
    *DLQ_CHECKS,
    *DLQ_BODY_CHECKS,
    *CONSUMER_CHECKS,
    *EXPIRY_CHECKS,
    *CONSUMER_METRIC_CHECKS,
    *DELIVERY_CHECKS,
    *METRICS_CHECKS,
    *NETWORK_CHECKS,
    *SECURITY_CHECKS,
)

LATE_CHECKS: tuple[LateCheck, ...] = (*OPERATOR_LATE_CHECKS, *TRAIL_CHECKS, *PUT_CHECKS)
