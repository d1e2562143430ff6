"""What is said of the scenario that the local backend was started with, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.local.scenarios import RANDOM, listing

if TYPE_CHECKING:
    from console.cli.output import Output
    from console.local.backend import LocalBackend

LIST = "list"
"""Stands for no scenario: all of them are listed."""


def show_list(output: Output) -> None:
    """Print every scenario with its line."""
    width = max(len(name) for name, _ in listing())
    for name, line in listing():
        output.plain(f"{name:{width}}  {line}")


def announce(output: Output, backend: LocalBackend, asked: str | None) -> None:
    """Say what is broken, unless that is for the user to find out."""
    if asked == RANDOM:
        output.say("Something is broken in this local backend. The doctor can tell what.")
    elif asked is not None:
        output.say(f"Scenario {backend.scenario.name}: {backend.scenario.line}")


def reveal(output: Output, backend: LocalBackend | None, asked: str | None) -> None:
    """Say, after the end, what was not to be said before."""
    if asked == RANDOM and backend is not None:
        output.say(f"The scenario was {backend.scenario.name}: {backend.scenario.line}")
