"""The screens by name. Each is imported when it is first shown; the first frame needs none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen


def _start() -> Screen[None]:
    from console.tui.screens.base import StartScreen

    return StartScreen()


def _overview() -> Screen[None]:
    from console.tui.screens.overview import OverviewScreen

    return OverviewScreen()


def _messages() -> Screen[None]:
    from console.tui.screens.messages import MessagesScreen

    return MessagesScreen()


def _configuration() -> Screen[None]:
    from console.tui.screens.configuration import ConfigurationScreen

    return ConfigurationScreen()


def _doctor() -> Screen[None]:
    from console.tui.screens.doctor import DoctorScreen

    return DoctorScreen()


def _upload() -> Screen[None]:
    from console.tui.screens.upload import UploadScreen

    return UploadScreen()


def _activity() -> Screen[None]:
    from console.tui.screens.activity import ActivityScreen

    return ActivityScreen()


MODES: dict[str, str | Callable[[], Screen[Any]]] = {
    "start": _start,
    "overview": _overview,
    "messages": _messages,
    "configuration": _configuration,
    "doctor": _doctor,
    "upload": _upload,
    "activity": _activity,
}
