"""Uploads that never became an object, became another one, or are gone."""

from __future__ import annotations

from dataclasses import replace

from console.local.reference import Plan, notification_configuration
from console.local.scenarios.model import Scenario
from console.local.scenarios.stage import KEY, NOTICEABLE_SECONDS, Stage

_OTHER_KEY = "upload/acme/board-meeting.mp3"
_PART = 5 * 1024 * 1024


def _not_uploaded(stage: Stage) -> None:
    """The client gave up before it sent anything."""
    del stage


def _multipart_open(stage: Stage) -> None:
    upload = stage.s3.create_multipart_upload(Bucket=stage.plan.bucket, Key=KEY)["UploadId"]
    stage.s3.upload_part(
        Bucket=stage.plan.bucket,
        Key=KEY,
        UploadId=upload,
        PartNumber=1,
        Body=bytes(_PART),
    )


def _with_versions(plan: Plan) -> Plan:
    return replace(plan, versioned=True)


def _gone(stage: Stage) -> None:
    stage.upload()
    stage.s3.delete_object(Bucket=stage.plan.bucket, Key=KEY)


def _other_key(stage: Stage) -> None:
    stage.upload(_OTHER_KEY)


def _without_rule(plan: Plan) -> Plan:
    return replace(plan, notification={})


def _before_configuration(stage: Stage) -> None:
    stage.upload()
    stage.pass_time(NOTICEABLE_SECONDS)
    stage.notify(notification_configuration(stage.plan))


OBJECTS = (
    Scenario("object.not-uploaded", "The upload failed before it began.", _not_uploaded),
    Scenario(
        "object.multipart-open",
        "A multipart upload was begun and never completed.",
        _multipart_open,
    ),
    Scenario(
        "object.gone",
        "The object was deleted before it was processed.",
        _gone,
        change=_with_versions,
    ),
    Scenario("object.other-key", "The file was uploaded under another key.", _other_key),
    Scenario(
        "object.before-configuration",
        "The object was uploaded before the bucket had the rule.",
        _before_configuration,
        change=_without_rule,
    ),
)
