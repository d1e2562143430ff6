"""How the doctor puts what it finds in a queue policy; `sender` is a service principal."""

from __future__ import annotations

PASSES = {
    "policy.no-allow": "The queue policy allows what brings the events to send.",
    "policy.wrong-principal": "The queue policy allows the right sender.",
    "policy.wrong-resource": "The queue policy names this queue.",
    "policy.wrong-source-arn": "The queue policy names this bucket in aws:SourceArn, or none.",
    "policy.wrong-source-account": "The queue policy names the bucket's owner, or no account.",
    "policy.wildcard-in-string-equals": "The queue policy has no wildcard where it is plain text.",
    "policy.absent-condition-key": "The queue policy asks for nothing that senders lack.",
    "policy.explicit-deny": "No Deny of the queue policy refuses the sender.",
}  # fmt: skip

TITLES = {
    "policy.no-allow": "The queue policy does not allow {sender} to send.",
    "policy.wrong-principal": "The queue policy allows others to send, but not {sender}.",
    "policy.wrong-resource": "The statement that allows {sender} to send is for another resource.",
    "policy.wrong-source-arn": "The queue policy allows {sender} for another source than this.",
    "policy.wrong-source-account": "The queue policy allows {sender} for another account's bucket.",
    "policy.wildcard-in-string-equals":
        "StringEquals takes the wildcard in the queue policy as a plain character.",
    "policy.absent-condition-key": "The queue policy asks for what a call of {sender} lacks.",
    "policy.explicit-deny": "A Deny of the queue policy refuses {sender}.",
}  # fmt: skip

REMEDIES = {
    "policy.no-allow": "Add the documented statement that allows {sender} to send.",
    "policy.wrong-principal": "Name the service: Principal {{\"Service\": \"{sender}\"}}.",
    "policy.wrong-resource": "Put the queue's own ARN into Resource.",
    "policy.wrong-source-arn":
        "Put the ARN of the bucket, without /*, or of what stands between into aws:SourceArn.",
    "policy.wrong-source-account": "Put the account that owns the bucket into aws:SourceAccount.",
    "policy.wildcard-in-string-equals": "Use ArnLike or StringLike where a value has a wildcard.",
    "policy.absent-condition-key": "Ask for aws:SourceArn and aws:SourceAccount instead.",
    "policy.explicit-deny":
        "Add BoolIfExists aws:PrincipalIsAWSService = false to the condition of the Deny.",
}  # fmt: skip
