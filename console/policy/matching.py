"""Whether a statement is about a call, and each obstacle to it."""

from __future__ import annotations

from collections.abc import Iterable

from console.policy.conditions import holds
from console.policy.decision import Obstacle, StatementResult
from console.policy.document import Condition, Listed, Statement
from console.policy.patterns import Pattern, resource_is_plain
from console.policy.principals import about
from console.policy.request import Request
from console.policy.telling import why_not
from console.policy.three import any_of, negation
from console.policy.variables import Failure, early_variable, expand


def judge(statement: Statement, request: Request, version: str) -> StatementResult:
    """Whether a statement is about the call."""
    obstacles = _obstacles(statement, request, version)
    strictly = _obstacles(statement, request.strictly(), version)
    matches = _verdict(obstacles)
    return StatementResult(statement, matches, matches is _verdict(strictly), obstacles)


def _verdict(obstacles: Iterable[Obstacle]) -> bool | None:
    verdicts = {obstacle.verdict for obstacle in obstacles}
    if False in verdicts:
        return False
    return None if verdicts else True


def _obstacles(statement: Statement, request: Request, version: str) -> tuple[Obstacle, ...]:
    found = [
        _principal(statement, request),
        _action(statement.actions, request),
        _resource(statement.resources, request, version),
        *(_condition(condition, request, version) for condition in statement.conditions),
    ]
    return tuple(obstacle for obstacle in found if obstacle is not None)


def _principal(statement: Statement, request: Request) -> Obstacle | None:
    negated = statement.principals.negated
    verdict = about(statement.principals, request)
    if verdict and not (request.strict and negated and statement.effect == "Allow"):
        return None
    # IAM User Guide, NotPrincipal: with Allow it is not supported.
    verdict = None if verdict else verdict
    caller = request.caller.name or "whoever calls"
    element = "NotPrincipal" if negated else "Principal"
    wanted = tuple(f"{kind} {name}" for kind, name in statement.principals.entries)
    return Obstacle("principal", verdict, _taking(verdict, element, caller), wanted)


def _action(actions: Listed, request: Request) -> Obstacle | None:
    wanted = request.action.lower()
    covered = any(Pattern(value.lower()).matches(wanted) for value in actions.values)
    if covered is not actions.negated:
        return None
    name = "NotAction" if actions.negated else "Action"
    return Obstacle("action", False, _taking(False, name, request.action), actions.values)


def _resource(resources: Listed, request: Request, version: str) -> Obstacle | None:
    covered = any_of(
        _covers(value, request, version, resources.negated) for value in resources.values
    )
    verdict = negation(covered) if resources.negated else covered
    if verdict:
        return None
    name = "NotResource" if resources.negated else "Resource"
    text = _taking(verdict, name, request.resource or "the key")
    return Obstacle("resource", verdict, text, resources.values)


def _covers(value: str, request: Request, version: str, negated: bool) -> bool | None:
    pattern = expand(value, request, version)
    if isinstance(pattern, Failure):
        return None if pattern is Failure.UNKNOWN or (negated and request.strict) else False
    resource = request.resource
    covered = pattern.fits(request.begins) if resource is None else pattern.matches(resource)
    doubtful = early_variable(value, version) or not resource_is_plain(pattern, resource or "")
    return None if covered and request.strict and doubtful else covered


def _condition(condition: Condition, request: Request, version: str) -> Obstacle | None:
    verdict = holds(condition, request, version)
    if verdict:
        return None
    actual = request.worlds(condition.key)
    text = why_not(condition, verdict, request, version)
    name = condition.operator.name
    return Obstacle("condition", verdict, text, condition.values, name, condition.key, actual)


def _taking(verdict: bool | None, element: str, what: str) -> str:
    negated = element.startswith("Not")
    if verdict is None:
        takes = f"leaves out {what}" if negated else f"takes in {what}"
        return f"It is not known whether {element} {takes}."
    return f"{element} leaves out {what}." if negated else f"{element} does not take in {what}."
