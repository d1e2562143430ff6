"""The application: its screens, its keys, and leaving."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from console.text import Redactor
from console.tui.live_app import LiveApp
from console.tui.modes import MODES
from console.tui.themes import DARK, THEMES, other_theme
from console.tui.widgets.header import HeaderState
from console.tui.working_app import WorkingApp

if TYPE_CHECKING:
    from console.tui.backstage import Backstage
    from console.tui.notices import FileWritten
    from console.tui.screens.doctor import DoctorScreen
    from console.tui.screens.messages import MessagesScreen
    from console.tui.widgets.keybar import Key

Severity = Literal["information", "warning", "error"]


class ConsoleApp(WorkingApp):
    """The console in a terminal."""

    TITLE = "event-console"
    CSS = """
    /* Above the key bar's two lines: what is said must not hide what can be pressed. */
    ToastRack { margin-bottom: 2; }
    """
    MODES: ClassVar = MODES
    DEFAULT_MODE = "start"
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar = [
        Binding("1", "go('overview')", "Overview", tooltip="Flow, live counts, charts, alarms"),
        Binding("2", "go('messages')", "Messages", tooltip="Look into queue and DLQ"),
        Binding("3", "go('configuration')", "Config", tooltip="Rules, policy, encryption"),
        Binding("4", "go('doctor')", "Doctor", tooltip="Why is my event missing? The root cause"),
        Binding("5", "go('upload')", "Upload", tooltip="Prove the whole path end to end"),
        Binding("6", "go('activity')", "Activity", tooltip="What the console did: its journal"),
        Binding("question_mark", "help", "help", key_display="?", tooltip="Help for this screen"),
        Binding(
            "colon", "command_line", "cmd", key_display=":", priority=True, tooltip="Type a command"
        ),
        Binding("q", "leave", "quit", tooltip="Leave; a running operation is asked about"),
        Binding("r", "refresh_now", "refresh", tooltip="Read everything anew; connect again"),
        Binding("p", "pause", "pause", tooltip="Stop and continue reading live figures"),
        Binding("y", "copy", "copy", tooltip="Copy what is chosen to the clipboard"),
        Binding("Y", "copy_command", "copy as aws", tooltip="Copy it as an aws command"),
        Binding("ctrl+s", "save_copy", "save copy", tooltip="Write what was copied to a file"),
        Binding("ctrl+x", "redact", "redact", tooltip="Mask account and key ids on screen"),
        Binding("ctrl+c,ctrl+q", "leave", "quit", priority=True, show=False),
    ]

    def __init__(self, backstage: Backstage) -> None:
        super().__init__(backstage)
        for theme in THEMES:
            self.register_theme(theme)
        # Not by assignment: that would lay out the first frame twice.
        self.set_reactive(LiveApp.theme, DARK.name)
        self.redactor = Redactor()
        self._last_copy: str | None = None

    def begin(self) -> None:
        """Change from the first frame to the overview, and connect."""
        super().begin()
        if self.current_mode == "start":
            self.switch_mode("overview")

    def say(self, text: str, *, severity: Severity = "information", title: str = "") -> None:
        """A toast; its text is never markup."""
        self.notify(text, title=title, severity=severity, markup=False)

    def header_state(self) -> HeaderState:
        """What the header has to show now."""
        return HeaderState(
            names=self.backstage.names,
            pipeline=self.pipeline,
            snapshot=self.snapshot,
            now=self.backstage.clock.now(),
            trouble=self.connect_error.title if self.connect_error else None,
            paused=self.polling.paused,
            redacted=self.redactor.on,
            slowed=self.polling.told(),
        )

    def app_keys(self, here: str) -> tuple[Key, ...]:
        """The keys that work everywhere, the screen `here` marked."""
        from console.tui.widgets.keybar import Key

        keys: list[Key] = []
        for binding in self.BINDINGS:
            if isinstance(binding, Binding) and binding.show:
                action = f"app.{binding.action}"
                keys.append(
                    Key(
                        binding.key_display or binding.key.replace("ctrl+", "^"),
                        binding.description,
                        action,
                        here=binding.action == f"go('{here}')",
                    )
                )
        return tuple(keys)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette's entries: every command, and every key of the screen."""
        from console.tui.commands import COMMANDS

        for command in COMMANDS:
            title = f"{command.name} {command.takes}".strip()
            yield SystemCommand(title, command.about, lambda c=command: c.run(self, ""))
        target = self.console_screen
        for binding in target.BINDINGS if target is not None else ():
            if isinstance(binding, Binding) and binding.tooltip:
                action = f"screen.{binding.action}"
                yield SystemCommand(
                    binding.description,
                    binding.tooltip,
                    lambda a=action: self.call_later(self.run_action, a),
                )

    def action_command_palette(self) -> None:
        """Open the palette."""
        from console.tui.widgets.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_go(self, mode: str) -> None:
        """Show another screen."""
        if self.screen is self.console_screen:
            self.switch_mode(mode)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Its key comes before all others, but not before one that types or answers a dialog."""
        if action == "command_line":
            typing = self.focused is not None and self.focused.check_consume_key("colon", ":")
            return self.screen is self.console_screen and not typing
        return super().check_action(action, parameters)

    def on_messages_screen(self, do: Callable[[MessagesScreen], None]) -> None:
        """Do something on the messages screen as soon as its body stands."""
        from console.tui.screens.messages import MessagesScreen

        screen = self.console_screen
        if isinstance(screen, MessagesScreen):
            screen.when_built(lambda: do(screen))

    def on_doctor_screen(self, do: Callable[[DoctorScreen], None]) -> None:
        """Do something on the doctor's screen as soon as its body stands."""
        from console.tui.screens.doctor import DoctorScreen

        screen = self.console_screen
        if isinstance(screen, DoctorScreen):
            screen.when_built(lambda: do(screen))

    def action_help(self) -> None:
        """Explain the screen and its keys."""
        from console.tui.widgets.help import Help

        screen = self.console_screen
        if screen is not None:
            self.push_screen(Help(screen))

    def action_command_line(self) -> None:
        """Open the command line."""
        from console.tui.widgets.command_line import CommandLine

        self.push_screen(CommandLine())

    def action_pause(self) -> None:
        """Stop polling, or go on."""
        self.polling.paused = not self.polling.paused
        if not self.polling.paused:
            self.polling.ask_now()
        self._header_changed()

    def action_refresh_now(self) -> None:
        """Read everything anew."""
        self.read_again()
        screen = self.console_screen
        if screen is not None and screen.built:
            screen.refresh_now()

    def action_other_theme(self) -> None:
        """Change between dark and light."""
        self.theme = other_theme(self.theme)

    def action_redact(self) -> None:
        """Mask account and key ids, or show them again."""
        self.redactor.on = not self.redactor.on
        self._header_changed()
        screen = self.console_screen
        if screen is not None and screen.built:
            screen.redraw()

    def action_copy(self) -> None:
        """Copy what is chosen."""
        screen = self.console_screen
        chosen = screen.copyable() if screen is not None and screen.built else None
        if chosen is None:
            self.say("Nothing here to copy.", severity="warning")
            return
        self.copy_text(chosen.text, chosen.what)

    def action_copy_command(self) -> None:
        """Copy what is chosen as an aws command."""
        screen = self.console_screen
        command = screen.command_line() if screen is not None and screen.built else None
        if command is None:
            self.say("Nothing here that an aws command shows.", severity="warning")
            return
        self.copy_text(command, "the aws command")

    def copy_text(self, text: str, what: str) -> None:
        """Copy it and say so."""
        self.copy_to_clipboard(text)
        self._last_copy = text
        self.say(
            f"Copied {what} ({len(text):,} characters). "
            "If your terminal took nothing: ctrl+s writes it to a file.",
        )

    def action_save_copy(self) -> None:
        """Write what was copied last to a file in the working folder."""
        if self._last_copy is None:
            self.say("Nothing was copied yet: y copies, Y copies as an aws command.")
            return
        from console.tui.files import save_text

        text, now = self._last_copy, self.backstage.clock.now()
        self.run_job("save", lambda: save_text(text, "copy", "txt", now), self)

    def on_file_written(self, notice: FileWritten) -> None:
        """A file was written, or could not be."""
        self.say(notice.told, severity="information" if notice.ok else "error")

    def action_leave(self) -> None:
        """Leave at once; while an operation runs ask first, and leave at the second time."""
        from console.tui.widgets.confirm import Confirm

        if self.operation is None or isinstance(self.screen, Confirm):
            self.exit(0)
            return
        what, cancel = self.operation

        def answered(leave: bool | None) -> None:
            if leave:
                cancel.set()
                self.exit(0)

        self.push_screen(
            Confirm(
                f"{what} is running",
                "Leaving stops it, gives back what it holds and cleans up what it made.",
                yes="Stop and leave",
                no="Stay",
            ),
            answered,
        )
