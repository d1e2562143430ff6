"""The doctor's late checks on what CloudTrail tells: history as evidence, losses as causes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.aws.cloudwatch import AGE, DELAYED, IN_FLIGHT, VISIBLE
from console.aws.trail_records import trail_event
from console.errors import AwsError
from console.models.finding import Diagnosis, Finding
from console.models.notification import NotificationConfiguration
from console.models.pipeline import Mode, Pipeline, QueueRef
from console.models.signs import Signs
from console.models.status import Metrics, Point
from console.models.trail import TrailEvent, TrailPage
from console.operations.doctor.check import Check
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.doctor.trail_checks import TRAIL_CHECKS
from console.operations.workbench import Workbench
from tests.fakes import QUEUE, START, FakeClock
from tests.unit.test_trail_records import JSON, LIKE_AN_EVENT
from tests.unit.trail_samples import ALICE, attributes, event, notification, raw, rule

DLQ = QueueRef("orders-dlq", "https://sqs/1/orders-dlq", f"{QUEUE.arn}-dlq")
KEY = "arn:aws:kms:us-east-2:111122223333:key/1234"
NO_RULE = Finding("bucket.no-notification", "fail", "proven", "none", {"rules": []})
NO_ALLOW = Finding("policy.no-allow", "fail", "proven", "not allowed")
NO_SIGNS = Signs()
RESULTS = Signs(object="{stem}.json")
ALL = {
    "bucket.config-overwritten",
    "bucket.config-propagating",
    "policy.overwritten",
    "queue.purged",
    "queue.retention-lowered",
}


@dataclass
class Account:
    """A pipeline as AWS would tell of it, and whoever asks the doctor about it."""

    events: list[TrailEvent] = field(default_factory=list)
    written: datetime | None = START - timedelta(hours=1)
    in_dlq: int = 0
    in_queue: int = 0
    uploads: tuple[datetime, ...] = (START - timedelta(days=2),)
    key_id: str | None = None
    more: bool = False
    refusal: AwsError | None = None
    results: dict[str, datetime] = field(default_factory=dict[str, datetime])
    metrics: Metrics | AwsError = field(default_factory=Metrics)
    asked: list[str] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)

    def lookup(self, name: str, **_: Any) -> TrailPage:
        self.asked.append(name)
        if self.refusal:
            raise self.refusal
        found = tuple(e for e in self.events if e.name == name)
        return TrailPage(found, "more" if self.more else None)

    def head(self, bucket: str, key: str) -> Any:
        at = self.written if key == "a.mp3" else self.results.get(key)
        if at is None:
            raise AwsError("no-such-key", "No such object", "It does not exist.")
        return SimpleNamespace(key=key, size=1, etag="", last_modified=at, version_id=None)

    def objects(self, bucket: str, **_: Any) -> Any:
        return (SimpleNamespace(last_modified=at) for at in self.uploads)

    def attributes(self, queue: QueueRef) -> Any:
        total = self.in_dlq if queue == DLQ else self.in_queue
        counts = SimpleNamespace(total=total)
        return SimpleNamespace(
            kms_key_id=self.key_id, counts=counts, retention=345_600, policy=None
        )

    def read_metrics(self, names: list[str], *, start: datetime, end: datetime) -> Any:
        if isinstance(self.metrics, AwsError):
            raise self.metrics
        return dict.fromkeys(names, self.metrics)

    def ask(self, *failures: Finding, key: str | None = None, signs: Signs = NO_SIGNS) -> Diagnosis:
        def history(region: str) -> Any:
            return SimpleHistory(self.lookup)

        bench = SimpleNamespace(
            clock=self.clock,
            need_bucket=lambda: "uploads",
            need_queue=lambda: QUEUE,
            pipeline=Pipeline("p", "us-east-2", "uploads", QUEUE, DLQ, None, Mode(), signs=signs),
            gateway=SimpleNamespace(
                cloudtrail=history,
                bucket_cloudtrail=history,
                cloudwatch=lambda _: SimpleNamespace(metrics=self.read_metrics),
                s3=SimpleNamespace(
                    bucket_region=lambda _: "us-east-2",
                    head=self.head,
                    notification=lambda _: NotificationConfiguration(),
                ),
                kms=lambda _: SimpleNamespace(describe=lambda _: SimpleNamespace(arn=KEY)),
                listing=SimpleNamespace(objects=self.objects),
                pages=None,
                sqs=SimpleNamespace(attributes=self.attributes),
            ),
        )
        return diagnose(
            cast(Workbench, bench),
            DoctorOptions(key),
            cancel=threading.Event(),
            on_finding=lambda _: None,
            checks=[Check({f.id: ""}, lambda _, f=f: [f]) for f in failures],
            late_checks=TRAIL_CHECKS,
        )


@dataclass(frozen=True)
class SimpleHistory:
    events: Callable[..., TrailPage]


def found(diagnosis: Diagnosis, finding_id: str) -> Finding:
    finding = diagnosis.finding(finding_id)
    assert finding is not None
    return finding


def statuses(diagnosis: Diagnosis) -> dict[str, str]:
    return {f.id: f.status for f in diagnosis.findings}


def test_a_quiet_history_passes_and_says_it_may_be_late() -> None:
    account = Account()
    diagnosis = account.ask()
    assert statuses(diagnosis) == dict.fromkeys({*ALL, "trail.data-events-absent"}, "pass")
    assert found(diagnosis, "queue.purged").certainty == "likely"
    assert (diagnosis.verdict, diagnosis.root_causes) == ("healthy", ())
    assert len(account.asked) == len(set(account.asked))


def test_a_fault_that_is_not_known_is_not_called_absent() -> None:
    denied = replace(NO_ALLOW, status="unknown")
    title = found(Account().ask(denied), "policy.overwritten").title
    assert title == (
        "Whether the queue policy has a fault that a change of it would explain is not known."
    )


def test_who_overwrote_the_configuration_is_evidence_and_no_cause() -> None:
    account = Account([
        event("PutBucketNotification", 30, notification()),
        event("PutBucketNotificationConfiguration", 90, notification(rule(".mp3"))),
    ])  # fmt: skip
    diagnosis = account.ask(NO_RULE)
    cause = found(diagnosis, "bucket.no-notification")
    assert (cause.status, cause.title) == ("fail", "none")
    assert cause.evidence["rules"] == []
    assert cause.evidence["changed_by"] == ALICE
    assert cause.evidence["changed_at"] == "2026-11-23T01:43:07Z"
    change = cast(dict[str, Any], cause.evidence["change"])
    assert change["event"] == "PutBucketNotification"
    assert any(f["before"] == ".mp3" and f["after"] is None for f in change["fields"])
    assert found(diagnosis, "bucket.config-overwritten").status == "warn"
    assert diagnosis.root_causes == ("bucket.no-notification",)


def test_a_change_of_what_works_explains_nothing() -> None:
    account = Account([event("PutBucketNotification", 30, notification(rule(".mp3")))])
    diagnosis = account.ask()
    assert set(statuses(diagnosis).values()) == {"pass"}


def test_a_refused_change_changed_nothing() -> None:
    account = Account([
        event("PutBucketNotification", 1, notification(), errorCode="AccessDenied"),
        event("PurgeQueue", 1, {"queueUrl": attributes()["queueUrl"]}, errorCode="AccessDenied"),
    ])  # fmt: skip
    diagnosis = account.ask(NO_RULE)
    assert "changed_by" not in found(diagnosis, "bucket.no-notification").evidence
    assert found(diagnosis, "queue.purged").status == "pass"


@pytest.mark.parametrize(("minutes", "status"), [(1, "warn"), (4.9, "warn"), (6, "pass")])
def test_a_change_just_now_is_not_effective_yet(minutes: float, status: str) -> None:
    account = Account([event("PutBucketNotification", minutes, notification(rule(".mp3")))])
    diagnosis = account.ask()
    assert found(diagnosis, "bucket.config-propagating").status == status
    assert diagnosis.verdict == "healthy"


@pytest.mark.parametrize(
    "call",
    [
        event("SetQueueAttributes", 30, attributes(Policy='{"Statement":[]}')),
        event("RemovePermission", 30, {"queueUrl": attributes()["queueUrl"], "label": "s3"}),
    ],
)
def test_who_overwrote_the_policy_is_evidence_and_no_cause(call: TrailEvent) -> None:
    newer = event("SetQueueAttributes", 5, attributes(DelaySeconds="5"))
    diagnosis = Account([call, newer]).ask(NO_ALLOW)
    cause = found(diagnosis, "policy.no-allow")
    assert cast(dict[str, Any], cause.evidence["change"])["event"] == call.name
    assert found(diagnosis, "policy.overwritten").status == "warn"
    assert diagnosis.root_causes == ("policy.no-allow",)


SET = attributes(DelaySeconds="900", VisibilityTimeout="1", MessageRetentionPeriod="60")
DELETED = event("DeleteQueue", 30, {"queueUrl": attributes()["queueUrl"]})
DENIED = event("PutBucketPolicy", 30, {"bucketName": "uploads", "bucketPolicy": {"Version": "1"}})


@pytest.mark.parametrize(
    ("finding_id", "call"),
    [
        ("queue.missing", DELETED),
        ("queue.recreated", DELETED),
        ("bucket.upload-denied", DENIED),
        ("queue.delay", event("SetQueueAttributes", 30, SET)),
        ("consumer.visibility-timeout", event("SetQueueAttributes", 30, SET)),
    ],
)
def test_who_did_it_is_evidence_on_what_fails(finding_id: str, call: TrailEvent) -> None:
    fault = Finding(finding_id, "fail", "proven", "broken", {"seen": 1})
    notifying = event("PutBucketNotification", 5, notification(rule(".mp3")))
    other = event("SetQueueAttributes", 5, attributes("orders-dlq", DelaySeconds="1"))
    evidence = found(Account([call, notifying, other]).ask(fault), finding_id).evidence
    assert (evidence["seen"], evidence["changed_by"]) == (1, ALICE)
    assert cast(dict[str, Any], evidence["change"])["event_id"] == call.event_id


def test_what_somebody_else_set_is_no_evidence() -> None:
    fault = Finding("queue.max-message-size", "fail", "proven", "broken")
    account = Account([event("SetQueueAttributes", 30, SET)])
    assert found(account.ask(fault), "queue.max-message-size").evidence == {}


def test_who_disabled_the_key_is_evidence() -> None:
    unusable = Finding("kms.key-unusable", "fail", "proven", "disabled")
    calls = [
        event("DisableKey", 30, {"keyId": "1234"}),
        event("DisableKey", 5, {"keyId": "another"}),
    ]
    diagnosis = Account(calls, key_id="alias/mine").ask(unusable)
    evidence = found(diagnosis, "kms.key-unusable").evidence
    assert cast(dict[str, Any], evidence["change"])["event_id"] == "DisableKey-30"


def purge(minutes_ago: float, queue: str = "orders") -> TrailEvent:
    return event("PurgeQueue", minutes_ago, {"queueUrl": attributes(queue)["queueUrl"]})


def test_a_purge_after_the_upload_is_the_cause() -> None:
    diagnosis = Account([purge(30)]).ask(key="a.mp3")
    cause = found(diagnosis, "queue.purged")
    assert (cause.status, cause.certainty) == ("fail", "likely")
    assert cause.evidence["changed_by"] == ALICE
    assert cause.evidence["last_modified"] == "2026-11-23T01:13:07Z"
    assert diagnosis.root_causes == ("queue.purged",)
    assert diagnosis.verdict == "broken"


def purged(account: Account, **more: Any) -> tuple[str, str]:
    finding = found(account.ask(key="a.mp3", **more), "queue.purged")
    return finding.status, finding.certainty


def test_what_was_processed_was_not_purged() -> None:
    account = Account([purge(30)], results={"a.json": START - timedelta(minutes=50)})
    assert purged(account, signs=RESULTS) == ("pass", "likely")


def test_what_was_processed_before_it_was_written_again_may_have_been_purged() -> None:
    account = Account([purge(30)], results={"a.json": START - timedelta(hours=2)})
    assert purged(account, signs=RESULTS) == ("fail", "likely")


def test_a_purge_long_after_the_upload_is_a_warning_only() -> None:
    account = Account([purge(30)], written=START - timedelta(hours=3))
    assert purged(account) == ("warn", "proven")
    assert account.ask(key="a.mp3").root_causes == ()


def test_a_late_purge_took_what_shows_no_sign() -> None:
    account = Account([purge(30)], written=START - timedelta(hours=3))
    assert purged(account, signs=RESULTS) == ("fail", "likely")


def gauges(age: float, visible: float = 0, in_flight: float = 0, delayed: float = 0) -> Metrics:
    """What CloudWatch counted in the minute before a purge of half an hour ago."""
    at = START - timedelta(minutes=31)
    values = {AGE: age, VISIBLE: visible, IN_FLIGHT: in_flight, DELAYED: delayed}
    return Metrics({name: (Point(at, value),) for name, value in values.items()})


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        (gauges(0), "pass"),
        (gauges(60, visible=4), "pass"),
        (gauges(3 * 3600, visible=4), "fail"),
        (gauges(3 * 3600, in_flight=1), "fail"),
        (Metrics(), "warn"),
        (AwsError("access-denied", "No", "", permission="cloudwatch:GetMetricData"), "warn"),
    ],
    ids=["empty", "younger", "waiting", "in-flight", "no-points", "denied"],
)
def test_cloudwatch_tells_whether_the_queue_can_have_held_the_event(
    metrics: Metrics | AwsError, expected: str
) -> None:
    account = Account([purge(30)], written=START - timedelta(hours=3), metrics=metrics)
    assert purged(account)[0] == expected


def test_an_empty_minute_before_the_event_could_arrive_tells_nothing() -> None:
    written = START - timedelta(minutes=31, seconds=30)
    assert purged(Account([purge(30)], written=written, metrics=gauges(0)))[0] == "fail"


def test_held_by_the_queue_and_never_processed_is_proof() -> None:
    account = Account([purge(30)], metrics=gauges(2000, visible=1))
    assert purged(account, signs=RESULTS) == ("fail", "proven")


def test_what_may_be_in_the_dlq_was_perhaps_not_purged() -> None:
    diagnosis = Account([purge(30)], in_dlq=1).ask(key="a.mp3")
    assert found(diagnosis, "queue.purged").status == "warn"
    assert diagnosis.root_causes == ()


def test_an_event_that_never_came_was_not_purged() -> None:
    diagnosis = Account([purge(30)]).ask(NO_RULE, key="a.mp3")
    assert found(diagnosis, "queue.purged").status == "fail"
    assert diagnosis.root_causes == ("bucket.no-notification",)


@pytest.mark.parametrize(
    ("seconds_after_upload", "in_queue", "expected"),
    [
        (3, 1, ("fail", "likely")),
        (2, 0, ("fail", "likely")),
        (2, 1, ("pass", "likely")),
        (0, 0, ("pass", "likely")),
        (-3, 0, ("pass", "likely")),
    ],
)
def test_times_of_two_services_are_compared_with_slack(
    seconds_after_upload: int, in_queue: int, expected: tuple[str, str]
) -> None:
    account = Account([purge(60 - seconds_after_upload / 60)], in_queue=in_queue)
    finding = found(account.ask(key="a.mp3"), "queue.purged")
    assert (finding.status, finding.certainty) == expected


def test_what_is_in_flight_after_a_purge_is_something_else() -> None:
    in_flight = Finding("consumer.in-flight", "fail", "likely", "5 messages in flight")
    diagnosis = Account([purge(30)]).ask(in_flight, key="a.mp3")
    assert diagnosis.root_causes == ("queue.purged",)


def test_what_had_expired_was_not_purged() -> None:
    account = Account([purge(30)], written=START - timedelta(days=5))
    assert found(account.ask(key="a.mp3"), "queue.purged").status == "pass"


def test_a_purged_dlq_is_a_warning() -> None:
    diagnosis = Account([purge(30, "orders-dlq")]).ask(key="a.mp3")
    assert found(diagnosis, "queue.purged").status == "warn"


def test_a_purge_before_the_first_upload_took_nothing() -> None:
    at = START - timedelta(minutes=30)
    assert found(Account([purge(30)], uploads=()).ask(), "queue.purged").status == "pass"
    assert found(Account([purge(30)], uploads=(at,)).ask(), "queue.purged").status == "pass"
    crowded = Account([purge(30)], uploads=(START,) * 1000)
    assert found(crowded.ask(), "queue.purged").status == "warn"


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (purge(60), "warn"),
        (purge(60 * 25), "pass"),
        (purge(60, "orders-dlq"), "warn"),
        (purge(60, "other"), "pass"),
    ],
)
def test_without_an_object_a_recent_purge_is_a_warning(call: TrailEvent, status: str) -> None:
    diagnosis = Account([call]).ask()
    assert found(diagnosis, "queue.purged").status == status
    assert diagnosis.verdict == "healthy"


@pytest.mark.parametrize(
    ("before", "after", "hours_ago", "status"),
    [
        ("345600", "60", 1, "warn"),
        ("345600", "60", 97, "pass"),
        ("60", "345600", 1, "pass"),
        ("345600", "345600", 1, "pass"),
        ("nonsense", "60", 1, "pass"),
        ("345600", "\u0663", 1, "pass"),
    ],
)
def test_a_retention_that_was_lowered(before: str, after: str, hours_ago: int, status: str) -> None:
    account = Account([
        event("SetQueueAttributes", hours_ago * 60, attributes(MessageRetentionPeriod=after)),
        event("SetQueueAttributes", 99 * 60, attributes(MessageRetentionPeriod=before)),
    ])  # fmt: skip
    diagnosis = account.ask()
    assert found(diagnosis, "queue.retention-lowered").status == status
    assert diagnosis.verdict == "healthy"


def test_a_retention_below_that_of_the_creation_was_lowered() -> None:
    created = {"queueName": "orders", "attributes": {"MessageRetentionPeriod": "1209600"}}
    account = Account([
        event("SetQueueAttributes", 5, attributes(MessageRetentionPeriod="3600")),
        event("CreateQueue", 60 * 24 * 5, created),
    ])  # fmt: skip
    warned = found(account.ask(), "queue.retention-lowered")
    assert (warned.evidence["before"], warned.evidence["after"]) == (1209600, 3600)


def test_an_object_older_than_its_rule_caused_no_event() -> None:
    account = Account([
        event("PutBucketNotification", 10, notification(rule(".mp3"), rule(".wav", "w"))),
        event("PutBucketNotification", 30, notification(rule(".mp3"))),
        event("PutBucketNotification", 90, notification(rule(".wav"))),
    ])  # fmt: skip
    diagnosis = account.ask(key="a.mp3")
    cause = found(diagnosis, "object.before-configuration")
    assert (cause.status, cause.certainty) == ("fail", "likely")
    assert cast(dict[str, Any], cause.evidence["change"])["event_id"] == "PutBucketNotification-30"
    assert diagnosis.root_causes == ("object.before-configuration",)


@pytest.mark.parametrize(("created", "status"), [(False, "warn"), (True, "fail")])
def test_a_rule_may_be_older_than_the_oldest_put_that_is_known(created: bool, status: str) -> None:
    """Who puts rules again adds none; a bucket that CloudTrail saw made had none before."""
    events = [event("PutBucketNotification", 30, notification(rule(".mp3")))]
    if created:
        events.append(event("CreateBucket", 99, {"bucketName": "uploads"}))
    diagnosis = Account(events).ask(key="a.mp3")
    assert found(diagnosis, "object.before-configuration").status == status


@pytest.mark.parametrize(
    "events",
    [
        [event("PutBucketNotification", 90, notification(rule(".mp3")))],
        [event("PutBucketNotification", 60, notification(rule(".mp3")))],
        [
            event("PutBucketNotification", 30, notification(rule(".mp3"))),
            event("PutBucketNotification", 90, notification(rule(".mp3"), rule(".x", "x"))),
        ],
        [event("PutBucketNotification", 30, notification(rule(".wav")))],
        [event("PutBucketNotification", 30, None, resources=[{"ARN": "arn:aws:s3:::uploads"}])],
        [],
    ],
    ids=["older", "as-old", "put-again", "other-rule", "hidden", "none"],
)
def test_an_object_that_the_rule_was_there_for(events: list[TrailEvent]) -> None:
    diagnosis = Account(events).ask(key="a.mp3")
    assert found(diagnosis, "object.before-configuration").status == "pass"


def test_an_object_that_was_processed_needed_no_rule() -> None:
    added = event("PutBucketNotification", 1, notification(rule(".mp3")))
    before_it = event("PutBucketNotification", 9, notification(rule(".wav")))
    account = Account([added, before_it], results={"a.json": START})
    before = "object.before-configuration"
    assert found(account.ask(key="a.mp3"), before).status == "fail"
    assert found(account.ask(key="a.mp3", signs=RESULTS), before).status == "pass"


def test_of_an_object_that_is_not_there_nothing_is_said() -> None:
    account = Account([event("PutBucketNotification", 1, notification(rule(".mp3"))), purge(5)])
    account.written = None
    diagnosis = account.ask(key="a.mp3")
    assert diagnosis.finding("object.before-configuration") is None
    assert found(diagnosis, "queue.purged").status == "warn"


@pytest.mark.parametrize("kind", ["access-denied", "unsupported"])
def test_without_cloudtrail_it_is_unknown_and_the_verdict_stands(kind: str) -> None:
    permission = "cloudtrail:LookupEvents" if kind == "access-denied" else None
    account = Account(refusal=AwsError(kind, "No", "It cannot be told.", permission=permission))
    diagnosis = account.ask()
    for finding_id in ALL:
        finding = found(diagnosis, finding_id)
        assert (finding.status, finding.permission) == ("unknown", permission)
    assert found(diagnosis, "trail.data-events-absent").status == "pass"
    assert diagnosis.verdict == "healthy"
    broken = account.ask(NO_RULE)
    assert (broken.verdict, broken.root_causes) == ("broken", ("bucket.no-notification",))
    assert found(broken, "bucket.no-notification").evidence == {"rules": []}


def test_a_history_without_end_is_not_read_to_it_and_not_called_empty() -> None:
    account = Account(more=True)
    began = account.clock.monotonic()
    diagnosis = account.ask(NO_RULE, NO_ALLOW, key="a.mp3")
    assert len(account.asked) <= 20
    assert account.clock.monotonic() - began <= 10
    assert found(diagnosis, "queue.purged").status == "unknown"
    assert found(diagnosis, "bucket.config-overwritten").status == "unknown"


@settings(max_examples=40)
@given(st.lists(st.tuples(
    st.sampled_from(["PutBucketNotification", "SetQueueAttributes", "PurgeQueue", "CreateQueue"]),
    st.floats(0, 10_000), JSON | LIKE_AN_EVENT), max_size=4))  # fmt: skip
def test_no_event_makes_a_check_crash(calls: list[tuple[str, float, Any]]) -> None:
    events = [
        trail_event(raw(name, minutes, parameters, resources=[{"ARN": "arn:aws:s3:::uploads"}]))
        for name, minutes, parameters in calls
    ]
    diagnosis = Account(events).ask(NO_RULE, NO_ALLOW, key="a.mp3")
    assert not any("fault of the console" in f.title for f in diagnosis.findings)
