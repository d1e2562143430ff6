"""Whether a statement is about the caller.

IAM User Guide, Principal: an account stands for everybody in it, a role for its sessions; `*` of
kind AWS is anyone, services too; there is no other wildcard in a principal.
"""

from __future__ import annotations

import re

from console.policy.document import Principals
from console.policy.request import Caller, Request
from console.policy.three import any_of, negation

_ACCOUNT = re.compile(r"(?:arn:[^:]*:iam::)?(\d{12})(?::root)?", re.ASCII)
_SESSION = re.compile(r"arn:([^:]*):sts::(\d{12}):assumed-role/([^/]+)/.+", re.ASCII)


def about(principals: Principals, request: Request) -> bool | None:
    """Whether the principals of a statement take in the caller of a request."""
    named = any_of(
        _names(kind, name, request.caller, request.strict) for kind, name in principals.entries
    )
    return negation(named) if principals.negated else named


def _names(kind: str, name: str, caller: Caller, strict: bool) -> bool | None:
    if kind == "AWS" and name == "*":
        return True
    if caller.kind == "service":
        return _names_service(kind, name, caller.name, strict)
    if caller.kind == "anyone":
        return False if kind == "Service" else None
    return kind == "AWS" and _names_iam(name, caller)


def _names_service(kind: str, name: str, service: str, strict: bool) -> bool | None:
    if kind != "Service":
        return False
    if name == service:
        return True
    # Whether a wildcard, or another spelling of the service's own name, is taken for it is not
    # written anywhere.
    doubtful = name == "*" or name.lower().startswith(service.partition(".")[0] + ".")
    return None if strict and doubtful else False


def _names_iam(name: str, caller: Caller) -> bool:
    account = _ACCOUNT.fullmatch(name)
    if account:
        return account[1] == caller.account
    return name in (caller.name, _role_of(caller.name))


def _role_of(arn: str) -> str | None:
    """The role of a session, by the name it has where its path is `/`."""
    match = _SESSION.fullmatch(arn)
    return f"arn:{match[1]}:iam::{match[2]}:role/{match[3]}" if match else None
