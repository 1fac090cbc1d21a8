"""A picture as lines of text: a row a box, its tensors as rails beside it.

`●` is a box; a rail is a tensor that is still to be read. `├─╮` branches off, `├─╯` comes together.
"""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.drawing.box import Box, Edge
from costcalc.drawing.picture import Picture, kind, title
from costcalc.drawing.text import cells
from costcalc.records import NamedTuple
from costcalc.report.drawing.scale import Scale
from costcalc.report.drawing.words import heading
from costcalc.report.formats.fitting import wrap

WIDTH = 100
"""Of text that no terminal bounds."""
GAP = 2
BAR, LEAST_BAR = 24, 6
RAILS = 24
"""Columns that rails take at most; where more tensors pass by, `…` says so, or the box there."""
SHORTEST = 12
"""A name is cut to no less."""


class Line(NamedTuple):
    """One line: rails, and the box that stands there, if any."""

    rails: str
    box: Box | None
    depth: int = 0


def render(pictures: Sequence[Picture], width: int = WIDTH, colour: bool = False) -> str:
    """Networks one below the other.

    Args:
        pictures: one or several.
        width: columns that there are.
        colour: whether bars have the colours that boxes have in files.

    Returns:
        Lines of text, none wider where names allow it.
    """
    scale = Scale.of(pictures)
    parts = []
    for made in pictures:
        head = [line for said in heading(made) for line in wrap(said, width, "  ")]
        lines = [*head, "", *_rows(made, scale, width, colour)]
        parts.append("\n".join(line.rstrip() for line in lines))
    return "\n\n".join(parts) + "\n"


def railed(boxes: Sequence[Box], edges: Sequence[Edge]) -> list[Line]:
    """The lines of boxes: frames have one above what is in them."""
    lines: list[Line] = []
    rails = _Rails(edges)

    def add(siblings: Sequence[Box], depth: int) -> None:
        for box in siblings:
            if box.inside:
                lines.append(Line(rails.pass_by(), box, depth))
                add(box.inside, depth + 1)
                continue
            joint, own = rails.box(box.key)
            if joint:
                lines.append(Line(joint, None))
            lines.append(Line(own, box, depth))

    add(boxes, 0)
    return lines


def _bounded(rails: str, columns: int) -> str:
    """Rails within some columns; a box beyond them stands in the last."""
    if len(rails) <= columns:
        return rails
    return rails[: columns - 1] + ("●" if "●" in rails[columns - 1 :] else "…")


class _Rails:
    """The tensors that are still to be read, each in a column of its own."""

    def __init__(self, edges: Sequence[Edge]) -> None:
        self.readers: dict[str, set[str]] = {}
        self.reads: dict[str, list[str]] = {}
        for edge in edges:
            self.readers.setdefault(edge.source, set()).add(edge.target)
            self.reads.setdefault(edge.target, []).append(edge.source)
        self.rails: list[str | None] = []

    def pass_by(self) -> str:
        """The rails where nothing happens."""
        return " ".join("│" if rail else " " for rail in self.rails)

    def box(self, key: str) -> tuple[str, str]:
        """The line above a box, "" where the rails just go on, and the box's own."""
        comes = [self.rails.index(source) for source in self.reads.get(key, ())]
        for source in self.reads.get(key, ()):
            self.readers[source].discard(key)
        ends = [at for at in comes if not self.readers[self.rails[at] or ""]]
        free = (at for at, rail in enumerate(self.rails) if rail is None)
        at = min(ends) if ends else next(free, len(self.rails))
        joint = self._joint(at, comes, ends)
        for ended in ends:
            self.rails[ended] = None
        self.rails += [None] * (at + 1 - len(self.rails))
        own = " ".join(
            "●" if place == at else "│" if rail else " " for place, rail in enumerate(self.rails)
        )
        self.rails[at] = key if self.readers.get(key) else None
        while self.rails and self.rails[-1] is None:
            self.rails.pop()
        return joint, own.rstrip()

    def _joint(self, at: int, comes: Sequence[int], ends: Sequence[int]) -> str:
        """Lines from where tensors come to the place of the box."""
        others = [place for place in comes if place != at]
        if not others:
            return ""
        low, high = min(*others, at), max(*others, at)
        made = ""
        for place in range(max(high + 1, len(self.rails))):
            passes = place < len(self.rails) and self.rails[place] is not None
            left, right = place > low, place < high
            if not low <= place <= high:
                letter = "│" if passes else " "
            elif place == at:
                letter = _LETTERS[place in comes, True, left, right]
            elif place in others:
                letter = _LETTERS[True, place not in ends, left, right]
            else:
                letter = "┼" if passes else "─"
            made += letter + ("─" if low <= place < high else " ")
        return made.rstrip()


_LETTERS = {
    (True, True, False, True): "├", (True, True, True, False): "┤", (True, True, True, True): "┼",
    (True, False, False, True): "╰", (True, False, True, False): "╯",
    (True, False, True, True): "┴",
    (False, True, False, True): "╭", (False, True, True, False): "╮",
    (False, True, True, True): "┬",
}  # fmt: skip
"""By where lines go: up, down, left, right."""


def _rows(made: Picture, scale: Scale, width: int, colour: bool) -> list[str]:
    lines = railed(made.boxes, made.edges)
    rails = min(max((len(line.rails) for line in lines), default=0), RAILS)
    boxes = [line for line in lines if line.box is not None]
    names = [_indented(line) for line in boxes]
    shapes = max(len(str(line.box.shape)) for line in boxes if line.box)
    kinds = max(cells(kind(line.box)) for line in boxes if line.box)
    name = max(map(cells, names))
    fixed = rails + GAP + shapes + GAP + len("100.0 %")
    if fixed + GAP + name + GAP + kinds > width:
        kinds = 0
    room = width - fixed - GAP - (kinds + GAP if kinds else 0)
    name = min(name, max(SHORTEST, room))
    bar = min(BAR, width - fixed - GAP - name - GAP - (kinds + GAP if kinds else 0))
    made_lines = []
    for line in lines:
        drawn = _bounded(line.rails, rails)
        text = drawn.ljust(rails + GAP)
        if line.box is not None:
            text += _padded(_cut(_indented(line), name), name + GAP)
            text += _padded(kind(line.box), kinds + GAP) if kinds else ""
            text += str(line.box.shape).rjust(shapes)
            if line.box.layers:
                text += " " * GAP + made.share(line.box).rjust(7)
            if line.box.layers and not line.box.inside and bar >= LEAST_BAR:
                text += " " * GAP + _bar(made, line.box, scale, bar, colour)
        made_lines.append(text)
    return made_lines


def _indented(line: Line) -> str:
    assert line.box is not None
    mark = "▾ " if line.box.inside else ""
    return "  " * line.depth + mark + title(line.box)


def _cut(text: str, width: int) -> str:
    """Text of a width at most: of a longer one the beginning and the end."""
    if cells(text) <= width:
        return text
    first, last = text[: (width - 1) // 2], text[len(text) - width // 2 :]
    while cells(first) + 1 + cells(last) > width:
        first, last = first[:-1], last[1:]
    return f"{first}…{last}"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def _bar(made: Picture, box: Box, scale: Scale, width: int, colour: bool) -> str:
    share = made.costs.share(box.layers)
    eighths = round(8 * width * share / scale.most) if scale.most else 0
    bar = "█" * (eighths // 8) + (" ▏▎▍▌▋▊▉"[eighths % 8]).strip()
    if not colour or not bar:
        return bar
    import click

    hue = scale.colour(max(share, scale.most / 4))  # pale ones are not seen on white
    red, green, blue = (int(hue[at : at + 2], 16) for at in (1, 3, 5))
    return click.style(bar, fg=(red, green, blue))
