"""The pipeline as a flow: five stations and the health of each."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from console.tui.joints import Joint
from console.tui.words import MARKS, middle, shown

_SIDE_BY_SIDE = 124
_ARROW = "  ▶ "
_MOST_LINES = 9


class Flow(Static):
    """Side by side where there is room, else one below the other."""

    DEFAULT_CSS = """
    Flow { width: 100%; height: auto; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._joints: tuple[Joint, ...] = ()

    def show_joints(self, joints: tuple[Joint, ...]) -> None:
        """Draw these joints."""
        self._joints = joints
        self._draw()

    def on_resize(self) -> None:
        """Choose the layout for the new width."""
        self._draw()

    def _draw(self) -> None:
        width = max(40, (self.size.width or self.app.size.width) - 2)
        wide = width >= _SIDE_BY_SIDE
        self.update(self._boxes(width) if wide else self._ladder(width))

    def _ladder(self, width: int) -> Content:
        lines: list[Content] = []
        for index, joint in enumerate(self._joints):
            first = Content.assemble(
                ("  " if index == 0 else "▼ ", "$text-muted"),
                (f"{joint.station:<10}", "bold"),
                _state(joint),
            )
            room = width - first.cell_length - 2
            name = middle(shown(self, joint.name), max(12, min(room, 50)))
            first = Content.assemble(first, "  ", name)
            facts = "  ".join(shown(self, fact) for fact in joint.reasons)
            left = width - first.cell_length - 2
            if facts and (len(facts) <= left or left >= 30):
                lines.append(Content.assemble(first, "  ", (facts, "$text-muted")))
                continue
            lines.append(first)
            if facts:
                lines.append(
                    Content.assemble(("│ ", "$text-muted"), " " * 10, (facts, "$text-muted"))
                )
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines)

    def _boxes(self, width: int) -> Content:
        count = max(1, len(self._joints))
        inner = (width - (count - 1) * len(_ARROW)) // count - 4
        boxes = [self._box(joint, inner) for joint in self._joints]
        height = max((len(box) for box in boxes), default=0)
        rows: list[Content] = []
        for row in range(height + 2):
            gap = Content.styled(_ARROW, "$primary") if row == 2 else Content(" " * len(_ARROW))
            rows.append(gap.join(_edge(box, row, height, inner) for box in boxes))
        return Content("\n").join(rows)

    def _box(self, joint: Joint, inner: int) -> list[Content]:
        state = _state(joint)
        station = Content.styled(joint.station, "bold")
        gap = inner - station.cell_length - state.cell_length
        lines = [
            *([Content.assemble(station, " " * gap, state)] if gap > 0 else [station, state]),
            *(
                Content(middle(shown(self, joint.name), 2 * inner)).fold(inner)
                if joint.name
                else []
            ),
        ]
        for fact in (*joint.figures, *joint.reasons):
            lines += Content.styled(shown(self, fact, limit=4 * inner), "$text-muted").wrap(inner)
        return [
            line.rstrip().truncate(inner, ellipsis=True, pad=True) for line in lines[:_MOST_LINES]
        ]


def _state(joint: Joint) -> Content:
    symbol, _, style = MARKS[joint.state]
    return Content.styled(f"{symbol} {joint.word}", style)


def _edge(box: list[Content], row: int, height: int, inner: int) -> Content:
    if row == 0:
        return Content.styled(f"╭{'─' * (inner + 2)}╮", "$border")
    if row == height + 1:
        return Content.styled(f"╰{'─' * (inner + 2)}╯", "$border")
    line = box[row - 1] if row <= len(box) else Content(" " * inner)
    return Content.assemble(("│ ", "$border"), line, (" │", "$border"))
