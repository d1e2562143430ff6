"""What a pipeline is: as it was named, and as it was found to be."""

from __future__ import annotations

from dataclasses import dataclass, fields

from console.errors import ConsoleError
from console.models.signs import Signs

DEFAULT_EVENTS = ("s3:ObjectCreated:*",)
NO_SIGNS = Signs()


@dataclass(frozen=True, slots=True)
class Refresh:
    """How often the live sources are read, in seconds; never under 1 s."""

    sqs: float = 5.0
    cloudwatch: float = 60.0


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """What the journal keeps: message bodies or not, and for how many days."""

    bodies: bool = True
    retention_days: int = 30


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """What the user named, before anything was looked up. `None` means not given.

    `queue` and `dlq` are a name, a URL or an ARN. `bucket_profile` and `bucket_role_arn` are the
    credentials for a bucket that lives in another account. `producer_arn` and `consumer_arn` are
    the roles or users that upload and that process. The `processed_*` fields say how it can be
    seen that an object was processed.
    """

    name: str | None = None
    bucket: str | None = None
    queue: str | None = None
    dlq: str | None = None
    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    events: tuple[str, ...] | None = None
    production: bool = False
    read_only: bool | None = None
    bucket_profile: str | None = None
    bucket_role_arn: str | None = None
    producer_arn: str | None = None
    consumer_arn: str | None = None
    processed_object: str | None = None
    processed_tag: str | None = None
    processed_metadata: str | None = None
    processed_journal: bool = False

    @property
    def signs(self) -> Signs:
        """How it can be seen that an object was processed."""
        return Signs(
            self.processed_object,
            self.processed_tag,
            self.processed_metadata,
            self.processed_journal,
        )

    def given(self) -> dict[str, object]:
        """The fields that were given, by name."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in values.items() if value not in (None, False)}


@dataclass(frozen=True, slots=True)
class QueueRef:
    """One queue by its three names."""

    name: str
    url: str
    arn: str

    @property
    def region(self) -> str:
        """The region in the ARN."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """The account id in the ARN."""
        return self.arn.split(":")[4]

    @property
    def fifo(self) -> bool:
        """Whether it is a FIFO queue: only their names end so."""
        return self.name.endswith(".fifo")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls AWS, from `sts:GetCallerIdentity`."""

    account: str
    arn: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A field of the pipeline that could not be found out, and why.

    `error` is the failed call that kept it unknown, `None` where AWS answered that there is none.
    """

    field: str
    reason: str
    error: ConsoleError | None = None


@dataclass(frozen=True, slots=True)
class Mode:
    """What the console may do to this pipeline.

    Read-only removes every writing action, peeking too; `allow_peek` permits receiving and
    releasing again and nothing else.
    """

    read_only: bool = False
    allow_peek: bool = False
    production: bool = False

    @property
    def may_peek(self) -> bool:
        """Whether messages may be received and released."""
        return not self.read_only or self.allow_peek

    @property
    def label(self) -> str:
        """The mode as the header shows it."""
        if not self.read_only:
            return "read-write"
        return "read-only + peek" if self.allow_peek else "read-only"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One bucket with its rule, one queue, its DLQ, as far as they could be found out.

    A field that is `None` either does not exist (a queue without a DLQ) or is unknown; what is
    unknown stands in `unknown` with the reason. `expected_*` are what the user says the
    notification rule should be; `None` where nothing was said.
    """

    name: str
    region: str
    bucket: str | None
    queue: QueueRef | None
    dlq: QueueRef | None
    identity: Identity | None
    mode: Mode
    expected_events: tuple[str, ...] = DEFAULT_EVENTS
    expected_prefix: str | None = None
    expected_suffix: str | None = None
    endpoint_url: str | None = None
    producer_arn: str | None = None
    consumer_arn: str | None = None
    unknown: tuple[Unknown, ...] = ()
    signs: Signs = NO_SIGNS

    def why_unknown(self, field: str) -> str | None:
        """Why `field` could not be found out, or `None` where it is known."""
        found = self.unknown_field(field)
        return found.reason if found else None

    def unknown_field(self, field: str) -> Unknown | None:
        """What is known of `field` being unknown, or `None` where it is known."""
        return next((u for u in self.unknown if u.field == field), None)
