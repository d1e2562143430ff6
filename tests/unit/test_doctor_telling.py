"""A diagnosis in words: groups along the path, evidence as lines, one sentence for it all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.models.finding import Diagnosis, Finding, Status
from console.models.trail import FieldChange
from console.operations.doctor.telling import (
    as_text,
    evidence_lines,
    grouped,
    headline,
    missing_permissions,
)
from console.operations.doctor.verdict import explained_by, root_causes, verdict
from tests.fakes import START


def finding(finding_id: str, status: Status = "fail", **more: object) -> Finding:
    return Finding(finding_id, status, "proven", "title", **more)  # type: ignore[arg-type]


def diagnosis(*findings: Finding) -> Diagnosis:
    told = verdict(findings, [f.id for f in findings])
    return Diagnosis(START, None, findings, root_causes(findings), told)


def test_groups_follow_the_path_and_trouble_comes_first_in_each() -> None:
    groups = grouped(
        [
            finding("queue.a", "pass"),
            finding("queue.b", "warn"),
            finding("queue.c", "unknown"),
            finding("queue.d", "fail"),
            finding("bucket.e", "pass"),
        ]
    )
    assert [g.title for g in groups] == ["Bucket", "Queue"]
    assert [f.id for f in groups[1].told] == ["queue.d", "queue.c", "queue.b"]
    assert [f.id for f in groups[1].passes] == ["queue.a"]


def test_evidence_is_the_very_values() -> None:
    lines = evidence_lines(
        {
            "none": None,
            "empty": "",
            "list": ["a", 2, True],
            "nothing": [],
            "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "rule": {"suffix": ".mp3", "at": datetime(2026, 1, 2, tzinfo=UTC), "ids": ("x",)},
            "odd": {"set": {2, 1}},
            "deep": {"Principal": {"AWS": "*"}},
        }
    )
    assert lines == (
        ("none", "none"),
        ("empty", '""'),
        ("list", "a"),
        ("", "2"),
        ("", "true"),
        ("nothing", "none"),
        ("at", "2026-01-02T03:04:05Z"),
        ("rule", "suffix .mp3 · at 2026-01-02T00:00:00Z · ids x"),
        ("odd", "set 1, 2"),
        ("deep", '{"Principal": {"AWS": "*"}}'),
    )


def test_a_change_is_told_field_by_field() -> None:
    changed = [
        FieldChange("Policy.Version", None, "2012-10-17", before_known=True),
        FieldChange("DelaySeconds", "0", None, before_known=True),
        FieldChange("VisibilityTimeout", None, "60"),
    ]
    fields = [change.stored() for change in changed]
    lines = evidence_lines({"change": {"event": "SetQueueAttributes", "fields": fields}})
    assert lines == (
        ("change", "event SetQueueAttributes"),
        ("", "Policy.Version nothing → 2012-10-17"),
        ("", "DelaySeconds 0 → removed"),
        ("", "VisibilityTimeout 60"),
    )


@pytest.mark.parametrize(
    ("findings", "sentence"),
    [
        ((finding("queue.a", "pass"),), "Healthy: nothing found"),
        ((finding("bucket.a"), finding("kms.b")), "Broken: 2 root causes, proven."),
        ((finding("queue.a", "unknown"),), "not everything could be asked (1 answer missing)."),
        ((finding("operator.credentials"),), "keeps this console itself from looking."),
    ],
)
def test_one_sentence_says_what_it_comes_to(findings: tuple[Finding, ...], sentence: str) -> None:
    assert sentence in headline(diagnosis(*findings))


def test_a_cause_that_is_only_likely_is_said_to_be() -> None:
    likely = Finding("queue.a", "fail", "likely", "title")
    assert "1 root cause, likely" in headline(diagnosis(likely))
    both = headline(diagnosis(likely, finding("bucket.b")))
    assert "2 root causes, 1 of them likely" in both


def test_a_consequence_names_its_root_causes_also_through_others() -> None:
    cause = finding("bucket.a")
    between = finding("policy.b", because_of=("bucket.a",))
    last = finding("delivery.c", because_of=("policy.b",))
    warned = finding("metrics.d", "warn", because_of=("policy.b",))
    found = (cause, between, last, warned)
    assert explained_by(last, found) == ("bucket.a",)
    assert explained_by(warned, found) == ("bucket.a",)
    assert explained_by(cause, found) == ()
    assert explained_by(finding("metrics.e", "pass", because_of=("bucket.a",)), found) == ()


def test_missing_permissions_are_named_once() -> None:
    denied = [finding(f"kms.{n}", "unknown", permission="kms:GetKeyPolicy") for n in "ab"]
    assert missing_permissions([*denied, finding("queue.c")]) == ("kms:GetKeyPolicy",)


def test_a_copied_finding_is_whole_and_raw() -> None:
    told = as_text(
        finding("bucket.a", evidence={"key": "a\x1bb"}, remedy="Mend.", commands=("aws x",))
    )
    assert told == "bucket.a: fail (proven)\ntitle\n  key: a\x1bb\nRemedy: Mend.\naws x\n"
