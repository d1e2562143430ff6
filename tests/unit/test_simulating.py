"""The simulator of filters agrees with the explanation of each rule."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.models.notification import NotificationConfiguration, NotificationRule
from console.notification import explain_match
from console.simulating import EVENT_TYPES, would_fire

CREATED = ("s3:ObjectCreated:*",)


def test_each_rule_tells_destination_and_reasons() -> None:
    rules = (
        NotificationRule("a", "queue", "arn:q", CREATED, None, ".mp3"),
        NotificationRule("b", "queue", "arn:r", ("s3:ObjectCreated:Put",), "day=1/", None),
        NotificationRule("c", "eventbridge", None, ()),
    )
    tried = would_fire(NotificationConfiguration(rules), "day=1/a.MP3", "ObjectCreated:Copy")
    assert [one.fires for one in tried] == [False, False, True]
    assert [one.destination for one in tried] == ["arn:q", "arn:r", "EventBridge"]
    kinds = [[obstacle.kind for obstacle in one.obstacles] for one in tried]
    assert kinds == [["case"], ["event", "encoding"], []]


@given(st.text(max_size=20), st.text(max_size=20), st.text(), st.sampled_from(EVENT_TYPES))
def test_it_agrees_with_the_explanation(prefix: str, suffix: str, key: str, event: str) -> None:
    rule = NotificationRule("a", "queue", "arn:q", CREATED, prefix or None, suffix or None)
    (tried,) = would_fire(NotificationConfiguration((rule,)), key, event)
    assert tried.fires == explain_match(rule, key, event).matches == (not tried.obstacles)
    assert tuple(obstacle.reason for obstacle in tried.obstacles) == tried.reasons
