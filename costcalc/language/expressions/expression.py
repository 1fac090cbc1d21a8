"""An expression: its text, where it stands, its tree, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from costcalc.errors import Mark, SpecError, suggest
from costcalc.language import limits
from costcalc.language.expressions.exact import Environment, Evaluation, known_names
from costcalc.language.expressions.grammar import parse
from costcalc.language.expressions.tokens import inside
from costcalc.language.expressions.tree import Comparison, Name, Node, children, walk


class Expression:
    """A parsed expression; `evaluate` may be called with many environments.

    >>> from costcalc.errors import Source
    >>> text = "floor(alpha * 32)"
    >>> Expression(text, Source("net.yaml", text).mark(0)).evaluate({"alpha": Fraction(1, 2)})
    16
    """

    __slots__ = ("mark", "names", "root", "text")

    def __init__(self, text: str, mark: Mark, root: Node | None = None) -> None:
        """Parse the text that stands at a mark; a `root` is a part of it, parsed already.

        Raises `SpecError` at what is no expression.
        """
        self.text, self.mark = text, mark
        self.root = parse(text, mark) if root is None else root
        self.names = {node.name for node in walk(self.root) if isinstance(node, Name)}

    def evaluate(self, environment: Environment) -> Any:
        """The value: an exact number, a window, a truth value or a word.

        Raises `SpecError` at the part that is wrong: an unknown name, a division by zero, a
        word where a number belongs, a number beyond the limit.
        """
        return Evaluation(self, environment, limits.NUMBER).value(self.root)

    def measure(self, environment: Environment) -> int | Fraction:
        """The number that facts of a network give, however large they are.

        Raises `SpecError` as `evaluate` does, and where it is no number.
        """
        return Evaluation(self, environment, None).number(self.root)  # type: ignore[no-any-return]

    def require(self, known: Iterable[str], what: str = "names") -> None:
        """Raise `SpecError` at the first name that is not known."""
        for node in walk(self.root):
            for part in children(node):
                if isinstance(part, Name) and part.name not in known:
                    raise self.unknown(part, known, what, isinstance(node, Comparison))
        if isinstance(self.root, Name) and self.root.name not in known:
            raise self.unknown(self.root, known, what)

    def written(self, node: Node) -> str:
        """A part as it is written."""
        return self.text[node.start : node.end]

    def at(self, node: Node) -> Mark:
        """Where a part stands."""
        return inside(self.mark, self.text, node.start, node.end)

    def error(self, message: str, node: Node, at: Node | None = None, hint: str = "") -> SpecError:
        """What is wrong with a part (shown `at` another one)."""
        return SpecError(f"'{self.written(node)}' {message}", self.at(at or node), hint)

    def unknown(
        self, node: Name, known: Iterable[str], what: str = "names", compared: bool = False
    ) -> SpecError:
        """The error about a name that nothing has; a word that is `compared` needs quotes."""
        names = known_names(known)
        hint = suggest(node.name, names, what) if names else "write a number: 150M, 250KB, 0.5"
        if names and compared and not hint.startswith("did you mean"):
            hint = f"a word is quoted: '{node.name}'; {hint}"
        error = SpecError(f"unknown name '{node.name}'", self.at(node), hint)
        error.unknown = node.name
        return error
