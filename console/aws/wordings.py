"""What people are told of each kind of AWS failure: title, sentence, remedy.

Sentences and remedies are format strings over `operation`, `about` (the resource in words),
`subject` (the same, to begin a sentence), `endpoint`, `login` (the login command), `permission`,
`code` and `message` (AWS's own words).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """How one kind of failure is told."""

    kind: str
    title: str
    sentence: str
    remedy: str = ""


NO_CREDENTIALS = Wording(
    "no-credentials",
    "No credentials",
    "No AWS credentials were found in the environment, the profile or the instance.",
    "Run aws configure, or {login}, or name a profile with --profile.",
)
EXPIRED = Wording(
    "expired",
    "Credentials expired",
    "The session's credentials have expired.",
    "Run {login} (or renew the credentials), then press r or run again.",
)
BAD_CREDENTIALS = Wording(
    "bad-credentials",
    "Credentials refused",
    "AWS does not accept these credentials ({code}).",
    "Check which profile is used; the key may have been rotated or deleted.",
)
CLOCK_SKEW = Wording(
    "clock-skew",
    "Clock is off",
    "This machine's clock differs too much from AWS's, so signatures are refused.",
    "Set the clock (NTP).",
)
DENIED = Wording(
    "access-denied",
    "Access denied",
    "The caller may not {permission} on {about}.",
    "Grant {permission} to this identity, or use a profile that has it.",
)
THROTTLED = Wording(
    "throttled",
    "Throttled",
    "AWS limits the rate of {operation} and went on refusing after several tries.",
    "The console slows down by itself; try again in a moment.",
)
NO_QUEUE = Wording(
    "no-such-queue",
    "No such queue",
    "{subject} does not exist in this account and region, or this identity may not see it.",
    "Check name, region and account; a queue of another account must allow this identity.",
)
NO_BUCKET = Wording(
    "no-such-bucket",
    "No such bucket",
    "{subject} does not exist.",
    "Check the bucket's name and the endpoint.",
)
NO_KEY = Wording("no-such-key", "No such object", "{subject} does not exist.")
WRONG_REGION = Wording(
    "wrong-region",
    "Wrong region",
    "{subject} lives in another region than the one that was asked.",
    "Name the right one with --region.",
)
UNSUPPORTED = Wording(
    "unsupported", "Not supported here", "This endpoint does not know {operation}."
)
AWS_FAULT = Wording(
    "failed",
    "AWS has a fault",
    "AWS answered {operation} with its own fault ({code}): {message}",
    "Try again in a moment.",
)
REFUSED = Wording(
    "invalid", "AWS refused the call", "{operation} on {about} was refused ({code}): {message}"
)
UNREACHABLE = Wording(
    "unreachable",
    "Endpoint unreachable",
    "{endpoint} did not answer {operation}.",
    "Check network, VPN, proxy and --endpoint-url.",
)
GARBLED = Wording(
    "failed",
    "Not an answer of AWS",
    "What answered {operation} does not speak as AWS does.",
    "Check --endpoint-url, and whether a proxy or a login page answers in between.",
)
TLS = Wording(
    "tls",
    "TLS failed",
    "The TLS connection to {endpoint} could not be trusted.",
    "Check the system's certificates, AWS_CA_BUNDLE and any proxy in between.",
)
PROFILE = Wording(
    "profile",
    "Profile unusable",
    "The AWS configuration cannot be used: {message}.",
    "Check ~/.aws/config and the name given with --profile.",
)
NO_REGION = Wording(
    "profile",
    "No region",
    "No region was given and none could be found.",
    "Name one with --region, AWS_REGION or in the profile.",
)
FAILED = Wording("failed", "AWS call failed", "{operation} failed: {message}.")
