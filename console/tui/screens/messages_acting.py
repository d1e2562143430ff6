"""The acting half of the messages screen: redrive, delete, process, purge what was chosen."""

from __future__ import annotations

from dataclasses import replace

from textual.widgets import Input

from console.models.message import Message
from console.models.moving import MoveOptions, ProcessOptions
from console.models.pipeline import QueueRef
from console.models.queue import QueueCounts
from console.models.selection import Filter
from console.tui.actions import Action, Delete, Process, Purge, Redrive
from console.tui.aws_commands import move_task_command, purge_command
from console.tui.screens.messages_rows import RowsScreen
from console.tui.widgets.line_input import LineInput
from console.tui.widgets.type_name import asking
from console.tui.widgets.work_line import WorkLine
from console.tui.words import HOLD_FIRST, without_option

_WRITING = ("redrive", "delete_chosen", "process_chosen", "purge", "redrive_all")


class ActingScreen(RowsScreen):
    """Acts on marked messages, else on all that the filter leaves, else on the one under the
    cursor; every action asks first, in numbers."""

    def __init__(self) -> None:
        super().__init__()
        self._handler = "inspect"

    @property
    def _may_act(self) -> bool:
        free = self.console.operation is None and self.queue is not None
        return free and not self.pipeline.mode.read_only

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Acting needs a mode that writes, nothing else under way, and something chosen."""
        if self.built and action in _WRITING:
            if action == "redrive" and self._which != "dlq":
                return None
            needs_chosen = action not in ("purge", "redrive_all")
            return True if self._may_act and (self.any_chosen or not needs_chosen) else None
        return super().check_action(action, parameters)

    def action_redrive(self) -> None:
        """Move the chosen messages back to the queues they came from."""
        dlq, chosen = self.pipeline.dlq, self.chosen()
        if dlq is None or not chosen:
            return
        what = f"Move {_count(chosen)} of {dlq.name} back to the queue each came from"
        how = "Each one is sent, recorded, and only then deleted here."
        action = Redrive(dlq, _options(chosen), self._held(chosen))
        self._ask_about(chosen, "Redrive", (f"{what}: {self.chosen_words()}.", how), action)

    def action_redrive_all(self) -> None:
        """Move everything of the DLQ back."""
        dlq = self.pipeline.dlq
        if dlq is None or not self._may_act:
            return
        text = (
            f"Move everything of {dlq.name} back to the queues it came from: {self._about('dlq')}.",
            "By SQS itself where it can, else message by message.",
        )
        self._ask(
            "Redrive everything?", text, "Redrive all", Redrive(dlq, whole=True), typed=dlq,
            command=move_task_command(self.pipeline, dlq.arn),
        )  # fmt: skip

    def action_delete_chosen(self) -> None:
        """Delete the chosen messages."""
        queue, chosen = self.queue, self.chosen()
        if queue is None or not chosen:
            return
        action = Delete(queue, _options(chosen), self._held(chosen))
        what = f"Delete {_count(chosen)} from {queue.name}: {self.chosen_words()}."
        self._ask_about(chosen, "Delete", (what, self._undo()), action)

    def action_purge(self) -> None:
        """Destroy everything in the queue."""
        queue = self.queue
        if queue is None or not self._may_act:
            return
        most = self._too_many_to_copy()
        if most is not None:
            self.console.say(
                f"More than {most:,} messages are visible, and no more can be copied at once. "
                "Delete or redrive some first; event-console purge empties it without copies.",
                severity="warning",
            )
            return
        kept = "What is visible is copied into the journal first; Activity brings it back."
        if not self.console.backstage.keeps_bodies:
            kept = self._undo()
        text = (
            f"Destroy everything in {queue.name}: {self._about(self._which)}, and all that "
            "is sent for a minute.",
            f"{kept} The rest is gone for good.",
        )
        self._ask(
            "Purge?", text, "Purge", Purge(queue), typed=queue,
            command=purge_command(self.pipeline, queue),
        )  # fmt: skip

    def action_process_chosen(self) -> None:
        """Ask which handler to run over the chosen messages."""
        self.query_one("#handler", LineInput).open(self._handler)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A handler was typed."""
        if event.input.id != "handler":
            return
        event.stop()
        queue, chosen = self.queue, self.chosen()
        if queue is None or not chosen or not event.value.strip():
            return
        where = Filter(ids=frozenset(m.message_id for m in chosen))
        self._handler = handler = event.value.strip()
        action = Process(queue, handler, ProcessOptions(where=where), self._held(chosen))
        text = (
            f"Run {handler}",
            f"over {_count(chosen)} of {queue.name}: {self.chosen_words()}.",
            f"What it has done is deleted, what fails stays. {self._undo()}",
        )
        self._ask_about(chosen, "Process", text, action)

    def _too_many_to_copy(self) -> int | None:
        """The most messages that are copied, where a purge would have to copy more."""
        from console.operations.passing import MOST_HELD

        counts = self._counts(self._which)
        copies = self.console.backstage.keeps_bodies
        return MOST_HELD if copies and counts is not None and counts.visible > MOST_HELD else None

    def _undo(self) -> str:
        if self.console.backstage.keeps_bodies:
            return "The journal keeps copies: Activity brings them back."
        return "The journal keeps NO copies (journal.bodies = false): this cannot be undone."

    def _counts(self, which: str) -> QueueCounts | None:
        snapshot = self.console.snapshot
        source = None if snapshot is None else snapshot.dlq if which == "dlq" else snapshot.queue
        return source.value.counts if source is not None and source.value is not None else None

    def _about(self, which: str) -> str:
        counts = self._counts(which)
        if counts is None:
            return "count not known"
        return (
            f"about {counts.visible:,} visible, {counts.in_flight:,} in flight, "
            f"{counts.delayed:,} delayed"
        )

    def _held(self, chosen: list[Message]) -> tuple[Message, ...]:
        return tuple(m for m in chosen if m.message_id in self.reading.held)

    def _ask_about(
        self, chosen: list[Message], does: str, text: tuple[str, ...], action: Action
    ) -> None:
        """Confirm what is done to the chosen messages; what is not held has to be received for it
        first, which is told, or refused where the budget withholds it."""
        released = len(chosen) - len(self._held(chosen))
        plan = self.reading.plan
        if released and plan is not None and plan.refusal is not None:
            told = self.shown(without_option(plan.refusal), limit=400)
            self.console.say(f"{does} is withheld. {told} {HOLD_FIRST}", severity="warning")
            self._plan()
            return
        cost = (self._finding(released),) if released else ()
        self._ask(f"{does}?", (*text, *cost), does, action)

    def _finding(self, released: int) -> str:
        """What it costs to find again messages that are not held."""
        plan = self.reading.plan
        who = "it" if released == 1 else "them"
        upto = "" if plan is None else f", up to about {plan.visible:,}"
        if plan is None:
            cost = "It may cost each an attempt."
        elif plan.max_receive_count is None:
            cost = "Without a redrive policy that costs no attempt."
        else:
            cost = f"It costs each 1 of {plan.max_receive_count} attempts."
        return f"To find {who}, messages of the queue are received again{upto}. {cost}"

    def _ask(
        self,
        title: str,
        text: tuple[str, ...],
        yes: str,
        action: Action,
        *,
        typed: QueueRef | None = None,
        command: str | None = None,
    ) -> None:
        """Confirm in numbers; with the queue's name typed for everything, and in production."""
        queue = self.queue
        if not self._may_act or queue is None:
            self.console.say("Not now: read-only, or an operation is running.", severity="warning")
            return
        of = typed or (queue if self.pipeline.mode.production else None)
        name = None if of is None else of.name

        def answered(go: bool | None) -> None:
            if go and self._may_act:
                self.console.start_work(action)
                self.update_keys()

        self.app.push_screen(asking(title, text, yes, name, command), answered)

    def show_work(self) -> None:
        """What is under way moves; what is over changes what is here."""
        work = self.console.work
        self.query_one(WorkLine).show_work(work)
        if work is not None and work.over:
            self._forget_gone()
            self._plan()
            self.redraw()
        self.update_keys()

    def _forget_gone(self) -> None:
        """Ask the journal which messages are gone, so that no row stays for them."""
        report = self.console.work.report if self.console.work is not None else None
        if report is None:
            return
        from console.tui.notices import EntriesRead

        backstage, identifier = self.console.backstage, report.operation_id
        self.in_background(
            "gone", lambda ticket: EntriesRead(ticket, backstage.entries(identifier))
        )

    def on_entries_read(self, notice: object) -> None:
        """The journal said what became of the messages."""
        from console.tui.notices import EntriesRead

        assert isinstance(notice, EntriesRead)
        if not self.is_newest(notice):
            return
        gone = {e.subject for e in notice.entries if e.outcome in ("moved", "deleted", "done")}
        for reading in self._readings.values():
            reading.remove(gone)
        self.reading_began()
        self.marked().difference_update(gone)
        self.redraw()
        self.update_keys()


def _options(chosen: list[Message]) -> MoveOptions:
    return replace(
        MoveOptions(), where=Filter(ids=frozenset(m.message_id for m in chosen)), hold=True
    )


def _count(chosen: list[Message]) -> str:
    return "1 message" if len(chosen) == 1 else f"{len(chosen):,} messages"
