"""Every failure of AWS is one sentence with a remedy, of the right kind, without secrets."""

from __future__ import annotations

import pytest
from botocore import exceptions as boto
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from console.aws.errors import CallContext, aws_call, permission_for, translate
from console.errors import AWS_ERROR_KINDS, EXIT_FAILED, AwsError

SQS = CallContext("sqs:ReceiveMessage", "queue orders", profile="prod")
S3 = CallContext("s3:HeadObject", "object a.mp3")


def answer(code: str, message: str = "", status: int = 400) -> ClientError:
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "Call")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDenied", "access-denied"),
        ("403", "access-denied"),
        ("KMS.AccessDeniedException", "access-denied"),
        ("ExpiredToken", "expired"),
        ("ExpiredTokenException", "expired"),
        ("InvalidClientTokenId", "bad-credentials"),
        ("SignatureDoesNotMatch", "bad-credentials"),
        ("RequestTimeTooSkewed", "clock-skew"),
        ("AWS.SimpleQueueService.ThrottlingException", "throttled"),
        ("RequestThrottled", "throttled"),
        ("SlowDown", "throttled"),
        ("AWS.SimpleQueueService.NonExistentQueue", "no-such-queue"),
        ("QueueDoesNotExist", "no-such-queue"),
        ("NoSuchBucket", "no-such-bucket"),
        ("NoSuchKey", "no-such-key"),
        ("PermanentRedirect", "wrong-region"),
        ("InvalidAction", "unsupported"),
        ("InvalidParameterValue", "invalid"),
        ("SomethingNew", "invalid"),
    ],
)
def test_aws_codes_become_kinds(code: str, kind: str) -> None:
    error = translate(answer(code, "words of AWS"), SQS)
    assert error.kind == kind
    assert error.code == code
    assert error.operation == "sqs:ReceiveMessage"
    assert error.exit_code == EXIT_FAILED
    assert kind in AWS_ERROR_KINDS


@pytest.mark.parametrize("status", [500, 503])
def test_a_fault_of_aws_is_said_to_be_one(status: int) -> None:
    error = translate(answer("InternalError", "oops", status), SQS)
    assert error.kind == "failed"
    assert "own fault" in error.sentence


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (boto.NoCredentialsError(), "no-credentials"),
        (boto.PartialCredentialsError(provider="env", cred_var="key"), "no-credentials"),
        (boto.CredentialRetrievalError(provider="sso", error_msg="x"), "no-credentials"),
        (boto.SSOTokenLoadError(profile_name="p", error_msg="x"), "expired"),
        (boto.UnauthorizedSSOTokenError(), "expired"),
        (boto.TokenRetrievalError(provider="sso", error_msg="expired"), "expired"),
        (boto.NoRegionError(), "profile"),
        (boto.ProfileNotFound(profile="x"), "profile"),
        (boto.ConfigParseError(path="~/.aws/config"), "profile"),
        (boto.SSLError(endpoint_url="https://x", error="bad cert"), "tls"),
        (boto.EndpointConnectionError(endpoint_url="https://x"), "unreachable"),
        (boto.ConnectTimeoutError(endpoint_url="https://x"), "unreachable"),
        (boto.ReadTimeoutError(endpoint_url="https://x"), "unreachable"),
        (boto.ConnectionClosedError(endpoint_url="https://x"), "unreachable"),
        (boto.ProxyConnectionError(proxy_url="http://proxy"), "unreachable"),
        (boto.ParamValidationError(report="bad"), "failed"),
    ],
)
def test_failures_on_this_side_become_kinds(raised: Exception, kind: str) -> None:
    error = translate(raised, SQS)
    assert error.kind == kind
    assert error.title
    assert error.sentence.endswith(".")


def test_expired_sso_names_the_login_command_with_the_profile() -> None:
    error = translate(boto.UnauthorizedSSOTokenError(), SQS)
    assert "aws sso login --profile prod" in error.remedy


@pytest.mark.parametrize(
    ("operation", "message", "permission"),
    [
        ("sqs:ReceiveMessage", "", "sqs:ReceiveMessage"),
        ("s3:HeadObject", "", "s3:GetObject"),
        ("s3:HeadBucket", "", "s3:ListBucket"),
        ("s3:GetBucketNotificationConfiguration", "", "s3:GetBucketNotification"),
        (
            "sqs:ReceiveMessage",
            "User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: y",
            "kms:Decrypt",
        ),
    ],
)
def test_access_denied_names_the_missing_permission(
    operation: str, message: str, permission: str
) -> None:
    assert permission_for(operation, message) == permission
    error = translate(answer("AccessDenied", message, 403), CallContext(operation, "it"))
    assert error.permission == permission
    assert permission in error.remedy


def test_a_head_without_a_body_still_tells_that_the_object_is_gone() -> None:
    error = translate(answer("404", "Not Found", 404), S3)
    assert error.kind == "no-such-key"


def test_a_missing_bucket_is_no_missing_object() -> None:
    error = translate(answer("404", "Not Found", 404), CallContext("s3:HeadBucket", "bucket b"))
    assert error.kind == "no-such-bucket"


def test_presigned_query_strings_never_reach_the_sentence() -> None:
    message = "GET https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIAX&X-Amz-Signature=0123abcd"
    error = translate(answer("SomethingNew", message), S3)
    assert "0123abcd" not in str(error)


@pytest.mark.parametrize(
    "raised",
    [
        ResponseParserError("Unable to parse response: b'<a>SessionToken=abc</a>'"),
        KeyError("QueueUrl"),
        AttributeError("'NoneType' object has no attribute 'update'"),
        TypeError("not a mapping"),
        RecursionError("a redirect to itself"),
    ],
)
def test_an_answer_that_is_not_of_aws_is_told_without_it(raised: Exception) -> None:
    with pytest.raises(AwsError) as caught, aws_call(SQS):
        raise raised
    assert caught.value.kind == "failed"
    assert "sqs:ReceiveMessage" in caught.value.sentence
    assert str(raised) not in caught.value.sentence


def test_what_botocore_cannot_send_is_told() -> None:
    with pytest.raises(AwsError, match="Invalid endpoint"), aws_call(SQS):
        raise ValueError("Invalid endpoint: x")
