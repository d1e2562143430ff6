"""The errors that people see: one title, one plain sentence, one remedy, one exit code."""

from __future__ import annotations

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_FINDINGS = 3
EXIT_INTERRUPTED = 130


class ConsoleError(Exception):
    """A failure that is told to a person in one sentence with a remedy, never as a traceback.

    `title` names the kind in a few words, `sentence` says what happened, `remedy` says what
    mends it (empty where nothing is known to).
    """

    exit_code = EXIT_FAILED

    def __init__(self, title: str, sentence: str, remedy: str = "") -> None:
        super().__init__(f"{title}: {sentence}")
        self.title = title
        self.sentence = sentence
        self.remedy = remedy


class UsageError(ConsoleError):
    """The call or the configuration is wrong; nothing was done (exit code 2)."""

    exit_code = EXIT_USAGE


class JournalError(ConsoleError):
    """The journal cannot be opened, read or written, so nothing may be changed on AWS."""


class Refused(ConsoleError):
    """A safety rule keeps the console from doing this (read-only, peek budget)."""

    exit_code = EXIT_USAGE


class Cancelled(ConsoleError):
    """The user stopped a running operation; what was held has been given back."""

    exit_code = EXIT_INTERRUPTED

    def __init__(self, what: str) -> None:
        super().__init__("Cancelled", f"{what} was cancelled.")


class AwsError(ConsoleError):
    """An AWS call failed.

    `kind` is one of the words in `AWS_ERROR_KINDS`; `code` is AWS's own error code where there
    was an answer; `operation` is the API call such as `sqs:GetQueueAttributes`; `permission` is
    the IAM action that is missing where `kind` is `access-denied`. `maybe_done` says that AWS may
    have carried the call out all the same: its answer was lost, or was a fault of its own.
    """

    def __init__(
        self,
        kind: str,
        title: str,
        sentence: str,
        remedy: str = "",
        *,
        code: str | None = None,
        operation: str | None = None,
        permission: str | None = None,
        maybe_done: bool = False,
    ) -> None:
        super().__init__(title, sentence, remedy)
        self.kind = kind
        self.code = code
        self.operation = operation
        self.permission = permission
        self.maybe_done = maybe_done


AWS_ERROR_KINDS = (
    "no-credentials",
    "expired",
    "bad-credentials",
    "access-denied",
    "throttled",
    "no-such-bucket",
    "no-such-key",
    "no-such-queue",
    "wrong-region",
    "unreachable",
    "tls",
    "clock-skew",
    "profile",
    "unsupported",
    "invalid",
    "failed",
)
