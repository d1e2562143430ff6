"""The console's two themes: the same restrained palette on dark and on light."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="console-dark",
    primary="#7fa7cf",
    secondary="#9aa7b5",
    accent="#c8b27a",
    foreground="#d5d9de",
    background="#13161b",
    surface="#191d24",
    panel="#242a34",
    success="#7cb888",
    warning="#d8ac5c",
    error="#e0776b",
    dark=True,
    variables={
        "border": "#3a4250",
        "footer-key-foreground": "#c8b27a",
        "text-muted": "#939daa",
        "text-disabled": "#666f7b",
        "bar": "#3f5a75",
    },
)

LIGHT = Theme(
    name="console-light",
    primary="#2c5f8f",
    secondary="#55606c",
    accent="#7a5c10",
    foreground="#1f2328",
    background="#f6f6f3",
    surface="#fdfdfc",
    panel="#e7e8e4",
    success="#2a7038",
    warning="#8a5a00",
    error="#ae2a20",
    dark=False,
    variables={
        "border": "#b9bdb8",
        "footer-key-foreground": "#7a5c10",
        "text-muted": "#59626d",
        "text-disabled": "#8b9199",
        "bar": "#a9c2da",
    },
)

THEMES = (DARK, LIGHT)


def other_theme(name: str) -> str:
    """The name of the theme to change to from `name`."""
    return LIGHT.name if name == DARK.name else DARK.name
