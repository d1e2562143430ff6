"""The invented past of the local backend's metrics."""

from __future__ import annotations

from itertools import pairwise

import pytest

from console.local.history import (
    HISTORY_MINUTES,
    INCIDENTS,
    RECENT_MINUTES,
    PastMinute,
    condensed,
    day_wave,
    history_data,
    past_minutes,
)
from console.local.metrics import Datum
from console.local.names import LIVE_UPLOADS_PER_MINUTE

NOW = 1_795_442_523.0


@pytest.fixture(scope="module")
def past() -> list[PastMinute]:
    return past_minutes(NOW)


def test_it_covers_every_minute_of_two_weeks_up_to_the_running_one(
    past: list[PastMinute],
) -> None:
    assert len(past) == HISTORY_MINUTES
    assert all(later.at - earlier.at == 60 for earlier, later in pairwise(past))
    assert past[-1].at == NOW // 60 * 60 - 60


def test_it_ends_as_the_live_traffic_begins(past: list[PastMinute]) -> None:
    last = past[-30:]
    mean = sum(len(one.queue_flow.sent_sizes) for one in last) / len(last)
    assert mean == pytest.approx(LIVE_UPLOADS_PER_MINUTE, rel=0.25)
    assert past[-1].dlq.visible == 0
    assert all(one.queue.visible < 10 for one in last)


def test_the_last_incident_fills_the_dlq_until_the_redrive(past: list[PastMinute]) -> None:
    incident = INCIDENTS[-1]
    assert past[-incident.begin - 2].dlq.visible == 0
    assert past[-incident.end].dlq.visible > 15
    assert past[-incident.redriven - 1].dlq.visible == past[-incident.end].dlq.visible
    assert past[-incident.redriven].dlq.visible == 0
    assert max(one.queue.oldest_age for one in past[-incident.begin : -incident.end]) > 300
    assert incident.begin < RECENT_MINUTES


def test_no_message_is_lost_or_invented(past: list[PastMinute]) -> None:
    sent = sum(len(one.queue_flow.sent_sizes) for one in past)
    deleted = sum(one.queue_flow.deleted for one in past)
    redriven = sum(one.dlq_flow.deleted for one in past)
    assert 0 <= sent - deleted - redriven < 50


def test_the_afternoon_is_busier_than_the_night() -> None:
    assert day_wave(16.5 * 3600) == pytest.approx(1.0)
    assert day_wave(4.5 * 3600) == pytest.approx(0.3)


def test_condensing_keeps_every_minute_once_within_one_period(past: list[PastMinute]) -> None:
    groups = list(condensed(past))
    assert [one for group in reversed(groups) for one in group] == past
    assert all(len(group) == 1 for group in groups[:RECENT_MINUTES])
    assert all(group[0].at // 900 == group[-1].at // 900 for group in groups)
    assert len(groups) < 3000


def total(data: list[Datum], metric: str, queue: str) -> float:
    return sum(
        one["StatisticValues"]["Sum"]
        for one in data
        if one["MetricName"] == metric and one["Dimensions"][0]["Value"] == queue
    )


def test_sums_survive_the_condensing(past: list[PastMinute]) -> None:
    data = list(history_data(list(condensed(past)), "q", "d"))
    sent = sum(len(one.queue_flow.sent_sizes) for one in past)
    assert total(data, "NumberOfMessagesSent", "q") == sent
    assert total(data, "NumberOfMessagesSent", "d") == 0
    assert len({one["MetricName"] for one in data}) == 9
