"""The joints of a pipeline and their health, worked out of what is known. Pure.

Unknown is a state of its own: what was not read is never called healthy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from console.errors import ConsoleError
from console.models.inspection import Inspection
from console.models.notification import NotificationRule
from console.models.pipeline import Pipeline, QueueRef
from console.models.queue import QueueAttributes
from console.models.status import Alarm, Source, StatusSnapshot
from console.text import human_age, human_count, human_duration
from console.tui.words import State

_BROKEN_KINDS = {"no-such-bucket", "no-such-queue"}


@dataclass(frozen=True, slots=True)
class Joint:
    """One station of the flow: `reasons` say why it is in this state, `figures` how much it has.

    `name`, `reasons` and `figures` may hold raw text from outside; `word` is the console's own.
    """

    station: str
    name: str
    state: State
    word: str
    reasons: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()


def joints(
    pipeline: Pipeline, snapshot: StatusSnapshot | None, inspection: Inspection | None
) -> tuple[Joint, ...]:
    """The five stations from bucket to DLQ, in the order in which an event passes them."""
    silent = _unreachable(snapshot)
    return (
        _stale(_bucket(pipeline, inspection), silent),
        _stale(_rule(pipeline, inspection), silent),
        _lets_in(_queue(pipeline, snapshot), inspection),
        _consumers(pipeline, snapshot),
        _dlq(pipeline, snapshot),
    )


def _unreachable(snapshot: StatusSnapshot | None) -> ConsoleError | None:
    """Why nothing can be asked now, where the newest look at the queue says so."""
    error = snapshot.queue.error if snapshot else None
    return error if getattr(error, "kind", "") == "unreachable" else None


def _stale(joint: Joint, silent: ConsoleError | None) -> Joint:
    """The configuration is read rarely: what it said is no word about now while nothing answers."""
    if silent is None or joint.state == "unknown":
        return joint
    return replace(joint, state="unknown", word="stale", reasons=(silent.title,))


def _failed(station: str, name: str, error: ConsoleError) -> Joint:
    kind = getattr(error, "kind", "")
    state: State = "bad" if kind in _BROKEN_KINDS else "unknown"
    return Joint(station, name, state, error.title.lower(), (error.sentence,))


def _bucket(pipeline: Pipeline, inspection: Inspection | None) -> Joint:
    if pipeline.bucket is None:
        why = pipeline.why_unknown("bucket") or "No bucket was named or found."
        return Joint("bucket", "not known", "unknown", "unknown", (why,))
    if inspection is None:
        return Joint("bucket", pipeline.bucket, "unknown", "not read yet")
    error = inspection.notification.error
    if error is not None:
        return _failed("bucket", pipeline.bucket, error)
    return Joint("bucket", pipeline.bucket, "ok", "answers")


def describe_rule(rule: NotificationRule) -> str:
    """A rule's events and filter in one line."""
    parts = [", ".join(rule.events) or "every event"]
    if rule.prefix:
        parts.append(f"prefix {rule.prefix}")
    if rule.suffix:
        parts.append(f"suffix {rule.suffix}")
    return "  ".join(parts)


def _rule(pipeline: Pipeline, inspection: Inspection | None) -> Joint:
    if pipeline.bucket is None or pipeline.queue is None:
        return Joint("rule", "not known", "unknown", "unknown", ("Needs a bucket and a queue.",))
    if inspection is None:
        return Joint("rule", "S3 notification", "unknown", "not read yet")
    if inspection.notification.error is not None or inspection.notification.value is None:
        error = inspection.notification.error
        facts = (error.sentence,) if error else ()
        return Joint("rule", "S3 notification", "unknown", "cannot be read", facts)
    here = [
        rule
        for rule in inspection.notification.value.of_kind("queue")
        if rule.destination == pipeline.queue.arn
    ]
    told = tuple(difference.meaning for difference in inspection.differences)
    if not here:
        # Topics, functions and EventBridge may lead here; the bucket's rules cannot tell.
        rules = inspection.notification.value.rules
        indirect = bool(rules) and all(rule.kind != "queue" for rule in rules)
        state: State = "unknown" if indirect else "bad"
        word = "not direct" if indirect else "missing"
        return Joint("rule", "no rule to this queue", state, word, told)
    name = here[0].id if len(here) == 1 else f"{len(here)} rules"
    facts = told + tuple(describe_rule(rule) for rule in here)
    if told:
        return Joint("rule", name, "warn", "not as expected", facts)
    return Joint("rule", name, "ok", "as expected", facts)


def counts_line(attributes: QueueAttributes) -> str:
    """The three live counts in words."""
    counts = attributes.counts
    line = f"{human_count(counts.visible)} waiting, {human_count(counts.in_flight)} in flight"
    return f"{line}, {human_count(counts.delayed)} delayed" if counts.delayed else line


def _alarmed(snapshot: StatusSnapshot, queue: QueueRef) -> tuple[Alarm, ...]:
    alarms = snapshot.alarms.value or ()
    return tuple(a for a in alarms if a.state == "ALARM" and a.queue_name == queue.name)


def _unread(station: str, name: str, source: Source[QueueAttributes] | None) -> Joint | None:
    """The joint of a queue that was never read, is gone, or whose figures are stale."""
    if source is None or (source.value is None and source.error is None):
        return Joint(station, name, "unknown", "not read yet")
    if source.error is None:
        return None
    if source.value is None or getattr(source.error, "kind", "") in _BROKEN_KINDS:
        return _failed(station, name, source.error)
    return Joint(station, name, "unknown", "stale", (source.error.title,))


def _queue(pipeline: Pipeline, snapshot: StatusSnapshot | None) -> Joint:
    if pipeline.queue is None:
        why = pipeline.why_unknown("queue") or "No queue was named or found."
        return Joint("queue", "not known", "unknown", "unknown", (why,))
    name = pipeline.queue.name
    unread = _unread("queue", name, snapshot.queue if snapshot else None)
    if unread is not None or snapshot is None or snapshot.queue.value is None:
        return unread or Joint("queue", name, "unknown", "not read yet")
    facts = [counts_line(snapshot.queue.value)]
    if snapshot.oldest_age_seconds is not None:
        facts.append(f"oldest {human_age(snapshot.oldest_age_seconds)}")
    alarms = _alarmed(snapshot, pipeline.queue)
    if alarms:
        names = tuple(alarm.name for alarm in alarms)
        return Joint("queue", name, "warn", "in alarm", names, tuple(facts))
    return Joint("queue", name, "ok", "answers", (), tuple(facts))


def _lets_in(queue: Joint, inspection: Inspection | None) -> Joint:
    """A queue that answers this console may still refuse S3."""
    if inspection is None or not inspection.refusals or queue.state == "unknown":
        return queue
    why = tuple(refusal.meaning for refusal in inspection.refusals)
    return replace(queue, state="bad", word="refuses S3", reasons=why)


def _consumers(pipeline: Pipeline, snapshot: StatusSnapshot | None) -> Joint:
    if snapshot is None or snapshot.queue.value is None or not snapshot.queue.ok:
        return Joint("consumers", "", "unknown", "unknown")
    counts, rates = snapshot.queue.value.counts, snapshot.rates
    facts = rate_facts(snapshot)
    if rates is None:
        if counts.in_flight:
            return Joint("consumers", "", "ok", "receiving", (), facts)
        return Joint("consumers", "", "unknown", "cannot tell", (), facts)
    if counts.visible and not counts.in_flight and rates.out_per_minute <= 0:
        return Joint("consumers", "", "bad", "nothing is processed", (), facts)
    grows = snapshot.forecast.grows_per_minute if snapshot.forecast else None
    if grows is not None and counts.visible and grows > 0.05 * rates.in_per_minute:
        return Joint("consumers", "", "warn", "fall behind", (), facts)
    if rates.out_per_minute > 0 or counts.in_flight:
        return Joint("consumers", "", "ok", "keep up", (), facts)
    return Joint("consumers", "", "unknown", "nothing to do", (), facts)


def rate_facts(snapshot: StatusSnapshot) -> tuple[str, ...]:
    """Rates and forecast in words; empty where they are not known."""
    facts: list[str] = []
    if snapshot.rates is not None:
        rates = snapshot.rates
        facts.append(f"in {rates.in_per_minute:.1f}/min")
        facts.append(f"out {rates.out_per_minute:.1f}/min")
    told = forecast_words(snapshot)
    return (*facts, told) if told else tuple(facts)


def forecast_words(snapshot: StatusSnapshot) -> str | None:
    """`drains in 12 min`, `grows 40/min`, `steady`; `None` where it is not known."""
    forecast = snapshot.forecast
    if forecast is None:
        return None
    if forecast.grows_per_minute is not None:
        return f"grows {forecast.grows_per_minute:.1f}/min"
    if forecast.drains_in_seconds is None:
        return "steady"
    if forecast.drains_in_seconds <= 0:
        return "no backlog"
    return f"drains in {human_duration(forecast.drains_in_seconds)}"


def _dlq(pipeline: Pipeline, snapshot: StatusSnapshot | None) -> Joint:
    if pipeline.dlq is None:
        why = pipeline.why_unknown("dlq")
        if why is None and pipeline.queue is None:
            why = "Needs the queue."
        if why is not None:
            return Joint("DLQ", "not known", "unknown", "unknown", (why,))
        facts = ("Failing messages are tried again until they expire.",)
        return Joint("DLQ", "none", "warn", "no DLQ", facts)
    name = pipeline.dlq.name
    unread = _unread("DLQ", name, snapshot.dlq if snapshot else None)
    if unread is not None or snapshot is None or snapshot.dlq.value is None:
        return unread or Joint("DLQ", name, "unknown", "not read yet")
    value = snapshot.dlq.value
    if value.counts.total == 0:
        return Joint("DLQ", name, "ok", "empty", (), (counts_line(value),))
    facts = [counts_line(value)]
    if snapshot.dlq_oldest_age_seconds is not None:
        facts.append(f"oldest {human_age(snapshot.dlq_oldest_age_seconds)}")
    count = human_count(value.counts.total)
    return Joint("DLQ", name, "bad", f"{count} dead-lettered", (), tuple(facts))
