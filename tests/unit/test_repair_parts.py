"""Configurations taken apart and put together, and changes merged into them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.models.repair import Change
from console.operations.repairs.parts import (
    ChangedMeanwhile,
    changes_between,
    comparable,
    merged,
    notification_document,
    notification_parts,
    policy_document,
    policy_parts,
    with_statement,
)

names = st.text(st.characters(codec="utf-8"), max_size=8)
rules = st.fixed_dictionaries(
    {"Id": names, "QueueArn": names, "Events": st.lists(names).map(sorted)}
)
parts = st.dictionaries(names, st.one_of(names, st.integers(), st.lists(names)), max_size=5)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "QueueConfigurations": st.lists(rules, min_size=1, max_size=4),
            "TopicConfigurations": st.lists(rules, min_size=1, max_size=4),
            "EventBridgeConfiguration": st.just({}),
        },
    )
)
def test_a_notification_configuration_comes_back_as_it_was(document: dict[str, object]) -> None:
    assert notification_document(notification_parts(document)) == document


def test_rules_compare_equal_however_they_are_written() -> None:
    filters = [{"Name": "Suffix", "Value": "b"}, {"Name": "prefix", "Value": "a"}]
    other = [{"Name": "Prefix", "Value": "a"}, {"Name": "suffix", "Value": "b"}]
    one, two = (
        {"Id": "r", "Events": events, "Filter": {"Key": {"FilterRules": rules}}}
        for events, rules in ((["x", "y"], filters), (["y", "x"], other))
    )
    assert comparable(one) == comparable(two)


@given(st.lists(st.dictionaries(st.sampled_from(["Sid", "Effect"]), names), min_size=1, max_size=5))
def test_a_policy_comes_back_as_it_was(statements: list[dict[str, object]]) -> None:
    policy = {"Version": "2008-10-17", "Id": "x", "Statement": statements}
    assert policy_document(policy_parts(policy)) == policy


def test_a_single_statement_that_is_no_list_is_kept() -> None:
    policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow"}}
    assert policy_document(policy_parts(policy))["Statement"] == [{"Effect": "Allow"}]


def test_no_policy_becomes_one_with_the_statement() -> None:
    after = with_statement(policy_parts(None), {"Sid": "s", "Effect": "Allow"})
    assert policy_document(after) == {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "s", "Effect": "Allow"}],
    }


@given(parts, parts)
def test_changes_lead_from_one_to_the_other_and_back(
    before: dict[str, object], after: dict[str, object]
) -> None:
    changes = changes_between(before, after)
    assert merged(before, changes) == after
    assert merged(after, [change.reversed() for change in changes]) == before
    assert merged(after, changes) == after


def test_what_others_change_beside_it_stays() -> None:
    now = {"mine": 1, "theirs": 3}
    assert merged(now, [Change("mine", 1, 2)]) == {"mine": 2, "theirs": 3}


def test_the_same_part_changed_by_somebody_else_stops_it() -> None:
    with pytest.raises(ChangedMeanwhile):
        merged({"mine": 9}, [Change("mine", 1, 2)])
