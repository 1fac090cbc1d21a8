"""A picture as a Mermaid flowchart, which GitHub, GitLab and many editors show in Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import count

from costcalc.drawing.box import Box
from costcalc.drawing.picture import Picture, kind, percent, title
from costcalc.report.drawing.scale import Scale
from costcalc.report.drawing.words import heading
from costcalc.safe_text import visible

MOST_EDGES, MOST_LETTERS = 500, 50_000
"""More than that Mermaid draws only where somebody has raised its limits; GitHub has not."""
_SPECIAL = '#"&<>`%;\\'
"""What means something in a label: as the code of its character it does not."""


def render(pictures: Sequence[Picture]) -> str:
    """A flowchart of all boxes: frames are subgraphs, colours those of the other formats.

    Args:
        pictures: one or several networks.

    Returns:
        A Mermaid diagram, its title in front matter.
    """
    scale = Scale.of(pictures)
    names = visible(", ".join(made.network.spec.name for made in pictures))
    legend = f"share of {pictures[0].costs.head}: white 0 %, darkest {percent(scale.most)}"
    lines = ["---", f"title: {json.dumps(f'{names}: {legend}')}", "---", "flowchart TD"]
    numbers = count()
    for made in pictures:
        if len(pictures) > 1:
            lines.append(f"  subgraph s{next(numbers)}[{_label(*heading(made))}]")
        lines += _network(made, scale, numbers, "    " if len(pictures) > 1 else "  ")
        if len(pictures) > 1:
            lines.append("  end")
    return "\n".join(lines) + "\n"


def limits(pictures: Sequence[Picture]) -> list[str]:
    """What is said of a diagram that is larger than Mermaid draws as it comes."""
    edges, letters = sum(len(made.edges) for made in pictures), len(render(pictures))
    if edges <= MOST_EDGES and letters <= MOST_LETTERS:
        return []
    return [
        f"{edges:,} edges and {letters:,} characters: Mermaid draws {MOST_EDGES:,} and"
        f" {MOST_LETTERS:,} where nobody has raised its maxEdges and maxTextSize"
    ]


def _network(made: Picture, scale: Scale, numbers: Iterator[int], indent: str) -> Iterator[str]:
    ids: dict[str, str] = {}
    for box in made.boxes:
        yield from _box(made, box, scale, numbers, ids, indent)
    for edge in made.edges:
        yield f"{indent}{ids[edge.source]} --> {ids[edge.target]}"


def _box(
    made: Picture, box: Box, scale: Scale, numbers: Iterator[int], ids: dict[str, str], indent: str
) -> Iterator[str]:
    if box.inside:
        said = " ".join([title(box), kind(box), made.share(box)])
        yield f"{indent}subgraph s{next(numbers)}[{_label(said)}]"
        for inner in box.inside:
            yield from _box(made, inner, scale, numbers, ids, indent + "  ")
        yield f"{indent}end"
        return
    ids[box.key] = number = f"n{next(numbers)}"
    name = f"{title(box)} {kind(box)}".strip()
    if not box.layers:
        yield f"{indent}{number}([{_label(f'{name} {box.shape}')}])"
        return
    opening, closing = ("[[", "]]") if box.times > 1 else ("(", ")") if box.kind == "block" else (
        "[", "]"
    )  # fmt: skip
    yield f"{indent}{number}{opening}{_label(name, f'{box.shape} · {made.share(box)}')}{closing}"
    share = made.costs.share(box.layers)
    yield f"{indent}style {number} fill:{scale.colour(share)},color:{scale.ink(share)}"


def _label(*lines: str) -> str:
    """Lines as a quoted label in which every character is itself."""
    return '"' + "<br>".join("".join(map(_letter, line)) for line in lines) + '"'


def _letter(letter: str) -> str:
    return f"#{ord(letter)};" if letter in _SPECIAL else letter
