"""The IAM users of the local account: the person on call, and the service that uploads.

A bucket policy refuses the account's root nothing on the emulator, which is why uploads come
from a user.
"""

from __future__ import annotations

import json
from typing import Any

from console.local.names import OPERATOR, PRODUCER

_EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def create_operator(iam: Any) -> tuple[str, str]:
    """Create the person on call and return its access key id and secret access key."""
    return _create(iam, OPERATOR)


def create_producer(iam: Any) -> tuple[str, str]:
    """Create the user that uploads and return its access key id and secret access key."""
    return _create(iam, PRODUCER)


def _create(iam: Any, name: str) -> tuple[str, str]:
    iam.create_user(UserName=name)
    iam.put_user_policy(
        UserName=name, PolicyName="everything", PolicyDocument=json.dumps(_EVERYTHING)
    )
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]
