"""What is known of the calls that a pipeline makes: S3's to the queue or a topic before it, and
its key's use.

What AWS documents of a context key is certain; what follows only by inference is marked so. A
bucket owner that is not known is `None`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from console.policy.request import (
    ABSENT,
    ABSENT_OR_NO_ONES,
    PRESENT,
    Caller,
    Key,
    Request,
    World,
    keys,
    known,
)

S3 = "s3.amazonaws.com"
SNS = "sns.amazonaws.com"
EVENTBRIDGE = "events.amazonaws.com"

SEND = "sqs:SendMessage"
PUBLISH = "sns:Publish"
KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
"""What a sender to an encrypted queue does with its key (SQS Developer Guide, key management)."""

# IAM User Guide, global condition keys: these come with a VPC endpoint only.
_ENDPOINT = (
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:SourceVpcArn",
    "aws:VpcSourceIp",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
)
# The same: these tell of an IAM principal, its session, its browser or its request's tags. That a
# service that calls by itself has none of them is an inference.
_OF_IAM_PRINCIPALS = (
    "aws:AssumedRoot",
    "aws:CalledVia*",
    "aws:ChatbotSourceArn",
    "aws:Ec2InstanceSource*",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalTag/*",
    "aws:referer",
    "aws:RequestTag/*",
    "aws:SourceIdentity",
    "aws:TagKeys",
    "aws:TokenIssueTime",
    "aws:username",
    "ec2:*",
    "lambda:*",
    "s3:*",
    "sts:*",
)


def s3_sends(bucket: str, queue_arn: str, owner: str | None, now: datetime) -> Request:
    """S3 sends an event of a bucket to a queue. Times in UTC.

    `owner` is the account that the bucket belongs to, `None` where it is not known, and
    `NO_ONES` where it is none of those that the policy names.
    """
    partition = _part(queue_arn, 1) or "aws"
    return _sends(S3, known(f"arn:{partition}:s3:::{bucket}"), queue_arn, owner, now)


def s3_publishes(bucket: str, topic_arn: str, owner: str | None, now: datetime) -> Request:
    """S3 publishes an event of a bucket to a topic; `owner` as for `s3_sends`.

    That the call has `aws:SourceOwner`, by which the policy of a new topic lets its own account
    in, is an inference.
    """
    partition = _part(topic_arn, 1) or "aws"
    source = known(f"arn:{partition}:s3:::{bucket}")
    request = _sends(S3, source, topic_arn, owner, now, PUBLISH)
    source_owner = Key(known(owner) if owner else PRESENT, inferred=True)
    return replace(request, keys={**request.keys, "aws:sourceowner": source_owner})


def sns_sends(topic_arn: str | None, queue_arn: str, now: datetime) -> Request:
    """SNS sends a topic's message to a queue; `None` where the topic is not known."""
    source = known(topic_arn) if topic_arn else PRESENT
    return _sends(SNS, source, queue_arn, _part(topic_arn, 4), now)


def eventbridge_sends(rule_arn: str | None, queue_arn: str, now: datetime) -> Request:
    """EventBridge sends an event to a queue by a rule; `None` where the rule is not known."""
    source = known(rule_arn) if rule_arn else PRESENT
    return _sends(EVENTBRIDGE, source, queue_arn, _part(rule_arn, 4), now)


def uses_key(sender: Request, action: str, key_arn: str | None) -> Request:
    """The sender of `sender` uses the key of an encrypted queue; `None` where its ARN is unknown.

    That the call to KMS carries the sender's source is an inference.
    """
    arn = _part(key_arn, 4)
    region = _part(sender.resource, 3) or ""
    of_kms: dict[str, Key] = {
        "kms:viaservice": Key(known(f"sqs.{region}.amazonaws.com"), inferred=True),
        "kms:encryptioncontext:aws:sqs:arn": Key(known(sender.resource or ""), inferred=True),
        "kms:encryptioncontextkeys": Key(known("aws:sqs:arn"), inferred=True),
        "aws:resourceaccount": Key(known(arn) if arn else PRESENT, inferred=True),
    }
    sources = {
        name: Key(key.worlds, inferred=True)
        for name, key in sender.keys.items()
        if name.startswith("aws:source")
    }
    begins = f"arn:{_part(sender.resource, 1) or 'aws'}:kms:"
    found = {**sender.keys, **sources, **of_kms}
    return Request(sender.caller, action, key_arn, found, begins=begins)


def someone(action: str, resource: str, now: datetime, *, arn: str | None = None) -> Request:
    """An IAM principal, or with no ARN anyone but a service, calls; over TLS, since every client
    does unless told otherwise."""
    caller = Caller("iam", arn, _part(arn, 4)) if arn else Caller("anyone")
    found = {
        **_times(now),
        "aws:securetransport": Key(known("true"), inferred=True),
        "aws:principalisawsservice": Key(known("false")),
    }
    if arn:
        found["aws:principalaccount"] = Key(known(caller.account or ""))
        found["aws:principalarn"] = Key(known(arn))
    return Request(caller, action, resource, found)


def without_headers(request: Request) -> Request:
    """The same upload by a client that sends no header of S3's own, as most do: INF."""
    found = {**request.keys, **keys(ABSENT, ("s3:x-amz-*",), inferred=True)}
    return replace(request, keys=found)


def _sends(
    service: str,
    source: tuple[World, ...],
    to: str,
    owner: str | None,
    now: datetime,
    action: str = SEND,
) -> Request:
    return Request(
        Caller("service", service),
        action,
        to,
        {
            **keys(ABSENT, _ENDPOINT),
            **keys(ABSENT, _OF_IAM_PRINCIPALS, inferred=True),
            **keys(ABSENT_OR_NO_ONES, _OF_SERVICES_OWN, inferred=True),
            **_of_service(service),
            **_of_resource(to),
            **_times(now),
            "aws:sourcearn": Key(source),
            "aws:sourceaccount": Key(known(owner) if owner else PRESENT),
        },
    )


# Where a service's call has these, they are its own, and no policy of a user names them: INF.
_OF_SERVICES_OWN = ("aws:SourceIp", "aws:PrincipalArn", "aws:PrincipalAccount", "aws:userid")


def _of_service(service: str) -> dict[str, Key]:
    return {
        "aws:principalisawsservice": Key(known("true")),
        "aws:principalservicename": Key(known(service)),
        # Whether the list has names for regions too is not written anywhere.
        "aws:principalservicenameslist": Key(known(service), inferred=True),
        "aws:securetransport": Key(known("true"), inferred=True),
    }


def _of_resource(arn: str) -> dict[str, Key]:
    region, account = _part(arn, 3), _part(arn, 4)
    found: dict[str, Key] = {}
    if region:
        found["aws:requestedregion"] = Key(known(region), inferred=True)
    if account:
        found["aws:resourceaccount"] = Key(known(account), inferred=True)
    return found


def _times(now: datetime) -> dict[str, Key]:
    """IAM User Guide: both are in every call."""
    return {
        "aws:currenttime": Key(known(now.strftime("%Y-%m-%dT%H:%M:%SZ"))),
        "aws:epochtime": Key(known(str(int(now.timestamp())))),
    }


def _part(arn: str | None, index: int) -> str | None:
    parts = (arn or "").split(":", 5)
    return parts[index] or None if len(parts) == 6 else None
