"""The one language of cells, filters, budgets, conventions' rules and claims' formulas.

`tokens` are its words, `grammar` makes a `tree` of them; `exact` computes with numbers, `columns`
with many at once, `kinds` says what is a number and what is not before anything is computed.
"""

from costcalc.language.expressions.exact import (
    Environment,
    StructureDiffers,
    Truth,
    decided,
    say,
    single_value,
)
from costcalc.language.expressions.expression import Expression
from costcalc.language.expressions.tokens import STRIDE, WINDOW

__all__ = [
    "STRIDE",
    "WINDOW",
    "Environment",
    "Expression",
    "StructureDiffers",
    "Truth",
    "decided",
    "say",
    "single_value",
]
