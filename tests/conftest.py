"""Every test runs without the real home, configuration, credentials or network.

What needs AWS takes `install` or `installation`: queues and buckets in an account of the test's
own, on one emulator that the tests of a process share.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
from botocore.loaders import JSONFileLoader

# A busy machine is no failure: what must be fast is bounded in bytes and tested so.
hypothesis.settings.register_profile("busy machine", deadline=None)
hypothesis.settings.load_profile("busy machine")

_SCRUBBED_PREFIXES = ("AWS_", "EVENT_CONSOLE_", "XDG_")
_SCRUBBED_NAMES = (
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(scope="session", autouse=True)
def _models_read_once() -> Iterator[None]:
    """botocore reads its service models anew for every session, which takes most of a test."""
    load = lru_cache(maxsize=None)(JSONFileLoader().load_file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", staticmethod(load))
        yield


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The empty home folder of this test."""
    folder = tmp_path / "home"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def _isolated_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home and no setting, credential or proxy from the machine the tests run on."""
    for name in list(os.environ):
        if name.startswith(_SCRUBBED_PREFIXES) or name in _SCRUBBED_NAMES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    for variable, folder in (
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_CACHE_HOME", ".cache"),
    ):
        monkeypatch.setenv(variable, str(home / folder))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / ".aws" / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / ".aws" / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine nothing that bounds its time ends early."""
    monkeypatch.setattr("console.operations.doctor.dlq_look.MOST_SECONDS", 60.0)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anything but this machine fails the test that tried it."""
    monkeypatch.setattr(socket.socket, "connect", _guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex))


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def connect_locally(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address[0] not in _LOOPBACK:
            raise AssertionError(f"a test tried to reach the network: {address!r}")
        return connect(self, address)

    return connect_locally


@dataclass(frozen=True, slots=True)
class Emulator:
    """The emulator that the tests of this process share; any twelve digits are an access key."""

    endpoint_url: str
    secret_key: str
    region: str


@dataclass(frozen=True, slots=True)
class Installation:
    """Bucket, queue and DLQ in an account of the test's own; URLs None where there is no DLQ."""

    bucket: str
    queue: str
    queue_url: str
    queue_arn: str
    dlq: str | None
    dlq_url: str | None
    dlq_arn: str | None
    region: str
    endpoint_url: str
    access_key: str
    secret_key: str

    @property
    def account(self) -> str:
        """The account id, which the emulator takes from the access key."""
        return self.access_key

    def environment(self) -> dict[str, str]:
        """What AWS tools need in their environment to work on this installation."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": self.region,
        }


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """One emulator, empty, for all tests of this process."""
    from console.local.backend import start_backend

    with start_backend(installation=False) as backend:
        yield Emulator(backend.endpoint_url, backend.secret_key, backend.region)


@pytest.fixture
def account() -> str:
    """An account id that no other test has."""
    return str(10**11 + uuid4().int % (9 * 10**11))


@pytest.fixture
def aws(emulator: Emulator, account: str) -> Callable[[str], Any]:
    """Make a boto3 client of this test's account: `aws("sqs")`; one per service."""
    from console.local.clients import Caller

    caller = Caller(emulator.endpoint_url, emulator.region, account, emulator.secret_key)
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = caller.client(service)
        return made[service]

    return client


@pytest.fixture
def install(
    emulator: Emulator, account: str, aws: Callable[[str], Any]
) -> Callable[..., Installation]:
    """Build an installation like the reference one; each call builds one more.

    Options: `dlq` and `notification` (booleans), `keep_test_event` (the message that S3 sends
    when the rule is put, otherwise removed), and every field of `console.local.reference.Plan`
    such as `max_receive_count`, `visibility_timeout`, `prefix`, `suffix`, `versioned`, `policy`.
    """
    from console.local.reference import Plan, build

    def build_one(
        *,
        dlq: bool = True,
        notification: bool = True,
        keep_test_event: bool = False,
        **changes: Any,
    ) -> Installation:
        unique = uuid4().hex[:12]
        plan = Plan(
            account=account,
            region=emulator.region,
            bucket=f"uploads-{unique}",
            queue=f"queue-{unique}",
            dlq=f"queue-{unique}-dlq" if dlq else None,
            notification=None if notification else {},
        )
        plan = replace(plan, **changes)
        built = build(plan, aws("sqs"), aws("s3"))
        if not keep_test_event:
            aws("sqs").purge_queue(QueueUrl=built.queue_url)
        return Installation(
            bucket=plan.bucket,
            queue=plan.queue,
            queue_url=built.queue_url,
            queue_arn=plan.queue_arn(plan.queue),
            dlq=plan.dlq,
            dlq_url=built.dlq_url,
            dlq_arn=None if plan.dlq is None else plan.queue_arn(plan.dlq),
            region=emulator.region,
            endpoint_url=emulator.endpoint_url,
            access_key=account,
            secret_key=emulator.secret_key,
        )

    return build_one


@pytest.fixture
def installation(install: Callable[..., Installation]) -> Installation:
    """An installation like the reference one."""
    return install()
