"""Each scenario of the local backend is truly broken, and in the way that it claims."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote_plus

import pytest

from console.errors import EXIT_USAGE, UsageError
from console.local.scenarios import NOTHING_BROKEN, RANDOM, SCENARIOS, choose, listing
from tests.conftest import Emulator
from tests.emulator.staging import Actors, Staged, hire
from tests.emulator.test_local_backend import eventually

LANES = 4
CONTROL = "uploads/acme/control.mp3"


@pytest.fixture(scope="module")
def actors(emulator: Emulator) -> Actors:
    """Who acts on the stages of this module."""
    return hire(emulator)


def keys_in(staged: Staged, queue: str | None) -> list[str]:
    """The keys of the events that can be received from a queue, which they stay in."""
    sqs = staged.stage.sqs
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
    records = [record for body in bodies for record in body.get("Records", [])]
    return [unquote_plus(record["s3"]["object"]["key"]) for record in records]


def attributes(staged: Staged) -> dict[str, str]:
    """The attributes of the pipeline's queue."""
    url = staged.stage.sqs.get_queue_url(QueueName=staged.shown.queue)["QueueUrl"]
    answer = staged.stage.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    found: dict[str, str] = answer["Attributes"]
    return found


def counts(staged: Staged) -> list[int]:
    """Visible, in flight, delayed."""
    name = "ApproximateNumberOfMessages"
    found = attributes(staged)
    return [int(found[name + kind]) for kind in ("", "NotVisible", "Delayed")]


def uploaded(staged: Staged) -> bool:
    """Whether the upload that somebody misses is in the bucket."""
    listed = staged.stage.s3.list_objects_v2(Bucket=staged.shown.bucket).get("Contents", [])
    return staged.scenario.key in [item["Key"] for item in listed]


def silent(staged: Staged) -> bool:
    """The object is there, and no event is in either queue."""
    nowhere = not keys_in(staged, staged.shown.queue) and not keys_in(staged, staged.shown.dlq)
    return uploaded(staged) and nowhere and counts(staged) == [0, 0, 0]


def only_a_test_event(staged: Staged) -> bool:
    """What S3 sent when the rule was put is all that is there."""
    return (
        uploaded(staged) and counts(staged) == [1, 0, 0] and not keys_in(staged, staged.shown.queue)
    )


def no_object(staged: Staged) -> bool:
    """There is no such object, and nothing is said of it."""
    return not uploaded(staged) and staged.scenario.key not in keys_in(staged, staged.shown.queue)


def no_bucket(staged: Staged) -> bool:
    with pytest.raises(staged.stage.s3.exceptions.NoSuchBucket):
        uploaded(staged)
    return True


def object_gone(staged: Staged) -> bool:
    return not uploaded(staged) and keys_in(staged, staged.shown.queue) == [staged.scenario.key]


def queue_missing(staged: Staged) -> bool:
    with pytest.raises(staged.stage.sqs.exceptions.QueueDoesNotExist):
        attributes(staged)
    return uploaded(staged)


def held(staged: Staged) -> bool:
    return counts(staged) == [0, 1, 0]


def delayed(staged: Staged) -> bool:
    return counts(staged) == [0, 0, 1]


def dead(staged: Staged) -> bool:
    """The event is in the dead-letter queue, and nowhere else."""
    return counts(staged) == [0, 0, 0] and staged.scenario.key in keys_in(staged, staged.shown.dlq)


def foreign_dead(staged: Staged) -> bool:
    """Messages are in the dead-letter queue, and none of them is an event."""
    dlq = staged.stage.sqs.get_queue_url(QueueName=staged.shown.dlq)["QueueUrl"]
    name = "ApproximateNumberOfMessages"
    found = staged.stage.sqs.get_queue_attributes(QueueUrl=dlq, AttributeNames=[name])
    return found["Attributes"][name] == "3" and keys_in(staged, staged.shown.dlq) == []


def forgotten_soon(staged: Staged) -> bool:
    """Nobody takes the event, and SQS drops it after a minute."""
    return (
        counts(staged) == [1, 0, 0]
        and attributes(staged)["MessageRetentionPeriod"] == "60"
        and staged.scenario.turn is not None
    )


def taken(staged: Staged) -> bool:
    """Somebody else's function has taken the event, after a while."""
    return bool(eventually(lambda: silent(staged)))


CLAIMS: dict[str, Callable[[Staged], bool]] = {
    "object.not-uploaded": no_object,
    "object.multipart-open": no_object,
    "object.gone": object_gone,
    "object.other-key": no_object,
    "object.before-configuration": only_a_test_event,
    "bucket.upload-denied": no_object,
    "bucket.wrong-bucket": no_bucket,
    "queue.missing": queue_missing,
    "queue.delay": delayed,
    "queue.retention-lowered": forgotten_soon,
    "consumer.in-flight": held,
    "consumer.dead-lettered": dead,
    "consumer.encoded-key": dead,
    "consumer.foreign-body": foreign_dead,
    "consumer.other-consumer": taken,
    "consumer.expired": forgotten_soon,
    "consumer.visibility-timeout": dead,
    "queue.low-max-receive-count": dead,
    "dlq.retention": dead,
}


def test_every_scenario_is_broken_as_it_claims(actors: Actors) -> None:
    def stage(name: str) -> Staged:
        staged = actors.set_up(SCENARIOS[name])
        staged.break_it()
        return staged

    with ThreadPoolExecutor(LANES) as lanes:
        everything = list(lanes.map(stage, SCENARIOS))
    # What is uploaded last and arrives shows that all before it had its time.
    control = actors.set_up(NOTHING_BROKEN)
    control.stage.upload(CONTROL)
    eventually(lambda: keys_in(control, control.shown.queue) == [CONTROL])
    as_claimed = {
        one.scenario.name: CLAIMS.get(one.scenario.name, silent)(one) for one in everything
    }
    assert [name for name, true in as_claimed.items() if not true] == []


def test_keys_of_usual_length_pass_where_messages_must_be_small(actors: Actors) -> None:
    staged = actors.set_up(SCENARIOS["queue.max-message-size"])
    staged.break_it()
    staged.stage.upload(CONTROL)
    assert eventually(lambda: keys_in(staged, staged.shown.queue) == [CONTROL])


def test_a_key_whose_policy_lets_s3_in_stops_nothing(actors: Actors) -> None:
    staged = actors.set_up(SCENARIOS["kms.key-unusable"])
    staged.break_it()
    key = attributes(staged)["KmsMasterKeyId"]
    staged.stage.client("kms").enable_key(KeyId=key)
    staged.stage.upload(CONTROL)
    assert eventually(lambda: keys_in(staged, staged.shown.queue) == [CONTROL])


def test_an_encoded_filter_fires_for_a_key_with_such_characters(actors: Actors) -> None:
    staged = actors.set_up(NOTHING_BROKEN)
    rules = [{"Name": "Prefix", "Value": "uploads/a+%26+b/"}]
    staged.stage.change_rule(Filter={"Key": {"FilterRules": rules}})
    staged.stage.upload("uploads/a & b/c.mp3")
    assert eventually(lambda: keys_in(staged, staged.shown.queue) == ["uploads/a & b/c.mp3"])


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        choose("policy.nonsense")
    assert caught.value.exit_code == EXIT_USAGE
    assert all(name in str(caught.value.sentence) for name in SCENARIOS)


def test_random_is_any_of_them_and_the_listing_has_all() -> None:
    assert {choose(RANDOM).name for _ in range(20)} <= set(SCENARIOS)
    assert [name for name, _ in listing()] == [*SCENARIOS, RANDOM]
