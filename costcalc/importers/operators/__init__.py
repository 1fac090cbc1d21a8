"""How each operator of ONNX is written as rows."""

from costcalc.importers.operators import (
    attention,
    einsum,
    elementwise,
    fused,
    joins,
    norms,
    parts,
    products,
    quantised,
    reductions,
    sizes,
    views,
    windows,
)
from costcalc.importers.operators.registry import HANDLERS

__all__ = [
    "HANDLERS",
    "attention",
    "einsum",
    "elementwise",
    "fused",
    "joins",
    "norms",
    "parts",
    "products",
    "quantised",
    "reductions",
    "sizes",
    "views",
    "windows",
]
