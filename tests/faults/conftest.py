"""A workbench whose SQS calls go through a fault proxy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.conftest import Emulator, Installation
from tests.emulator.conftest import Bench, bench_on, credentials
from tests.faults.proxy import FaultProxy

__all__ = ["bench_on", "credentials"]


@dataclass(frozen=True, slots=True)
class Faulty:
    """A bench behind the proxy; its raw clients speak to the emulator directly."""

    bench: Bench
    proxy: FaultProxy


@pytest.fixture
def proxy(emulator: Emulator) -> Iterator[FaultProxy]:
    with FaultProxy(emulator.endpoint_url) as made:
        yield made


@pytest.fixture
def faulty(
    proxy: FaultProxy,
    installation: Installation,
    bench_on: Callable[..., Bench],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Faulty:
    """No try waits long here, and nobody waits 10 s for an answer that does not come."""
    monkeypatch.setattr("console.operations.sending.WAITS", (0.01, 0.01, 0.01))
    monkeypatch.setattr("console.operations.deleting.WAITS", (0.01, 0.01, 0.01))
    monkeypatch.setattr("console.aws.session.READ_TIMEOUT", 1.5)
    monkeypatch.setattr("console.operations.leases.LEASE_SECONDS", 4)
    monkeypatch.setattr("console.operations.leases.EXTEND_AT", 2.0)
    behind = replace(installation, endpoint_url=proxy.endpoint_url)
    return Faulty(bench_on(behind), proxy)
