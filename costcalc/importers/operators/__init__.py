"""How each operator of ONNX is written as rows."""

from costcalc.importers.operators import (
    arithmetic,
    attention,
    concat,
    einsum,
    elementwise,
    fused,
    meeting,
    norms,
    parts,
    places,
    products,
    quantised,
    reductions,
    sizes,
    trained,
    views,
    windows,
)
from costcalc.importers.operators.registry import HANDLERS

__all__ = [
    "HANDLERS",
    "arithmetic",
    "attention",
    "concat",
    "einsum",
    "elementwise",
    "fused",
    "meeting",
    "norms",
    "parts",
    "places",
    "products",
    "quantised",
    "reductions",
    "sizes",
    "trained",
    "views",
    "windows",
]
