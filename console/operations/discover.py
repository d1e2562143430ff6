"""Find out what the user did not name: queue, bucket, DLQ, region."""

from __future__ import annotations

import json

from console.aws.gateway import Gateway
from console.errors import AwsError, UsageError
from console.models.notification import NotificationConfiguration
from console.models.pipeline import (
    DEFAULT_EVENTS,
    Identity,
    Mode,
    Pipeline,
    PipelineSettings,
    QueueRef,
    Unknown,
)
from console.models.queue import QueueAttributes
from console.operations.naming import QueueName, arn_of_queue, buckets_in_policy, parse_queue

HOPELESS = frozenset(
    {
        "no-credentials",
        "expired",
        "bad-credentials",
        "clock-skew",
        "unreachable",
        "tls",
        "profile",
    }
)
"""Failures with which nothing can be found out: every other call would fail the same way."""


class Ambiguous(UsageError):
    """Several values fit a field that was not named; the user chooses from `candidates`."""

    def __init__(self, field: str, candidates: tuple[str, ...], where: str) -> None:
        listed = ", ".join(candidates)
        super().__init__(
            f"Which {field}?",
            f"{where} names {len(candidates)} {field}s: {listed}.",
            f"Name one with --{field}.",
        )
        self.field = field
        self.candidates = candidates


def discover(
    gateway: Gateway, settings: PipelineSettings, mode: Mode, *, forgiving: bool = False
) -> Pipeline:
    """The pipeline that `settings` names, with what was not given found out on AWS.

    The queue comes from the bucket's notification configuration, the bucket from the queue
    policy's `aws:SourceArn`, the DLQ from the redrive policy, the region from the queue's ARN or
    URL, AWS's own chain, or the bucket. What is denied or absent stays `None` with the reason in
    `Pipeline.unknown`. `forgiving` is for who looks for a fault: a named queue that does not exist
    and credentials that do not work are then told in `Pipeline.unknown` too.

    Raises `UsageError` where nothing is named or names contradict each other, `Ambiguous` where
    several fit, and `AwsError` where nothing could be asked at all or a named queue does not
    exist.
    """
    if not (settings.bucket or settings.queue):
        raise UsageError(
            "No pipeline named",
            "Neither a bucket nor a queue was given.",
            "Use --bucket or --queue, --pipeline NAME from config.toml, or --local to try it out.",
        )
    return _Discovery(gateway, settings, mode, forgiving).run()


class _Discovery:
    """One discovery under way."""

    def __init__(
        self, gateway: Gateway, settings: PipelineSettings, mode: Mode, forgiving: bool
    ) -> None:
        self.gateway = gateway
        self.settings = settings
        self.mode = mode
        self.forgiving = forgiving
        self.identity: Identity | None = None
        self.unknown: list[Unknown] = []
        self.region: str | None = None

    def run(self) -> Pipeline:
        settings, named = self.settings, self._named_queue()
        bucket_region = self._bucket_region(settings.bucket)
        self.region = self._first_region(named, bucket_region)
        self.identity = self._identity()
        named = named or self._queue_of_bucket()
        attributes: QueueAttributes | None = None
        queue: QueueRef | None = None
        if named:
            queue, attributes = self._resolve(named, "queue")
            self.region = queue.region if queue else self.region
        bucket = settings.bucket or self._bucket_of_queue(attributes)
        if bucket and not settings.bucket:
            self._bucket_region(bucket)
        dlq = self._dlq(attributes)
        return Pipeline(
            name=settings.name or (queue.name if queue else None) or bucket or "pipeline",
            region=self.region or "unknown",
            bucket=bucket,
            queue=queue,
            dlq=dlq,
            identity=self.identity,
            mode=self.mode,
            expected_events=settings.events or DEFAULT_EVENTS,
            expected_prefix=settings.prefix,
            expected_suffix=settings.suffix,
            endpoint_url=settings.endpoint_url,
            producer_arn=settings.producer_arn,
            consumer_arn=settings.consumer_arn,
            unknown=tuple(self.unknown),
            signs=settings.signs,
        )

    def _named_queue(self) -> QueueName | None:
        if not self.settings.queue:
            return None
        named = parse_queue(self.settings.queue)
        given = self.settings.region
        if named.region and given and named.region != given:
            raise UsageError(
                "Two regions",
                f"The queue is in {named.region}, but the region given is {given}.",
                "Leave --region out, or name the queue of that region.",
            )
        return named

    def _first_region(self, named: QueueName | None, bucket_region: str | None) -> str | None:
        found = named.region if named else None
        region = self.settings.region or found or self.gateway.default_region() or bucket_region
        if region is None and not self.settings.bucket:
            raise UsageError(
                "No region",
                "No region was given, and a queue's name alone does not tell one.",
                "Use --region, AWS_REGION, or name the queue by URL or ARN.",
            )
        return region

    def _identity(self) -> Identity | None:
        try:
            return self.gateway.sts.identity(self.region)
        except AwsError as error:
            if self._gives_up(error):
                raise
            self._unknown("identity", error)
            return None

    def _bucket_region(self, bucket: str | None) -> str | None:
        if not bucket:
            return None
        try:
            region = self.gateway.s3.bucket_region(bucket)
        except AwsError as error:
            if self._gives_up(error):
                raise
            return None
        if region:
            self.gateway.use_bucket_region(region)
        return region

    def _queue_of_bucket(self) -> QueueName | None:
        bucket = self.settings.bucket or ""
        try:
            configuration = self.gateway.s3.notification(bucket)
        except AwsError as error:
            self._unknown("queue", error)
            return None
        arns = self._queue_arns(configuration)
        if len(arns) > 1:
            raise Ambiguous("queue", arns, f"The notification configuration of {bucket}")
        if not arns:
            self._unknown("queue", f"No rule of bucket {bucket} sends events to a queue.")
            return None
        return parse_queue(arns[0])

    def _queue_arns(self, configuration: NotificationConfiguration) -> tuple[str, ...]:
        """Destinations of the rules that have the filter the user expects, or of all."""
        rules = configuration.of_kind("queue")
        wanted = (self.settings.prefix, self.settings.suffix)
        expected = [
            rule
            for rule in rules
            if all(
                w in (None, have)
                for w, have in zip(wanted, (rule.prefix, rule.suffix), strict=True)
            )
        ]
        arns = dict.fromkeys(rule.destination for rule in expected or rules)
        return tuple(arn for arn in arns if arn)

    def _resolve(
        self, named: QueueName, field: str
    ) -> tuple[QueueRef | None, QueueAttributes | None]:
        """The queue with its attributes; what may not be read stays `None`."""
        region = named.region or self.region
        try:
            url = named.url or self._url(named, region)
            attributes = self.gateway.sqs.attributes_of_url(url, region=region)
        except AwsError as error:
            if error.kind != "access-denied" and not self.forgiving:
                raise
            return self._unread(named, region, field, error), None
        return QueueRef(named.name, url, attributes.arn), attributes

    def _url(self, named: QueueName, region: str | None) -> str:
        """The queue's URL as SQS tells it, or as its name tells it to whoever may not ask."""
        try:
            return self.gateway.sqs.queue_url(named.name, account=named.account, region=region)
        except AwsError as error:
            told = self._told_by_name(named, region) if error.kind == "access-denied" else None
            if told is None:
                raise
            return told.url

    def _unread(
        self, named: QueueName, region: str | None, field: str, error: AwsError
    ) -> QueueRef | None:
        """The queue as far as its own name tells, where its attributes may not be read."""
        self._unknown(f"{field} attributes", error)
        told = self._told_by_name(named, region)
        if told is None:
            self._unknown(field, error)
        return told

    def _told_by_name(self, named: QueueName, region: str | None) -> QueueRef | None:
        account = named.account or (self.identity.account if self.identity else None)
        if not (account and region):
            return None
        host = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        base = self.settings.endpoint_url or f"https://sqs.{region}.{host}"
        url = named.url or f"{base.rstrip('/')}/{account}/{named.name}"
        return QueueRef(named.name, url, arn_of_queue(named.name, account, region))

    def _bucket_of_queue(self, attributes: QueueAttributes | None) -> str | None:
        if attributes is None:
            self._unknown("bucket", "The queue policy could not be read.")
            return None
        buckets = buckets_in_policy(_json_object(attributes.policy))
        if len(buckets) > 1:
            raise Ambiguous("bucket", buckets, "The queue policy")
        if not buckets:
            self._unknown("bucket", "The queue policy names no bucket in aws:SourceArn.")
            return None
        return buckets[0]

    def _dlq(self, attributes: QueueAttributes | None) -> QueueRef | None:
        named = self.settings.dlq or (
            attributes.redrive.dlq_arn if attributes and attributes.redrive else None
        )
        if named is None:
            if attributes is None:
                self._unknown("dlq", "The redrive policy could not be read.")
            return None
        try:
            return self._resolve(parse_queue(named), "dlq")[0]
        except AwsError as error:
            if self.settings.dlq and not self.forgiving:
                raise
            self._unknown("dlq", error)
            return None

    def _gives_up(self, error: AwsError) -> bool:
        return error.kind in HOPELESS and not self.forgiving

    def _unknown(self, field: str, why: str | AwsError) -> None:
        if isinstance(why, AwsError):
            self.unknown.append(Unknown(field, f"{why.sentence} {why.remedy}".strip(), why))
        else:
            self.unknown.append(Unknown(field, why))


def _json_object(text: str | None) -> dict[str, object]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
