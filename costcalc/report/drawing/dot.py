"""A picture as DOT, for Graphviz and what else lays graphs out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from costcalc.drawing.box import Box
from costcalc.drawing.picture import Picture, kind, percent, title
from costcalc.report.drawing.scale import Scale
from costcalc.report.drawing.words import about, heading
from costcalc.safe_text import visible


def render(pictures: Sequence[Picture]) -> str:
    """A graph of all boxes: frames are clusters, colours those of the other formats.

    Args:
        pictures: one or several networks.

    Returns:
        DOT, every name quoted.
    """
    scale = Scale.of(pictures)
    names = ", ".join(made.network.spec.name for made in pictures)
    lines = [
        f"digraph {_quoted(visible(names))} {{",
        "  rankdir=TB; labelloc=t; fontname=Helvetica; compound=true;",
        '  node [shape=box, style="filled", fontname=Helvetica, fontsize=11, color="#4c5a6b"];',
        '  edge [color="#7d8896"];',
    ]
    numbers = count()
    legend = f"share of {pictures[0].costs.head}: white 0 %, darkest {percent(scale.most)}"
    if len(pictures) == 1:
        lines.append(f"  label={_quoted(*heading(pictures[0]), legend)};")
        lines += _network(pictures[0], scale, numbers, "  ")
    else:
        lines.append(f"  label={_quoted(legend)};")
        for made in pictures:
            lines.append(f"  subgraph cluster_{next(numbers)} {{")
            lines.append(f'    style=""; label={_quoted(*heading(made))};')
            lines += _network(made, scale, numbers, "    ")
            lines.append("  }")
    return "\n".join([*lines, "}\n"])


def _network(made: Picture, scale: Scale, numbers: Iterator[int], indent: str) -> Iterator[str]:
    ids: dict[str, str] = {}
    for box in made.boxes:
        yield from _box(made, box, scale, numbers, ids, indent)
    for edge in made.edges:
        tip = _quoted(str(edge.shape))
        yield f"{indent}{ids[edge.source]} -> {ids[edge.target]} [tooltip={tip}];"


def _box(
    made: Picture, box: Box, scale: Scale, numbers: Iterator[int], ids: dict[str, str], indent: str
) -> Iterator[str]:
    if box.inside:
        yield f"{indent}subgraph cluster_{next(numbers)} {{"
        head = " ".join([title(box), kind(box), made.share(box)])
        yield f'{indent}  style=dashed; color="#a9b4c0"; label={_quoted(head)};'
        for inner in box.inside:
            yield from _box(made, inner, scale, numbers, ids, indent + "  ")
        yield f"{indent}}}"
        return
    ids[box.key] = f"n{next(numbers)}"
    said = [f"{title(box)} {kind(box)}".strip(), str(box.shape)]
    look = 'style="filled,rounded", fillcolor="#ffffff"'
    if box.layers:
        share = made.costs.share(box.layers)
        said[-1] += f"  {made.share(box)}"
        style = "filled,rounded" if box.kind == "block" else "filled"
        look = f'style="{style}", fillcolor="{scale.colour(share)}", fontcolor="{scale.ink(share)}"'
        look += ", peripheries=2" if box.times > 1 else ""
    tip = _quoted(*about(made, box).split("\n"))
    yield f"{indent}{ids[box.key]} [label={_quoted(*said)}, {look}, tooltip={tip}];"


def _quoted(*lines: str) -> str:
    """Lines as one string of DOT: a backslash would begin an escape, a quote end it."""
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
