"""What people see can neither command the terminal nor hide anything, and holds no secrets."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.text import (
    Redactor,
    human_age,
    human_count,
    human_duration,
    human_size,
    iso,
    redact,
    safe,
    safe_bytes,
    strip_secrets,
)

FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
any_text = st.text(st.characters(exclude_categories=()), max_size=200)


def categories(text: str) -> set[str]:
    return {unicodedata.category(character) for character in text}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain name.mp3", "plain name.mp3"),
        ("\x1b]52;c;aGk=\x07", "\\x1b]52;c;aGk=\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("a\nb\r\tc\x7f", "a\\nb\\r\\tc\\x7f"),
        ("gnp\u202e3pm.exe", "gnp\\u202e3pm.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("no-break\xa0wide\u3000", "no-break\\xa0wide\\u3000"),
        ("line\u2028para\u2029", "line\\u2028para\\u2029"),
        ("\udc80", "\\udc80"),
        ("\ue000\U0010ffff", "\\ue000\\U0010ffff"),
        ("blank\u3164\u2800", "blank\\u3164\\u2800"),
        ("Größe 音楽 🎵", "Größe 音楽 🎵"),
        ("[/foo] [bold]", "[/foo] [bold]"),
    ],
)
def test_unseen_characters_are_shown(raw: str, shown: str) -> None:
    assert safe(raw) == shown


@given(any_text)
def test_nothing_unseen_is_left(text: str) -> None:
    shown = safe(text)
    assert not categories(shown) & FORBIDDEN
    assert {c for c in shown if unicodedata.category(c) == "Zs"} <= {" "}


@given(any_text)
def test_newlines_are_the_only_thing_that_may_be_kept(text: str) -> None:
    shown = safe(text, newlines=True)
    assert not categories(shown.replace("\n", "")) & FORBIDDEN
    assert shown.count("\n") == text.count("\n")


@given(any_text)
def test_safe_text_stays_as_it_is(text: str) -> None:
    assert safe(safe(text)) == safe(text)


@given(any_text, st.integers(-1, 50))
def test_the_limit_holds_and_a_cut_is_visible(text: str, limit: int) -> None:
    shown = safe(text, limit=limit)
    assert len(shown) <= max(limit, 0)
    assert shown == safe(text) or not shown or shown.endswith("…")


def test_marks_do_not_pile_up() -> None:
    shown = safe("Z" + "\u0301" * 500)
    assert shown.count("\u0301") == 4
    assert shown.count("\\u0301") == 496


def test_ordinary_combining_marks_are_kept() -> None:
    assert safe("e\u0301 ก็ नमस्ते") == "e\u0301 ก็ नमस्ते"


@given(st.binary(max_size=200))
def test_bytes_become_safe_text(data: bytes) -> None:
    assert not categories(safe_bytes(data)) & FORBIDDEN
    assert len(safe_bytes(data, limit=10)) <= 10


def test_bytes_that_are_not_utf8_are_shown() -> None:
    assert safe_bytes("ö\x00".encode() + b"\xff") == "ö\\x00\\xff"


SIGNATURE = "f00dfeedf00dfeedf00dfeedf00dfeed"


@pytest.mark.parametrize(
    "text",
    [
        f"https://b.s3.amazonaws.com/k?X-Amz-Signature={SIGNATURE}&X-Amz-Expires=60",
        f"https://b.s3.amazonaws.com/k?AWSAccessKeyId=AK&Signature={SIGNATURE}&Expires=1",
        f"?X-Amz-Security-Token={SIGNATURE}%2F%2B{SIGNATURE}",
        f"?x-amz-credential={SIGNATURE}%2F20261123%2Fus-east-2",
        f"next=https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3D{SIGNATURE}",
        f"Authorization: AWS4-HMAC-SHA256 Credential=AK/x, Signature={SIGNATURE}",
        f'{{"Authorization": "Bearer {SIGNATURE}", "other": 1}}',
        f'{{\\"authorization\\":\\"{SIGNATURE}\\"}}',
        f"Credential={SIGNATURE}/20261123, SignedHeaders=host",
        f"x-amz-security-token:{SIGNATURE}",
        f'{{"SessionToken": "{SIGNATURE}/a+b=="}}',
        f'{{\\"SecretAccessKey\\": \\"{SIGNATURE}\\"}}',
        f"<SessionToken>{SIGNATURE}</SessionToken>",
        f"export AWS_SESSION_TOKEN={SIGNATURE}",
        f"aws_secret_access_key = {SIGNATURE}",
    ],
)
def test_secrets_are_removed(text: str) -> None:
    stripped = strip_secrets(text)
    assert SIGNATURE not in stripped
    assert "[removed]" in stripped
    assert strip_secrets(stripped) == stripped


def test_what_is_not_secret_stays_around_a_secret() -> None:
    url = f"https://b/k.mp3?X-Amz-Signature={SIGNATURE}&X-Amz-Expires=60"
    assert strip_secrets(url) == "https://b/k.mp3?X-Amz-Signature=[removed]&X-Amz-Expires=60"


@pytest.mark.parametrize(
    "text",
    [
        "The request signature we calculated does not match the signature you provided.",
        "SignatureDoesNotMatch: check your key",
        "uploads/design=final.mp3",
        "User is not authorized to perform: sqs:ReceiveMessage",
    ],
)
def test_ordinary_text_is_not_touched(text: str) -> None:
    assert strip_secrets(text) == text


@given(st.text(st.sampled_from("Signature=&:\"'\\ \nxauthorizationsecret_token%3d"), max_size=300))
def test_stripping_twice_changes_nothing_more(text: str) -> None:
    once = strip_secrets(text)
    assert strip_secrets(once) == once


def test_account_and_access_key_ids_are_masked_at_equal_length() -> None:
    arn = "arn:aws:sqs:us-east-2:123456789012:queue"
    assert redact(arn) == "arn:aws:sqs:us-east-2:************:queue"
    assert redact("key ASIAABCDEFGHIJKLMNOP.") == "key ASIA****************."
    assert redact("1234567890123 and 12345678901") == "1234567890123 and 12345678901"


def test_the_redactor_masks_only_while_on_and_always_strips() -> None:
    text = f"123456789012?X-Amz-Signature={SIGNATURE}"
    assert Redactor()(text) == "123456789012?X-Amz-Signature=[removed]"
    assert Redactor(on=True)(text) == "************?X-Amz-Signature=[removed]"


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (1, "1 B"), (812, "812 B"), (4_100, "4.1 kB"), (1_200_000, "1.2 MB")],
)
def test_sizes(size: int, shown: str) -> None:
    assert human_size(size) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 ms"),
        (0.04, "40 ms"),
        (0.9999, "1.0 s"),
        (3.21, "3.2 s"),
        (59.96, "1 min"),
        (245, "4 min 5 s"),
        (3600, "1 h"),
        (183_600, "2 d 3 h"),
        (86_460, "1 d"),
        (-2, "-2.0 s"),
        (float("nan"), "unknown"),
        (float("inf"), "unknown"),
    ],
)
def test_durations(seconds: float, shown: str) -> None:
    assert human_duration(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (-5, "0 s"), (34.9, "34 s"), (725, "12 min"), (86_399, "23 h"), (266_000, "3 d")],
)
def test_ages(seconds: float, shown: str) -> None:
    assert human_age(seconds) == shown


def test_counts() -> None:
    assert human_count(12345) == "12,345"


def test_times_are_utc_with_milliseconds_only_where_present() -> None:
    moment = datetime(2026, 11, 23, 13, 5, 9, tzinfo=UTC)
    assert iso(moment) == "2026-11-23T13:05:09Z"
    assert iso(moment.replace(microsecond=7_000)) == "2026-11-23T13:05:09.007Z"
    assert iso(moment.replace(microsecond=7)) == "2026-11-23T13:05:09Z"
    east = timezone(timedelta(hours=5, minutes=30))
    assert iso(moment.astimezone(east)) == "2026-11-23T13:05:09Z"


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        iso(datetime(2026, 11, 23))


def test_a_password_in_front_of_a_host_is_removed() -> None:
    assert strip_secrets("http://bob:hunter2@host:80/x") == "http://[removed]@host:80/x"
    for plain in ("http://host:80/a@b", "arn:aws:sqs:us-east-2:1:q", "s3://bucket/a:b@c"):
        assert strip_secrets(plain) == plain
