"""The person on call, as an IAM user of the local account."""

from __future__ import annotations

import json
from typing import Any

from console.local.names import OPERATOR

_EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def create_operator(iam: Any) -> tuple[str, str]:
    """Create the user and return its access key id and secret access key."""
    iam.create_user(UserName=OPERATOR)
    iam.put_user_policy(
        UserName=OPERATOR, PolicyName="everything", PolicyDocument=json.dumps(_EVERYTHING)
    )
    key = iam.create_access_key(UserName=OPERATOR)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]
