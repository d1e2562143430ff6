"""What the emulator is taught, on a stand-in for its module."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from console.local import teaching


def test_an_event_is_delivered_before_its_upload_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fired: list[tuple[Any, ...]] = []

    def deliver(*positional: Any, **named: Any) -> None:
        fired.append((threading.current_thread(), positional, named))

    s3 = SimpleNamespace(_fire_s3_event=deliver, _next_event_sequencer=lambda name: f"after {name}")
    monkeypatch.setattr(teaching, "service", lambda name: {"s3": s3}[name])
    teaching.teach_promptness()
    s3._fire_s3_event_async("bucket", "a.mp3", "s3:ObjectCreated:Put", size=3, version_id="v")
    named = {"size": 3, "version_id": "v", "sequencer": "after s3:ObjectCreated:Put"}
    positional = ("bucket", "a.mp3", "s3:ObjectCreated:Put")
    assert fired == [(threading.current_thread(), positional, named)]
