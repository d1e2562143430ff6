"""What every screen has: header, body, keys, help, background jobs with generations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual.actions import parse as parse_action
from textual.app import ComposeResult
from textual.binding import Binding
from textual.compose import compose
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from console.errors import ConsoleError
from console.tui.notices import Failed, Notice, Ticket
from console.tui.widgets.header import PipelineHeader
from console.tui.words import shown

if TYPE_CHECKING:
    from console.models.pipeline import Pipeline
    from console.models.status import StatusSnapshot
    from console.tui.app import ConsoleApp
    from console.tui.widgets.keybar import Key


@dataclass(frozen=True, slots=True)
class Copy:
    """Something to copy: what it is in words, and the text as it is, raw."""

    what: str
    text: str


class ConsoleScreen(Screen[None]):
    """A screen of the console.

    The header is mounted with the first frame, the body after it. A subclass gives `NAME`,
    `ABOUT` (the help's paragraph), `compose_body`, and draws what it holds in `redraw`.
    """

    NAME: ClassVar[str] = ""
    TITLE_WORDS: ClassVar[str] = ""
    ABOUT: ClassVar[str] = ""
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    ConsoleScreen {
        #body { width: 100%; height: 1fr; }
        .waiting { width: 100%; height: 100%; content-align: center middle; color: $text-muted; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._generations: dict[str, int] = {}
        self.built = False
        self._building = asyncio.Lock()
        self._when_built: list[Callable[[], None]] = []

    @property
    def console(self) -> ConsoleApp:
        """The application, typed."""
        return cast("ConsoleApp", self.app)

    def compose(self) -> ComposeResult:
        """The first frame: the header and a line in the middle."""
        yield PipelineHeader()
        with Container(id="body"):
            yield Static("connecting…", markup=False, classes="waiting")

    def compose_body(self) -> ComposeResult:
        """The screen's own widgets."""
        yield from ()

    async def on_mount(self) -> None:
        """Show the header at once; the rest follows after the first frame."""
        self.update_header()
        self.call_after_refresh(self._build)

    async def _build(self) -> None:
        from console.tui.widgets.keybar import KeyBar

        await self.mount(KeyBar())
        await self.rebuild()

    async def rebuild(self) -> None:
        """Mount the body that fits the connection: the screen's own, or why there is none."""
        async with self._building:
            if not self.is_attached or self.built:
                return
            body = self.query_one("#body", Container)
            connected = self.console.pipeline is not None
            async with self.batch():
                await body.remove_children()
                await body.mount(*self._body_widgets())
            if connected:
                self.built = True
                self.on_built()
                self.redraw()
        self.update_header()
        self.update_keys()
        while self.built and self._when_built:
            self._when_built.pop(0)()

    def when_built(self, do: Callable[[], None]) -> None:
        """Do something now, or as soon as the body stands."""
        if self.built:
            do()
        else:
            self._when_built.append(do)

    def _body_widgets(self) -> list[Widget]:
        if self.console.pipeline is not None:
            return compose(self, self.compose_body())
        error = self.console.connect_error
        if error is not None:
            from console.tui.widgets.error_panel import ErrorPanel

            return [ErrorPanel(error, "Press r to try again.")]
        return [Static("connecting…", markup=False, classes="waiting")]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What only this screen can do needs its body."""
        if not self.built and not hasattr(ConsoleScreen, f"action_{action}"):
            return None
        return super().check_action(action, parameters)

    def on_built(self) -> None:
        """The body stands: start what the screen needs."""

    def redraw(self) -> None:
        """Draw again from what is held, for instance after redaction was switched."""

    def show_snapshot(self, snapshot: StatusSnapshot) -> None:
        """A newer snapshot of the live sources is there."""

    def show_inspection(self) -> None:
        """The configuration was read again; see the application's `inspection`."""

    def show_lost_leases(self, lost: tuple[str, ...], error: ConsoleError | None) -> None:
        """Leases were lost, or could not be looked after."""

    def second_passed(self) -> None:
        """A second has gone by: ages and countdowns move."""

    def show_work(self) -> None:
        """The action on messages is further, or over."""

    def refresh_now(self) -> None:
        """The user asked for everything anew."""

    def copyable(self) -> Copy | None:
        """What `y` copies."""
        return None

    def command_line(self) -> str | None:
        """The aws command that `Y` copies."""
        return None

    def shown(self, text: str, *, limit: int | None = None) -> str:
        """Text from outside as it may be put on the screen now."""
        return shown(self, text, limit=limit)

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline; only asked for once the body is built."""
        pipeline = self.console.pipeline
        assert pipeline is not None
        return pipeline

    def on_screen_resume(self) -> None:
        """Catch up with what changed while another screen was shown."""
        if self.built or self.console.pipeline is None:
            self.update_header()
            self.update_keys()
        if self.built:
            self.redraw()
        elif self.console.pipeline is not None and self.query("#body > .waiting, ErrorPanel"):
            self.run_worker(self.rebuild, exclusive=True, group="rebuild")

    def update_header(self) -> None:
        """Draw the header anew."""
        for header in self.query(PipelineHeader):
            header.show(self.console.header_state())

    def update_keys(self) -> None:
        """Draw the key bar anew, with what can be done now."""
        from console.tui.widgets.keybar import KeyBar

        for bar in self.query(KeyBar):
            bar.show_keys(self._own_keys(), self.console.app_keys(self.NAME))

    def _own_keys(self) -> tuple[Key, ...]:
        from console.tui.widgets.keybar import Key

        if not self.built:
            return ()
        keys: list[Key] = []
        for binding in self.BINDINGS:
            if not isinstance(binding, Binding) or not binding.show:
                continue
            _, name, parameters = parse_action(binding.action)
            state = self.check_action(name, parameters)
            if state is not False:
                key = binding.key_display or binding.key
                keys.append(
                    Key(key, binding.description, f"screen.{binding.action}", state is True)
                )
        return tuple(keys)

    def in_background(self, group: str, work: Callable[[Ticket], Message]) -> Ticket:
        """Run `work` on a thread; its message comes here, and only the newest of a group counts.

        What `work` raises arrives as `Failed`.
        """
        generation = self._generations.get(group, 0) + 1
        self._generations[group] = generation
        ticket = Ticket(group, generation)
        self.console.run_job(group, lambda: _guarded(work, ticket), self)
        return ticket

    def forget(self, group: str) -> None:
        """Whatever jobs of a group still answer, it no longer counts."""
        self._generations[group] = self._generations.get(group, 0) + 1

    def is_newest(self, notice: Notice) -> bool:
        """Whether an answer belongs to the newest job of its group."""
        return self._generations.get(notice.ticket.group) == notice.ticket.generation


class StartScreen(ConsoleScreen):
    """The first frame: who and what, before anything heavy is imported."""

    async def on_mount(self) -> None:
        """The header is all there is."""
        self.update_header()

    async def rebuild(self) -> None:
        """Nothing follows here: another screen takes its place."""


def _guarded(work: Callable[[Ticket], Message], ticket: Ticket) -> Message:
    try:
        return work(ticket)
    except ConsoleError as error:
        return Failed(ticket, error)
    except Exception as error:
        return Failed(ticket, unexpected(error))


def unexpected(error: Exception) -> ConsoleError:
    """A fault of the console itself, told like any other failure."""
    return ConsoleError(
        "Fault in the console",
        f"{type(error).__name__}: {error}",
        "This is a bug: please report it with what you did.",
    )
