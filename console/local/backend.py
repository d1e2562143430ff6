"""The parent's side of the local backend: start the child, know it, make sure it is gone."""

from __future__ import annotations

import importlib.util
import os
import secrets
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from console.errors import Cancelled, ConsoleError, UsageError
from console.local.names import BUCKET, DLQ, QUEUE, REGION, SUFFIX
from console.local.scenarios import NOTHING_BROKEN, Scenario, choose
from console.local.settings import ChildSettings, Ready

READY_SECONDS = 30.0
_LEAVE_SECONDS = 1.0
_POLL_SECONDS = 0.1
_LOG_TAIL = 2_000
_LONGEST_ANSWER = 65_536
_NEEDED = ("ministack", "hypercorn", "boto3")
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
# The very package that runs here, whichever other one is installed; its folder must not stand
# before the standard library's for anything else.
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); import console; "
    "sys.path.append(sys.path.pop(0)); from console.local.child import main; main(sys.argv[2])"
)


class LocalBackend:
    """A running local backend; a context manager that leaves no process and no folder.

    `data_dir` is private (mode 0700) and goes with the backend: what the console writes
    meanwhile, such as its journal, belongs there. `scenario` is what it was broken by.
    """

    region = REGION
    bucket = BUCKET
    suffix = SUFFIX

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        data_dir: Path,
        account: str,
        scenario: Scenario = NOTHING_BROKEN,
    ) -> None:
        self.process = process
        self.data_dir = data_dir
        self.account = account
        self.scenario = scenario
        self._ready: Ready | None = None
        self._close_lock = threading.Lock()

    @property
    def endpoint_url(self) -> str:
        """Where the emulator listens: a port of 127.0.0.1."""
        return self._answer().endpoint_url

    @property
    def access_key(self) -> str:
        """The access key id of the person on call."""
        return self._answer().access_key

    @property
    def secret_key(self) -> str:
        """Its secret access key."""
        return self._answer().secret_key

    @property
    def queue(self) -> str:
        """The name of the queue."""
        return QUEUE + self.scenario.ending

    @property
    def dlq(self) -> str:
        """The name of the dead-letter queue."""
        return DLQ + self.scenario.ending

    @property
    def missing_key(self) -> str | None:
        """In a scenario, the key of the upload that somebody misses."""
        return self.scenario.key

    def environment(self) -> dict[str, str]:
        """What AWS tools need in their environment to work on this backend."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": self.region,
        }

    def wait_ready(
        self, timeout: float = READY_SECONDS, cancel: threading.Event | None = None
    ) -> None:
        """Wait until the child has answered.

        Raises `ConsoleError` when it ends or `timeout` seconds pass before, and
        `Cancelled` when `cancel` is set.
        """
        if self._ready is not None:
            return
        self._ready = Ready.from_line(self._read_answer(time.monotonic() + timeout, cancel))

    def close(self) -> None:
        """End the child and remove the folder; at once in the usual case, bounded always."""
        with self._close_lock:
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    pipe.close()
            # The end of its input is the child's sign to remove the folder and leave.
            if not _ended(self.process):
                self.process.kill()
                self.process.wait()
            shutil.rmtree(self.data_dir, ignore_errors=True)

    def log_tail(self) -> str:
        """The end of the child's log, for an error message; empty where there is none."""
        try:
            return (self.data_dir / "backend.log").read_text(errors="replace")[-_LOG_TAIL:]
        except OSError:
            return ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _answer(self) -> Ready:
        if self._ready is None:
            raise ConsoleError("Local backend", "The local backend is not ready yet.")
        return self._ready

    def _read_answer(self, deadline: float, cancel: threading.Event | None) -> bytes:
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        answer = b""
        while not answer.endswith(b"\n"):
            if cancel is not None and cancel.is_set():
                raise Cancelled("Starting the local backend")
            if time.monotonic() > deadline:
                raise self._failure("did not become ready in time")
            if select.select([descriptor], [], [], _POLL_SECONDS)[0]:
                chunk = os.read(descriptor, _LONGEST_ANSWER)
                if not chunk:
                    raise self._failure("ended before it was ready")
                answer += chunk
        return answer

    def _failure(self, what: str) -> ConsoleError:
        tail = self.log_tail().strip()
        last = tail.splitlines()[-1] if tail else "it left no message"
        return ConsoleError("Local backend", f"The local backend {what}: {last}")


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def launch_backend(
    *,
    take_tests: bool = False,
    traffic: bool = True,
    installation: bool = True,
    scenario: str | None = None,
) -> LocalBackend:
    """Start the child and return at once; `wait_ready` before anything is asked of it.

    Raises `UsageError` where the `local` extra is not installed or no scenario has that name.
    """
    need_extra()
    chosen = NOTHING_BROKEN if scenario is None else choose(scenario)
    folder = Path(tempfile.gettempdir()) / f"event-console-{secrets.token_hex(8)}"
    settings = ChildSettings(
        account=_random_account(),
        secret=secrets.token_urlsafe(30),
        installation=installation,
        traffic=traffic,
        take_tests=take_tests,
        scenario=None if scenario is None else chosen.name,
    )
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _BOOT, str(Path(__file__).parents[2]), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=tempfile.gettempdir(),
        env=_child_environment(folder),
    )
    backend = LocalBackend(process, folder, settings.account, chosen)
    try:
        _tell(process, settings)
    except BaseException:
        backend.close()
        raise
    return backend


def start_backend(
    *,
    take_tests: bool = False,
    traffic: bool = True,
    installation: bool = True,
    scenario: str | None = None,
    timeout: float = READY_SECONDS,
    cancel: threading.Event | None = None,
) -> LocalBackend:
    """Start a local backend and wait until it is ready.

    `take_tests` lets its consumer process the console's upload tests instead of giving them
    back; without `traffic` there are no uploads, no consumer and no history; without
    `installation` the emulator is empty and the keys are those of the account's root;
    `scenario` names one of `console.local.scenarios` that the installation is broken by. Setting
    `cancel` from another thread abandons the start. Raises `UsageError` where the `local`
    extra is not installed or the scenario unknown, `Cancelled`, and `ConsoleError` where it does
    not become ready in `timeout` seconds; nothing is left then.
    """
    backend = launch_backend(
        take_tests=take_tests, traffic=traffic, installation=installation, scenario=scenario
    )
    try:
        backend.wait_ready(timeout, cancel)
    except BaseException:
        backend.close()
        raise
    return backend


def _tell(process: subprocess.Popen[bytes], settings: ChildSettings) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(settings.to_line())
        process.stdin.flush()
    except BrokenPipeError:
        # The child is gone already; waiting for its answer says so.
        return


def need_extra() -> None:
    """Raise `UsageError` where the `local` extra is not installed."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            "Local backend not installed",
            f"The local backend needs packages that are not installed ({', '.join(missing)}).",
            'Install them: pip install "event-console[local]"',
        )


def _random_account() -> str:
    """Twelve digits, as an AWS account id has them."""
    return str(secrets.randbelow(8 * 10**11) + 10**11)


def _child_environment(folder: Path) -> dict[str, str]:
    """As little as possible: no AWS settings, no proxies, a home of its own."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed_on | {
        "HOME": str(folder),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
