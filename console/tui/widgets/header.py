"""The header: which pipeline this is, as whom, in what mode, and how fresh the figures are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from console.text import human_age
from console.tui.words import ago, identity_name, middle, shown

if TYPE_CHECKING:
    from datetime import datetime

    from console.models.pipeline import Mode, Pipeline
    from console.models.status import Source, StatusSnapshot
    from console.tui.backstage import Names

_WIDE = 110


@dataclass(frozen=True, slots=True)
class HeaderState:
    """All that the header shows. `trouble` is the reason why there is no connection."""

    names: Names
    pipeline: Pipeline | None
    snapshot: StatusSnapshot | None
    now: datetime
    trouble: str | None = None
    paused: bool = False
    redacted: bool = False
    slowed: str | None = None


class PipelineHeader(Static):
    """Two lines on top of every screen."""

    DEFAULT_CSS = """
    PipelineHeader {
        dock: top;
        width: 100%;
        height: 2;
        padding: 0 1;
        background: $panel;
        color: $foreground;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        &.-production { background: $error-muted; }
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._state: HeaderState | None = None
        self._shown: Content | None = None

    def show(self, state: HeaderState) -> None:
        """Draw a state; cheap when nothing that is seen has changed."""
        self._state = state
        self.set_class(_mode(state).production, "-production")
        content = self._content(state)
        if self._shown is None or not content.is_same(self._shown):
            self._shown = content
            self.update(content)

    def on_resize(self) -> None:
        """Draw again for the new width."""
        if self._state is not None:
            self.show(self._state)

    def _content(self, state: HeaderState) -> Content:
        # Before the first layout there is no width of its own yet.
        width = max(20, (self.size.width or self.app.size.width) - 2)
        flags = self._flags(state)
        # The mode must be seen, so the name gives way to it.
        room = width - flags.cell_length - 2 if flags.cell_length else width
        first = _spread(self._title(state, width, room), flags, width)
        second = _spread(self._where(state, width), self._freshness(state, width), width)
        return Content("\n").join([first, second])

    def _title(self, state: HeaderState, width: int, room: int) -> Content:
        mode = _mode(state)
        name = state.pipeline.name if state.pipeline else state.names.title
        room = max(10, room - len(mode.label) - (14 if mode.production else 0) - 2)
        parts: list[Content | tuple[str, str]] = []
        if mode.production:
            parts.append((" PRODUCTION ", "bold $background on $error"))
            parts.append(("  ", ""))
        parts.append((middle(shown(self, name), min(room, 60)), "bold"))
        parts.append((f"  {mode.label}", "$text-warning" if not mode.read_only else "$text-muted"))
        if width > _WIDE and state.pipeline is not None:
            known = (state.pipeline.bucket, state.pipeline.queue and state.pipeline.queue.name)
            way = " → ".join(middle(shown(self, n), 40) for n in known if n and n != name)
            parts.append((f"   {way}", "$text-muted"))
        return Content.assemble(*parts)

    def _flags(self, state: HeaderState) -> Content:
        flags: list[Content] = []
        if state.paused:
            flags.append(Content.styled(" PAUSED ", "bold $background on $warning"))
        if state.redacted:
            flags.append(Content.styled("REDACTED", "bold $text-accent"))
        endpoint = state.pipeline.endpoint_url if state.pipeline else state.names.endpoint_url
        if endpoint:
            where = shown(self, endpoint.split("://", 1)[-1])
            flags.append(Content.styled(f"endpoint {middle(where, 30)}", "$text-accent"))
        return Content("  ").join(flags)

    def _where(self, state: HeaderState, width: int) -> Content:
        if state.pipeline is None:
            named = [n for n in (state.names.bucket, state.names.queue) if n]
            arrow = " → ".join(middle(shown(self, name), max(12, width // 3)) for name in named)
            return Content.styled(arrow or "nothing named", "$text-muted")
        identity = state.pipeline.identity
        account = identity.account if identity else "account unknown"
        who = identity_name(identity.arn) if identity else "identity unknown"
        room = max(10, width - 16 - len(state.pipeline.region) - (56 if width > _WIDE else 38))
        return Content.assemble(
            shown(self, state.pipeline.region or "region unknown", limit=20),
            ("  ", ""),
            shown(self, account),
            ("  ", ""),
            (middle(shown(self, who), room), "$text-muted"),
        )

    def _freshness(self, state: HeaderState, width: int) -> Content:
        if state.trouble is not None:
            return Content.styled(f"✗ {shown(self, state.trouble)}", "$text-error")
        if state.pipeline is None:
            return Content.styled("connecting…", "$text-accent")
        if state.slowed:
            return Content.styled(f"! {state.slowed}", "$text-warning")
        snapshot = state.snapshot
        long = width > _WIDE
        counts = snapshot.queue if snapshot else None
        metrics = snapshot.metrics if snapshot else None
        return Content.assemble(
            _age("SQS counts" if long else "SQS", counts, state.now),
            ("  ", ""),
            _age("CloudWatch metrics" if long else "CloudWatch", metrics, state.now),
        )


def _mode(state: HeaderState) -> Mode:
    return state.pipeline.mode if state.pipeline else state.names.mode


def _age(label: str, source: Source[object] | None, now: datetime) -> Content:
    if source is None or (source.at is None and source.error is None):
        return Content.styled(f"{label} …", "$text-muted")
    if source.error is None and source.at is not None:
        return Content.styled(f"{label} {ago(source.at, now)}", "$text-muted")
    if source.at is None or source.value is None:
        return Content.styled(f"{label} ? unknown", "$text-warning")
    age = human_age((now - source.at).total_seconds())
    return Content.styled(f"{label} ! stale {age}", "$text-warning")


def _spread(left: Content, right: Content, width: int) -> Content:
    """Both ends of a line; the right end wins where they do not fit side by side."""
    gap = width - left.cell_length - right.cell_length
    if gap >= 2:
        return Content.assemble(left, " " * gap, right)
    if not right.cell_length:
        return left.truncate(width, ellipsis=True)
    room = max(0, width - right.cell_length - 2)
    return Content.assemble(left.truncate(room, ellipsis=True, pad=True), "  ", right)
