"""`--where`, `--sort` and `--pareto`: expressions over the columns of rows."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.errors import Mark, Source
from costcalc.language.expressions import Expression
from costcalc.language.expressions import columns as rowwise
from costcalc.language.expressions.grammar import parse_several
from costcalc.language.expressions.kinds import NUMBER, TRUTH, WORD, Kind, require_kind
from costcalc.language.expressions.tree import (
    Comparison,
    Literal,
    Negative,
    Node,
    divisor,
    walk,
)
from costcalc.numbers.arrays import Truths
from costcalc.sweeps.order import Key
from costcalc.sweeps.schema import Field

_USES = {"condition": (TRUTH,), "cost": (NUMBER,), "key": (NUMBER, WORD, TRUTH)}
"""What an expression may be, by what it is used as."""
_KINDS = {"boolean": TRUTH, "integer": NUMBER, "decimal": NUMBER, "word": WORD}


class Filter(Expression):
    """An expression over columns: hyperparameters, metrics, and whatever rows bring along."""

    def __init__(self, text: str, option: str, root: Node | None = None) -> None:
        """Parse; a `root` is a part of the text, parsed already.

        Raises `SpecError`, whose place is in the option, for what is no expression.
        """
        super().__init__(text, Mark(Source(option, text), 0, 0, len(text)), root)
        self.option = option

    @classmethod
    def several(cls, text: str, option: str) -> tuple[Filter, ...]:
        """The expressions of a text with commas between them."""
        mark = Mark(Source(option, text), 0, 0, len(text))
        return tuple(cls(text, option, root) for root in parse_several(text, mark))

    def without_minus(self) -> Filter | None:
        """What a minus stands before, None without one: so words can be put in reverse order."""
        root = self.root
        return Filter(self.text, self.option, root.operand) if isinstance(root, Negative) else None

    def divided_by_zero(self) -> dict[str, Filter]:
        """By its text each division within, and where it has no value since it is by zero."""
        found = {}
        for node in walk(self.root):
            by = divisor(node)
            if by is not None and not (isinstance(by, Literal) and by.value):
                is_zero = Comparison(["=="], [by, Literal(by.end, by.end, 0)])
                found[self.written(node)] = Filter(self.text, self.option, is_zero)
        return found

    def check(self, fields: Mapping[str, Field], use: str) -> None:
        """Raise `SpecError` where columns hold something else than they are used as.

        A "condition" is to be true or false, a "cost" a number, a "key" a number, a word or a
        truth value. A column that is not among the fields is what some other network has.
        """
        kinds = {name: Kind(_KINDS[field.kind], field.length) for name, field in fields.items()}
        require_kind(self, kinds, _USES[use])

    def __call__(self, columns: rowwise.Columns) -> Key:
        """The value of the expression in every row, as `columns.values` gives it."""
        found: Key = rowwise.values(self, columns)
        return found

    def holds(self, columns: rowwise.Columns) -> Truths:
        """Whether the expression is true in every row; what has no value is not."""
        found: Truths = rowwise.truths(self, columns)
        return found
