"""A few rounds of `killing.py`, with leases of 2 s, always at the same moments."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Emulator
from tests.faults.killing import QUICK_COMMAND, Round, check


@pytest.mark.parametrize(
    ("kind", "seed"), [("redrive", 1), ("redrive", 2), ("redrive", 3), ("restore", 4)]
)
def test_killed_at_a_random_moment_every_message_is_there_with_all_it_carries(
    emulator: Emulator,
    account: str,
    aws: Callable[[str], Any],
    tmp_path: Path,
    kind: str,
    seed: int,
) -> None:
    environment = {
        **os.environ,
        "XDG_DATA_HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": emulator.endpoint_url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": emulator.secret_key,
        "AWS_REGION": emulator.region,
    }
    check(Round(aws("sqs"), environment, random.Random(seed), 120, QUICK_COMMAND), kind)
