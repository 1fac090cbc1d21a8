"""What `costcalc draw` says as data: boxes and edges, with the places they have in files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.drawing.box import Box
from costcalc.drawing.picture import Picture
from costcalc.report.document import Column, For
from costcalc.report.network import network_object, reference
from costcalc.report.result import Fact, Result, Table


def drawing_result(pictures: Sequence[Picture]) -> Result:
    """Every box: a line each in CSV, a list in every network's object in JSON."""
    costs = pictures[0].costs
    columns = [
        Column(key, key)
        for key in (
            "network", "key", "inside", "label", "type", "kind", "times", "output", "layers",
            "cost", "share", "x", "y", "width", "height",
        )
    ]  # fmt: skip
    rows = (
        {"network": reference(made.network), **row} for made in pictures for row in _boxes(made)
    )
    return Result(
        [],
        [Table(columns, rows, seen=For.CSV)],
        [Fact("by", costs.by), Fact("models", map(_model, pictures), For.JSON)],
    )


def _model(made: Picture) -> dict[str, Any]:
    sources = ({"source": e.source, "target": e.target, "shape": e.shape} for e in made.edges)
    return {
        **network_object(made.network),
        "total": made.costs.total,
        "width": round(made.width, 1),
        "height": round(made.height, 1),
        "boxes": _boxes(made),
        "edges": sources,
    }


def _boxes(made: Picture) -> Iterator[dict[str, Any]]:
    def rows(boxes: Sequence[Box], inside: str | None) -> Iterator[dict[str, Any]]:
        for box in boxes:
            yield {
                "key": box.key,
                "inside": inside,
                "label": box.label,
                "type": box.type,
                "kind": "frame" if box.inside else box.kind,
                "times": box.times,
                "output": box.shape,
                "layers": len(box.layers),
                "cost": made.costs.of(box.layers),
                "share": made.costs.share(box.layers),
                **{name: round(getattr(box, name), 1) for name in ("x", "y", "width", "height")},
            }
            yield from rows(box.inside, box.key)

    return rows(made.boxes, None)
