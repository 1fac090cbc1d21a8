"""Operators of a model file that nobody here knows: all of them, and what to do about them."""

from __future__ import annotations

from costcalc.errors import CostcalcError, Source
from costcalc.importers import LEFT_OUT, constants
from costcalc.importers.live import CHOOSING, way_out
from costcalc.importers.operators import HANDLERS
from costcalc.importers.records import ModelFile, Node
from costcalc.safe_text import shortened, visible


def require_known(file: ModelFile, source: Source) -> None:
    """Raise `CostcalcError` for operators that nobody here knows, all of them."""
    unknown: dict[str, list[Node]] = {}
    for node in file.nodes:
        if node.kind in LEFT_OUT:
            continue
        if node.kind not in HANDLERS and node.kind not in (*constants.FUNCTIONS, "If"):
            unknown.setdefault(node.kind, []).append(node)
    if unknown:
        listed = [
            f"  {len(nodes)} {visible(shortened(kind))}: "
            + ", ".join(visible(shortened(n.name or n.outputs[0])) for n in nodes[:3])
            + (", …" if len(nodes) > 3 else "")
            for kind, nodes in sorted(unknown.items(), key=lambda item: -len(item[1]))
        ]
        raise CostcalcError(
            "operators that are not counted here\n"
            + "\n".join(listed)
            + "\n"
            + way_out(next((one for one in unknown if one in CHOOSING), next(iter(unknown)))),
            source.shown,
        )
