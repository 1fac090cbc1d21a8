"""`--where`, `--sort` and `--pareto`: expressions over the columns of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from costcalc.errors import Mark, Source
from costcalc.language.expressions import Expression
from costcalc.language.expressions import columns as rowwise
from costcalc.language.expressions.grammar import parse_several
from costcalc.language.expressions.kinds import NUMBER, TRUTH, WORD, Kind, require_kind
from costcalc.language.expressions.tree import Negative, Node
from costcalc.numbers.arrays import Truths
from costcalc.sweeps.order import Key
from costcalc.sweeps.schema import Field

_USES = {"condition": (TRUTH,), "cost": (NUMBER,), "key": (NUMBER, WORD, TRUTH)}
"""What an expression may be, by what it is used as."""
_KINDS = {"boolean": TRUTH, "integer": NUMBER, "decimal": NUMBER, "word": WORD}


class Filter:
    """An expression over columns: hyperparameters, metrics, and whatever rows bring along."""

    def __init__(self, text: str, option: str, root: Node | None = None) -> None:
        """Parse; a `root` is a part of the text, parsed already.

        Raises `SpecError`, whose place is in the option, for what is no expression.
        """
        mark = Mark(Source(option, text), 0, 0, len(text))
        self.expression = Expression(text, mark, root)
        self.option = option

    @classmethod
    def several(cls, text: str, option: str) -> tuple[Filter, ...]:
        """The expressions of a text with commas between them."""
        mark = Mark(Source(option, text), 0, 0, len(text))
        return tuple(cls(text, option, root) for root in parse_several(text, mark))

    def without_minus(self) -> Filter | None:
        """What a minus stands before, None without one: so words can be put in reverse order."""
        root = self.expression.root
        if not isinstance(root, Negative):
            return None
        return Filter(self.expression.text, self.option, root.operand)

    @property
    def names(self) -> set[str]:
        """The columns it needs."""
        return self.expression.names

    def require(self, known: Iterable[str]) -> None:
        """Raise `SpecError` for a name that is no column."""
        self.expression.require(set(known), "columns")

    def check(self, fields: Mapping[str, Field], use: str) -> None:
        """Raise `SpecError` where columns hold something else than they are used as.

        A "condition" is to be true or false, a "cost" a number, a "key" a number, a word or a
        truth value. A column that is not among the fields is what some other network has.
        """
        kinds = {name: Kind(_KINDS[field.kind], field.length) for name, field in fields.items()}
        require_kind(self.expression, kinds, _USES[use])

    def __call__(self, columns: rowwise.Columns) -> Key:
        """The value of the expression in every row, as `columns.values` gives it."""
        found: Key = rowwise.values(self.expression, columns)
        return found

    def holds(self, columns: rowwise.Columns) -> Truths:
        """Whether the expression is true in every row; what has no value is not."""
        found: Truths = rowwise.truths(self.expression, columns)
        return found
