"""Every botocore failure becomes one `AwsError`: a title, a plain sentence and a remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore import exceptions as boto_errors

from console.errors import AwsError
from console.text import strip_secrets

# The IAM action behind an API call where it is not the call's own name.
# Source: Service Authorization Reference, Amazon S3.
_S3_PERMISSIONS = {
    "HeadBucket": "s3:ListBucket",
    "HeadObject": "s3:GetObject",
    "GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "ListObjectsV2": "s3:ListBucket",
    "ListObjectVersions": "s3:ListBucketVersions",
    "GetBucketLocation": "s3:GetBucketLocation",
}
_NOT_AUTHORIZED = re.compile(r"not authorized to perform:?\s+\[?([a-z0-9-]+:[A-Za-z]+)")

_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedOperation",
    "KmsAccessDenied",
    "KMS.AccessDeniedException",
    "AllAccessDisabled",
    "Forbidden",
    "403",
}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_BAD_CREDENTIALS = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AuthFailure",
    "InvalidToken",
    "IncompleteSignature",
    "MissingAuthenticationToken",
}
_CLOCK = {"RequestTimeTooSkewed", "RequestInTheFuture"}
THROTTLED_CODES = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "SlowDown",
        "AWS.SimpleQueueService.ThrottlingException",
        "KmsThrottled",
        "KMS.ThrottlingException",
    }
)
_NO_QUEUE = {
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "NonExistentQueue",
}
_WRONG_REGION = {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraint"}
_UNSUPPORTED = {
    "InvalidAction",
    "UnknownOperationException",
    "NotImplemented",
    "UnsupportedOperation",
    "AWS.SimpleQueueService.UnsupportedOperation",
    "501",
}


@dataclass(frozen=True, slots=True)
class CallContext:
    """What is known of a call when it fails: the API name, its resource, profile and endpoint."""

    operation: str
    resource: str | None = None
    profile: str | None = None
    endpoint: str | None = None

    @property
    def about(self) -> str:
        """The resource in words, or the service."""
        return self.resource or self.operation.partition(":")[0].upper()

    @property
    def subject(self) -> str:
        """The same, to begin a sentence with."""
        return f"The {self.resource}" if self.resource else self.about


@contextmanager
def aws_call(context: CallContext) -> Generator[None]:
    """Turn what botocore raises inside into `AwsError`."""
    try:
        yield
    except (boto_errors.BotoCoreError, boto_errors.ClientError) as error:
        raise translate(error, context) from error


def translate(error: Exception, context: CallContext) -> AwsError:
    """The one typed error for a botocore exception.

    Exceptions of the credential chain and of the transport come without an AWS code; a
    `ClientError` carries one.
    """
    if isinstance(error, boto_errors.ClientError):
        return _from_answer(error, context)
    for kinds, make in _LOCAL_FAILURES:
        if isinstance(error, kinds):
            return make(error, context)
    return _make(
        context,
        "failed",
        "AWS call failed",
        f"{context.operation} failed: {str(error).rstrip('.')}.",
    )


def _make(
    context: CallContext,
    kind: str,
    title: str,
    sentence: str,
    remedy: str = "",
    code: str | None = None,
    permission: str | None = None,
) -> AwsError:
    return AwsError(
        kind,
        title,
        strip_secrets(sentence),
        remedy,
        code=code,
        operation=context.operation,
        permission=permission,
    )


def _from_answer(error: boto_errors.ClientError, context: CallContext) -> AwsError:
    answer = error.response.get("Error", {})
    code = str(answer.get("Code") or "Unknown")
    message = str(answer.get("Message") or "").strip()
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) or 0)
    for codes, make in _ANSWERS:
        if code in codes:
            return make(context, code, message)
    if code in {"404", "NotFound", "NoSuchKey", "NoSuchVersion"}:
        return _missing_key(context, code, message)
    if code in {"301", "400"} and context.operation.startswith("s3:Head"):
        return _wrong_region(context, code, message)
    if status >= 500:
        sentence = f"AWS answered {context.operation} with its own fault ({code}): {message}"
        return _make(context, "failed", "AWS has a fault", sentence, "Try again in a moment.", code)
    sentence = f"{context.operation} on {context.about} was refused ({code}): {message}"
    kind = "invalid" if 400 <= status < 500 else "failed"
    return _make(context, kind, "AWS refused the call", sentence, code=code)


def _denied(context: CallContext, code: str, message: str) -> AwsError:
    permission = permission_for(context.operation, message)
    return _make(
        context,
        "access-denied",
        "Access denied",
        f"The caller may not {permission} on {context.about}.",
        f"Grant {permission} to this identity, or use a profile that has it.",
        code,
        permission,
    )


def permission_for(operation: str, message: str = "") -> str:
    """The IAM action that `operation` (`sqs:ReceiveMessage`) needs.

    AWS's own message is believed first: it names the action that failed, for example
    `kms:Decrypt` behind a receive.
    """
    named = _NOT_AUTHORIZED.search(message)
    if named:
        return named.group(1)
    service, _, call = operation.partition(":")
    return _S3_PERMISSIONS.get(call, operation) if service == "s3" else operation


def _expired(context: CallContext, code: str | None, message: str) -> AwsError:
    return _make(
        context,
        "expired",
        "Credentials expired",
        "The session's credentials have expired.",
        _login_remedy(context),
        code,
    )


def _login_remedy(context: CallContext) -> str:
    profile = f" --profile {context.profile}" if context.profile else ""
    return f"Run aws sso login{profile} (or renew the credentials), then press r or run again."


def _bad_credentials(context: CallContext, code: str, message: str) -> AwsError:
    return _make(
        context,
        "bad-credentials",
        "Credentials refused",
        f"AWS does not accept these credentials ({code}).",
        "Check which profile is used; the key may have been rotated or deleted.",
        code,
    )


def _skewed(context: CallContext, code: str, message: str) -> AwsError:
    sentence = "This machine's clock differs too much from AWS's, so signatures are refused."
    return _make(context, "clock-skew", "Clock is off", sentence, "Set the clock (NTP).", code)


def _throttled(context: CallContext, code: str, message: str) -> AwsError:
    return _make(
        context,
        "throttled",
        "Throttled",
        f"AWS limits the rate of {context.operation} and went on refusing after several tries.",
        "The console slows down by itself; try again in a moment.",
        code,
    )


def _no_queue(context: CallContext, code: str, message: str) -> AwsError:
    return _make(
        context,
        "no-such-queue",
        "No such queue",
        f"{context.subject} does not exist in this account and region, or this identity may not "
        "see it.",
        "Check name, region and account; a queue of another account must allow this identity.",
        code,
    )


def _no_bucket(context: CallContext, code: str, message: str) -> AwsError:
    return _make(
        context,
        "no-such-bucket",
        "No such bucket",
        f"{context.subject} does not exist.",
        "Check the bucket's name and the endpoint.",
        code,
    )


def _missing_key(context: CallContext, code: str, message: str) -> AwsError:
    if context.operation == "s3:HeadBucket":
        return _no_bucket(context, code, message)
    sentence = f"{context.subject} does not exist."
    return _make(context, "no-such-key", "No such object", sentence, code=code)


def _wrong_region(context: CallContext, code: str, message: str) -> AwsError:
    return _make(
        context,
        "wrong-region",
        "Wrong region",
        f"{context.subject} lives in another region than the one that was asked.",
        "Name the right one with --region.",
        code,
    )


def _unsupported(context: CallContext, code: str, message: str) -> AwsError:
    sentence = f"This endpoint does not know {context.operation}."
    return _make(context, "unsupported", "Not supported here", sentence, code=code)


_Answer = Callable[[CallContext, str, str], AwsError]
_ANSWERS: tuple[tuple[set[str] | frozenset[str], _Answer], ...] = (
    (_DENIED, _denied),
    (_EXPIRED, _expired),
    (_BAD_CREDENTIALS, _bad_credentials),
    (_CLOCK, _skewed),
    (THROTTLED_CODES, _throttled),
    (_NO_QUEUE, _no_queue),
    ({"NoSuchBucket"}, _no_bucket),
    (_WRONG_REGION, _wrong_region),
    (_UNSUPPORTED, _unsupported),
)


def _no_credentials(error: Exception, context: CallContext) -> AwsError:
    return _make(
        context,
        "no-credentials",
        "No credentials",
        "No AWS credentials were found in the environment, the profile or the instance.",
        "Run aws configure, or aws sso login, or name a profile with --profile.",
    )


def _sso_expired(error: Exception, context: CallContext) -> AwsError:
    return _expired(context, None, str(error))


def _unreachable(error: Exception, context: CallContext) -> AwsError:
    where = context.endpoint or getattr(error, "kwargs", {}).get("endpoint_url") or "the endpoint"
    return _make(
        context,
        "unreachable",
        "Endpoint unreachable",
        f"{where} did not answer {context.operation}.",
        "Check network, VPN, proxy and --endpoint-url; the console tries again by itself.",
    )


def _tls(error: Exception, context: CallContext) -> AwsError:
    return _make(
        context,
        "tls",
        "TLS failed",
        f"The TLS connection to {context.endpoint or 'AWS'} could not be trusted.",
        "Check the system's certificates, AWS_CA_BUNDLE and any proxy in between.",
    )


def _profile(error: Exception, context: CallContext) -> AwsError:
    return _make(
        context,
        "profile",
        "Profile unusable",
        f"The AWS configuration cannot be used: {str(error).rstrip('.')}.",
        "Check ~/.aws/config and the name given with --profile.",
    )


def _no_region(error: Exception, context: CallContext) -> AwsError:
    return _make(
        context,
        "profile",
        "No region",
        "No region was given and none could be found.",
        "Name one with --region, AWS_REGION or in the profile.",
    )


# `aws login` sessions are known to newer botocore only.
_LOGIN_ERROR: type[Exception] = getattr(boto_errors, "LoginError", boto_errors.SSOError)
_LocalFailure = Callable[[Exception, CallContext], AwsError]
_LOCAL_FAILURES: tuple[tuple[tuple[type[Exception], ...], _LocalFailure], ...] = (
    ((boto_errors.SSOError, boto_errors.TokenRetrievalError, _LOGIN_ERROR), _sso_expired),
    ((boto_errors.NoCredentialsError, boto_errors.PartialCredentialsError), _no_credentials),
    ((boto_errors.CredentialRetrievalError, boto_errors.MetadataRetrievalError), _no_credentials),
    ((boto_errors.NoRegionError,), _no_region),
    ((boto_errors.SSLError,), _tls),
    (
        (
            boto_errors.ConnectionError,
            boto_errors.HTTPClientError,
            boto_errors.ConnectionClosedError,
        ),
        _unreachable,
    ),
    (
        (
            boto_errors.ProfileNotFound,
            boto_errors.ConfigParseError,
            boto_errors.ConfigNotFound,
            boto_errors.InvalidConfigError,
            boto_errors.InfiniteLoopConfigError,
        ),
        _profile,
    ),
)
