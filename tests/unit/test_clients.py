"""Clients are made once, and one that is there waits for none that is being made."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from console.aws.session import Access, ClientFactory


def test_a_client_that_is_there_does_not_wait_for_another_to_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    making, go_on = threading.Event(), threading.Event()
    made: list[str] = []

    def make(_: ClientFactory, service: str, *__: Any) -> str:
        made.append(service)
        if service == "ec2":
            making.set()
            assert go_on.wait(30)
        return f"client of {service}"

    monkeypatch.setattr(ClientFactory, "_make", make)
    factory = ClientFactory(Access())
    assert factory.client("sqs") == "client of sqs"
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(factory.client, "ec2")
        assert making.wait(30)
        assert pool.submit(factory.client, "sqs").result(30) == "client of sqs"
        go_on.set()
        assert slow.result(30) == "client of ec2"
    assert made == ["sqs", "ec2"]
