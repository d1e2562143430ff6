"""Every botocore failure becomes one `AwsError`: a title, a plain sentence and a remedy."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from console.aws import wordings as say
from console.aws.wordings import Wording
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
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "PutBucketNotificationConfiguration": "s3:PutBucketNotification",
    "GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
}
_NOT_AUTHORIZED = re.compile(r"not authorized to perform:?\s+\[?([a-z0-9-]+:[A-Za-z]+)")
_MISSING = frozenset({"404", "NotFound", "NoSuchKey", "NoSuchVersion"})

_ANSWERS: dict[Wording, frozenset[str]] = {
    say.DENIED: frozenset(
        {
            "AccessDenied",
            "AccessDeniedException",
            "AuthorizationError",
            "UnauthorizedOperation",
            "KMS.AccessDeniedException",
            "KmsAccessDenied",
            "AllAccessDisabled",
            "Forbidden",
            "403",
        }
    ),
    say.EXPIRED: frozenset(
        {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
    ),
    say.BAD_CREDENTIALS: frozenset(
        {
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "AuthFailure",
            "InvalidToken",
            "IncompleteSignature",
            "MissingAuthenticationToken",
        }
    ),
    say.CLOCK_SKEW: frozenset({"RequestTimeTooSkewed", "RequestInTheFuture"}),
    # botocore's standard mode does not know SQS's own, so it arrives here without a retry.
    say.THROTTLED: frozenset(
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
            "KMS.ThrottlingException",
            "KmsThrottled",
        }
    ),
    say.NO_QUEUE: frozenset(
        {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "NonExistentQueue"}
    ),
    say.NO_BUCKET: frozenset({"NoSuchBucket"}),
    say.WRONG_REGION: frozenset(
        {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraint"}
    ),
    say.UNSUPPORTED: frozenset(
        {
            "InvalidAction",
            "UnknownOperationException",
            "NotImplemented",
            "UnsupportedOperation",
            "AWS.SimpleQueueService.UnsupportedOperation",
            "501",
        }
    ),
}
_BY_CODE = {code: wording for wording, codes in _ANSWERS.items() for code in codes}

# `aws login` sessions are known to newer botocore only.
_LOGIN_ERROR: type[Exception] = getattr(boto, "LoginError", boto.SSOError)

# Failures of the credential chain and of the transport, which come without an AWS code. Order
# matters: the first class that fits tells.
_ON_THIS_SIDE: tuple[tuple[tuple[type[Exception], ...], Wording], ...] = (
    ((boto.SSOError, boto.TokenRetrievalError, _LOGIN_ERROR), say.EXPIRED),
    ((boto.NoCredentialsError, boto.PartialCredentialsError), say.NO_CREDENTIALS),
    ((boto.CredentialRetrievalError, boto.MetadataRetrievalError), say.NO_CREDENTIALS),
    ((boto.NoRegionError,), say.NO_REGION),
    ((boto.SSLError,), say.TLS),
    (
        (boto.ConnectionError, boto.HTTPClientError, boto.ConnectionClosedError),
        say.UNREACHABLE,
    ),
    (
        (
            boto.ProfileNotFound,
            boto.ConfigParseError,
            boto.ConfigNotFound,
            boto.InvalidConfigError,
            boto.InfiniteLoopConfigError,
        ),
        say.PROFILE,
    ),
)

# An answer that cannot be read.
_GARBLED = (
    ResponseParserError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
    UnicodeDecodeError,
)

# No connection was made, so AWS has not seen the request.
_NEVER_SENT = (boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError)


@dataclass(frozen=True, slots=True)
class CallContext:
    """What is known of a call when it fails: the API name, its resource, profile and endpoint."""

    operation: str
    resource: str | None = None
    profile: str | None = None
    endpoint: str | None = None

    def tell(
        self,
        wording: Wording,
        *,
        message: str = "",
        code: str | None = None,
        permission: str | None = None,
        maybe_done: bool = False,
    ) -> AwsError:
        """The typed error for this call in these words; secrets are taken out."""
        about = self.resource or self.operation.partition(":")[0].upper()
        profile = f" --profile {self.profile}" if self.profile else ""
        words = {
            "operation": self.operation,
            "about": about,
            "subject": f"The {self.resource}" if self.resource else about,
            "endpoint": self.endpoint or "AWS",
            "login": f"aws sso login{profile}",
            "permission": permission,
            "code": code,
            "message": message,
        }
        return AwsError(
            wording.kind,
            wording.title,
            strip_secrets(wording.sentence.format_map(words)),
            wording.remedy.format_map(words),
            code=code,
            operation=self.operation,
            permission=permission,
            maybe_done=maybe_done,
        )


@contextmanager
def aws_call(context: CallContext) -> Generator[None]:
    """Turn what botocore raises inside into `AwsError`.

    An answer that is not AWS's makes botocore raise errors of Python's own, and so does what it
    cannot send: an endpoint that is no URL, a key that is no Unicode text.
    """
    try:
        yield
    except (boto.BotoCoreError, boto.ClientError) as error:
        raise translate(error, context) from error
    except _GARBLED as error:
        raise context.tell(say.GARBLED, maybe_done=True) from error
    except ValueError as error:
        raise context.tell(say.FAILED, message=str(error).rstrip(".")) from error


def translate(error: Exception, context: CallContext) -> AwsError:
    """The one typed error for a botocore exception.

    Exceptions of the credential chain and of the transport come without an AWS code; a
    `ClientError` carries one.
    """
    if isinstance(error, boto.ClientError):
        return _from_answer(error, context)
    message = str(error).rstrip(".")
    for classes, wording in _ON_THIS_SIDE:
        if isinstance(error, classes):
            lost = wording is say.UNREACHABLE and not isinstance(error, _NEVER_SENT)
            return context.tell(wording, message=message, maybe_done=lost)
    return context.tell(say.FAILED, message=message)


def _from_answer(error: boto.ClientError, context: CallContext) -> AwsError:
    answer = error.response.get("Error", {})
    code = str(answer.get("Code") or "Unknown")
    message = str(answer.get("Message") or "").strip()
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) or 0)
    wording = _wording(code, status, context.operation)
    permission = permission_for(context.operation, message) if wording is say.DENIED else None
    return context.tell(
        wording, message=message, code=code, permission=permission, maybe_done=status >= 500
    )


def _wording(code: str, status: int, operation: str) -> Wording:
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code in _MISSING:
        return say.NO_BUCKET if operation == "s3:HeadBucket" else say.NO_KEY
    # A HEAD has no body: only its status tells.
    if code in {"301", "400"} and operation.startswith("s3:Head"):
        return say.WRONG_REGION
    return say.AWS_FAULT if status >= 500 else say.REFUSED


def permission_for(operation: str, message: str = "") -> str:
    """The IAM action that `operation` (`sqs:ReceiveMessage`) needs.

    AWS's own message is believed first: it names the action that failed, for example
    `kms:Decrypt` behind a receive.
    """
    named = _NOT_AUTHORIZED.search(message)
    if named:
        # Batch calls need the permission of the single call.
        return named.group(1).removesuffix("Batch")
    service, _, call = operation.partition(":")
    return _S3_PERMISSIONS.get(call, operation) if service == "s3" else operation
