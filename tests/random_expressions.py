"""Random expressions, and what the evaluator of single configurations says of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from costcalc.errors import Mark, Source, SpecError
from costcalc.language.expressions import Expression
from costcalc.language.expressions.exact import Evaluation
from costcalc.language.expressions.tree import Logic, Node, Opposite

NUMBERS = st.sampled_from([
    "0", "1", "2", "3", "7", "10", "100", "0.1", "0.3", "0.25", ".5", "33%", "1.5K", "150M", "1KiB",
    "1e3", "1e-2", "3x3", "2_000_000", "9223372036854775807", "99999999999999999999",
    "0.30000000000000000001",
])  # fmt: skip


def numbers(names: list[str]) -> st.SearchStrategy[str]:
    """Texts that are numbers."""
    few = NUMBERS.filter(lambda text: "x" not in text)
    return st.recursive(
        st.one_of(st.sampled_from(names), few),
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from("+-*/%"), inner),
            st.builds("({} // {})".format, inner, inner),
            st.builds("(-{})".format, inner),
            st.builds("{}({})".format, st.sampled_from(["floor", "ceil", "round"]), inner),
            st.builds("{}({}, {})".format, st.sampled_from(["min", "max", "divisible"]), inner,
                      inner),
        ),
        max_leaves=5,
    )  # fmt: skip


def conditions(names: list[str], words: dict[str, list[str]]) -> st.SearchStrategy[str]:
    """Texts that are true or false, of at most 200 characters: `words` are columns of these."""
    number, ordered = numbers(names), st.sampled_from(["<", "<=", ">", ">="])
    equal = st.sampled_from(["==", "!="])
    leaves = [
        st.builds("{} {} {}".format, number, st.one_of(ordered, equal), number),
        st.builds("{} {} {} {} {}".format, number, ordered, number, ordered, number),
        st.builds("{} {} {}".format, st.sampled_from(names), equal, NUMBERS),
        *(
            st.builds(f"{name} {{}} '{{}}'".format, equal, st.sampled_from(values))
            for name, values in words.items()
        ),
    ]
    return st.recursive(
        st.one_of(leaves),
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
            st.builds("not ({})".format, inner),
        ),
        max_leaves=3,
    ).filter(lambda text: len(text) <= 200)


def parsed(text: str) -> Expression:
    """The expression of a text."""
    return Expression(text, Mark(Source("--where", text), 0, 0, len(text)))


def holds(expression: Expression, row: dict[str, Any], node: Node | None = None) -> bool:
    """Whether one row is kept, by the evaluator that computes with single exact numbers.

    A comparison in which something is divided by zero is false.
    """
    node = expression.root if node is None else node
    if isinstance(node, Opposite):
        return not holds(expression, row, node.operand)
    if isinstance(node, Logic):
        found = [holds(expression, row, part) for part in node.parts]
        return all(found) if node.sign == "and" else any(found)
    try:
        return Evaluation(expression, row, None).truth(node)
    except SpecError as error:
        assert error.message == "division by zero"
        return False


def number_of(expression: Expression, row: dict[str, Any]) -> Fraction | None:
    """The number of one row, None where something is divided by zero."""
    try:
        return Fraction(Evaluation(expression, row, None).number(expression.root))
    except SpecError as error:
        assert error.message == "division by zero"
        return None
