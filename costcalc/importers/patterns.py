"""Operators that exporters spell out in primitive nodes, recognised as the ones that they are.

A pattern is the operator's formula over ONNX's nodes. A small letter stands for any tensor, the
same one wherever it is written; `C` for a constant of more than one number, a number for a
constant of that value. `Product(…)` is a chain of multiplications (and divisions by numbers) in
any order; the inputs of `Add` and `Mul` may change places. So one line covers what exporters make
of one formula.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from costcalc.importers import eight_bits
from costcalc.importers.records import Constant, ModelFile, Node, Within
from costcalc.records import NamedTuple

DEVIATION = (
    "Reciprocal(Sqrt(Add(ReduceMean(Mul(Sub(x, ReduceMean(x)), Sub(x, ReduceMean(x)))), e)))"
)
"""One by the standard deviation, as TensorFlow's normalisations have it."""

IN_GROUPS = DEVIATION.replace("x", "Reshape(x, g)")
"""The same of groups of channels, as which a tensor is seen by sizes `g`."""

PATTERNS = [
    ("Reciprocal(x)", "Div(1, x)"),
    ("HardSigmoid(x)", "Product(Clip(Add(x, 3), 0, 6), 0.16666667)"),
    ("HardSwish(x)", "Product(x, Clip(Add(x, 3), 0, 6), 0.16666667)"),
    ("HardSwish(x)", "Mul(x, HardSigmoid(x))"),
    ("Swish(x)", "Mul(x, Sigmoid(x))"),
    ("Mish(x)", "Mul(x, Tanh(Softplus(x)))"),
    ("Sigmoid(x)", "Reciprocal(Add(1, Exp(Neg(x))))"),
    ("Softplus(x)", "Log(Add(Exp(x), 1))"),
    ("Gelu(x)", "Product(x, 0.5, Add(Erf(Product(x, 0.70710678)), 1))"),
    ("Gelu(x)", "Product(x, 0.5, Add(Tanh(Product(Add(x, Product(Pow(x, 3), 0.044715)),"
                " 0.79788456)), 1))"),
    ("Gelu(x)", "Product(x, 0.5, Add(Tanh(Product(Add(x, Product(x, x, x, 0.044715)),"
                " 0.79788456)), 1))"),
    ("QuickGelu(x)", "Product(x, Sigmoid(Product(x, 1.702)))"),
    ("Softmax(x)", "Div(Exp(Sub(x, ReduceMax(x))), ReduceSum(Exp(Sub(x, ReduceMax(x)))))"),
    ("Softmax(x)", "Div(Exp(x), ReduceSum(Exp(x)))"),
    ("Softmax(x)", "Where(IsNaN(Softmax(x)), n, Softmax(x))"),  # rows of which no key is seen
    ("LayerNormalization(x)", "Div(Sub(x, ReduceMean(x)), Sqrt(Add(ReduceMean("
                              "Pow(Sub(x, ReduceMean(x)), 2)), e)))"),
    ("LayerNormalization(x)", "Div(Sub(x, ReduceMean(x)), Sqrt(Add(ReduceMean("
                              "Mul(Sub(x, ReduceMean(x)), Sub(x, ReduceMean(x)))), e)))"),
    ("LayerNormalization(x)", "Mul(Sub(x, ReduceMean(x)), Reciprocal(Sqrt(Add(ReduceMean("
                              "Pow(Sub(x, ReduceMean(x)), 2)), e))))"),
    ("LayerNormalization(x)", "Mul(Sub(x, ReduceMean(x)), Reciprocal(Sqrt(Add(ReduceMean("
                              "Mul(Sub(x, ReduceMean(x)), Sub(x, ReduceMean(x)))), e))))"),
    ("LayerNormalization(x, s, b)", f"Add(Mul(x, Mul({DEVIATION}, s)),"
                                    f" Sub(b, Mul(ReduceMean(x), Mul({DEVIATION}, s))))"),
    ("LayerNormalization(x, s)", f"Add(Mul(x, Mul({DEVIATION}, s)),"
                                 f" Mul(Neg(ReduceMean(x)), Mul({DEVIATION}, s)))"),
    ("LayerNormalization(x, s, b)", f"Add(Mul(x, Mul({DEVIATION}, s)),"
                                    f" Add(Mul(Neg(ReduceMean(x)), Mul({DEVIATION}, s)), b))"),
    ("LayerNormalization(x, none, b)", f"Add(Mul(x, {DEVIATION}),"
                                       f" Add(Mul(Neg(ReduceMean(x)), {DEVIATION}), b))"),
    ("LayerNormalization(x)", f"Add(Mul(x, {DEVIATION}), Sub(0, Mul(ReduceMean(x), {DEVIATION})))"),
    ("LayerNormalization(x, none, b)", f"Add(Mul(x, {DEVIATION}),"
                                       f" Sub(b, Mul(ReduceMean(x), {DEVIATION})))"),
    ("LayerNormalization(x)", f"Add(Mul(x, {DEVIATION}), Mul(Neg(ReduceMean(x)), {DEVIATION}))"),
    ("GroupNormalization(x, s, b)", f"Add(Mul(x, Reshape(Mul({IN_GROUPS}, s), t)), Reshape(Add("
                                    f"Mul(Mul(ReduceMean(Reshape(x, g)), n),"
                                    f" Mul({IN_GROUPS}, s)), b), t))"),
    ("RMSNormalization(x)", "Mul(x, Reciprocal(Sqrt(Add(ReduceMean(Pow(x, 2)), e))))"),
    ("RMSNormalization(x)", "Mul(x, Reciprocal(Sqrt(Add(ReduceMean(Mul(x, x)), e))))"),
    ("RMSNormalization(x)", "Div(x, Sqrt(Add(ReduceMean(Pow(x, 2)), e)))"),
    ("RMSNormalization(x)", "Div(x, Sqrt(Add(ReduceMean(Mul(x, x)), e)))"),
    ("RMSNormalization(x, C)", "Mul(RMSNormalization(x), C)"),
    ("LayerNormalization(x, C)", "Mul(LayerNormalization(x), C)"),
    ("LayerNormalization(x, s, C)", "Add(LayerNormalization(x, s), C)"),
]  # fmt: skip
"""What each is, and how it is spelled out; a pattern may be of what others made before."""

COMMUTATIVE = ("Add", "Mul")
SAME = ("Identity", "QuantizeLinear", "DequantizeLinear")
CHAIN = "Product"
WHOLE, REDUCED, SPREAD = "in", "normalised", "spread"
"""How many elements a node is on: as an operator's input has, or means of it, or as these and what
they are scaled by have together, which the operator's axes tell."""
MOST = 12
"""The most factors of a chain that is looked at, and the most nodes that only change a type."""


class Pattern(NamedTuple):
    """A word with arguments; a letter or a number has none."""

    word: str
    arguments: tuple[Pattern, ...] = ()

    @property
    def number(self) -> float | None:
        """The value of a number, None for a word."""
        return float(self.word) if self.word[0].isdigit() else None

    @property
    def variable(self) -> bool:
        """Whether it stands for any tensor, or (C) for any constant."""
        return len(self.word) == 1 and self.word.isalpha()


@functools.cache
def table() -> dict[str, list[tuple[Pattern, Pattern]]]:
    """The patterns by the kind of their last node."""
    found: dict[str, list[tuple[Pattern, Pattern]]] = {}
    for made, written in PATTERNS:
        pattern = _read(written)
        kinds = ("Mul", "Div") if pattern.word == CHAIN else (pattern.word,)
        for kind in kinds:
            found.setdefault(kind, []).append((_read(made), pattern))
    return found


def _read(text: str) -> Pattern:
    """A pattern from its text."""
    stack: list[list[Pattern]] = [[]]
    words: list[str] = []
    for word, sign in re.findall(r"([\w.]+)|([(),])", text):
        if word:
            stack[-1].append(Pattern(word))
        elif sign == "(":
            words.append(stack[-1].pop().word)
            stack.append([])
        elif sign == ")":
            inside = tuple(stack.pop())
            stack[-1].append(Pattern(words.pop(), inside))
    return stack[0][0]


Bound = Mapping[str, str]
"""The tensor that each letter stands for."""


class Finder:
    """What matches in a graph: which node writes each tensor, and what is constant."""

    def __init__(self, file: ModelFile) -> None:
        self.constants = file.constants | eight_bits.numbers(file)
        nodes = map(eight_bits.plain, file.nodes)
        self.writers = {name: node for node in nodes for name in node.outputs[:1]}

    def rewrite(self, nodes: Sequence[Node]) -> list[Node]:
        """The nodes, of which each that ends a pattern is the operator that it spells out."""
        return [self._rewritten(node) for node in nodes]

    def _rewritten(self, file_node: Node) -> Node:
        node = start = eight_bits.plain(file_node)
        again = True
        while again:  # what was made may be a part of what follows
            again = False
            for made, pattern in table().get(node.kind, ()):
                for bound in self._node(pattern, node, {}):
                    if "g" in bound and not self._groups(bound):
                        continue
                    node = self._made(made, node, bound)
                    self.writers[node.outputs[0]] = node
                    again = True
                    break
                if again:
                    break
        return file_node if node is start else node

    def _made(self, made: Pattern, node: Node, bound: Bound) -> Node:
        inputs = tuple(bound.get(one.word, "") for one in made.arguments)
        sizes = {
            name: WHOLE
            for letter, name in bound.items()
            if letter == "x" or self._whatever_type(name) not in self.constants
        }
        attributes: dict[str, Any] = {"within": self._within(node.outputs[0], sizes)}
        axes = tuple(map(int, bound["axes"].split(","))) if "axes" in bound else (-1,)
        if made.word == "Softmax":
            attributes["axis"] = axes[0]
        elif made.word == "GroupNormalization":
            attributes["num_groups"] = self._groups(bound)
        elif "axes" in bound:
            attributes["axes"] = axes
        return replace(node, kind=made.word, inputs=inputs, attributes=attributes)

    def _groups(self, bound: Bound) -> int:
        """How many groups of channels a tensor is seen as, each normalised whole; 0 where it is not
        so."""
        said = self.constants.get(bound["g"])
        sizes = said.values if said is not None and said.values else ()
        whole = bound["axes"] == ",".join(map(str, range(2, len(sizes))))
        return int(sizes[1]) if whole else 0

    def _within(self, name: str, sizes: dict[str, str]) -> list[Within]:
        """The nodes that make a tensor of those whose `sizes` are known, each once."""
        node = self.writers.get(name)
        if node is None or name in sizes or name in self.constants:
            return []
        found = [one for read in node.inputs for one in self._within(read, sizes)]
        if sizes.keys().isdisjoint(node.inputs):  # of constants alone
            return []
        read = {sizes.get(one, self._spread(one)) for one in node.inputs}
        on = next((one for one in (WHOLE, SPREAD) if one in read), REDUCED)
        sizes[name] = REDUCED if node.kind.startswith("Reduce") else on
        within = node.attributes.get("within", [Within(WHOLE, node.kind, name)])
        return found + [one._replace(on=on) if one.on == WHOLE else one for one in within]

    def _spread(self, name: str) -> str:
        """How many elements a node is on by a constant that it reads beside means."""
        constant = self.constants.get(name)
        return SPREAD if constant is not None and math.prod(constant.shape) > 1 else REDUCED

    def _matches(self, pattern: Pattern, name: str, bound: Bound) -> Iterator[Bound]:
        """The ways in which a tensor is what a pattern says, whatever type it has between."""
        read, name = name, self._whatever_type(name)
        constant = self.constants.get(name)
        number = pattern.number
        if number is not None:
            if _scalar(constant) is not None and math.isclose(
                _scalar(constant) or 0.0, number, rel_tol=1e-3
            ):
                yield bound
        elif pattern.variable:
            if self._whatever_type(bound.get(pattern.word, name)) == name and (
                pattern.word != "C" or (constant is not None and math.prod(constant.shape) > 1)
            ):
                yield {**bound, pattern.word: name if constant is None else read}
        else:
            node = self.writers.get(name)
            if node is not None and node.attributes.get("ones"):
                yield from self._matches(pattern, node.inputs[0], bound)
            elif node is not None:
                yield from self._node(pattern, node, bound)

    def _whatever_type(self, name: str) -> str:
        """The tensor that one is, before its type was changed."""
        for _ in range(MOST):
            if name in self.constants or name not in self.writers:
                break
            if self.writers[name].kind not in SAME:
                break
            name = self.writers[name].inputs[0]
        return name

    def _node(self, pattern: Pattern, node: Node, bound: Bound) -> Iterator[Bound]:
        if pattern.word == CHAIN:
            yield from self._chain(pattern, node, bound)
            return
        if node.kind != pattern.word:
            return
        if node.kind.startswith("Reduce"):
            axes = self._axes(node)
            if axes is None or bound.get("axes", axes) != axes:
                return
            bound = {**bound, "axes": axes}
        elif node.kind in ("LayerNormalization", "RMSNormalization"):
            said = node.attributes.get("axes")
            if said:
                bound = {**bound, "axes": ",".join(map(str, said))}
            if len(node.inputs) != len(pattern.arguments):
                return
        elif node.kind == "Softmax":
            bound = {**bound, "axes": str(node.attributes.get("axis", -1))}
        orders = [tuple(node.inputs)]
        if node.kind in COMMUTATIVE and len(node.inputs) == 2:
            orders.append((node.inputs[1], node.inputs[0]))
        arguments = pattern.arguments
        if node.kind == "Clip" and self._clips(node, arguments):
            yield from self._matches(arguments[0], node.inputs[0], bound)
            return
        for inputs in orders:
            if node.kind.startswith("Reduce"):
                inputs = inputs[:1]
            if len(inputs) == len(arguments):
                yield from self._all(list(zip(arguments, inputs, strict=True)), bound)

    def _all(self, pairs: list[tuple[Pattern, str]], bound: Bound) -> Iterator[Bound]:
        if not pairs:
            yield bound
            return
        (pattern, name), *rest = pairs
        for found in self._matches(pattern, name, bound):
            yield from self._all(rest, found)

    def _axes(self, node: Node) -> str | None:
        said = node.attributes.get("axes")
        if said is None and len(node.inputs) > 1:
            constant = self.constants.get(node.inputs[1])
            said = constant.values if constant is not None else None
        return ",".join(str(axis) for axis in said) if said else None

    def _clips(self, node: Node, arguments: Sequence[Pattern]) -> bool:
        """Whether a clip's bounds, attributes or inputs, are the pattern's."""
        for place, name in ((1, "min"), (2, "max")):
            given = node.attributes.get(name)
            if given is None and place < len(node.inputs):
                given = _scalar(self.constants.get(node.inputs[place]))
            if given is None or given != arguments[place].number:
                return False
        return True

    def _chain(self, pattern: Pattern, node: Node, bound: Bound) -> Iterator[Bound]:
        """A product of factors in any order, numbers multiplied with one another."""
        factors, number = self._factors(node)
        wanted = [one for one in pattern.arguments if one.number is None]
        constant = math.prod(one.number for one in pattern.arguments if one.number is not None)
        if len(factors) != len(wanted) or not math.isclose(number, constant, rel_tol=1e-3):
            return
        if len(set(factors)) == 1:
            yield from self._all([(one, factors[0]) for one in wanted], bound)
            return
        for order in itertools.permutations(factors):
            yield from self._all(list(zip(wanted, order, strict=True)), bound)

    def _factors(self, node: Node) -> tuple[list[str], float]:
        """The tensors that are multiplied, and the product of the numbers among them."""
        factors: list[str] = []
        number = 1.0
        stack, met = [node], 0
        while stack:
            one = stack.pop()
            met += 1
            if met > MOST:  # a product of itself, again and again, has no end
                return [], 0.0
            for place, name in enumerate(map(self._whatever_type, one.inputs)):
                scalar = _scalar(self.constants.get(name))
                inner = self.writers.get(name)
                if scalar is not None:
                    if one.kind == "Div" and place == 0:
                        return [], 0.0
                    number *= scalar if one.kind == "Mul" else 1 / scalar if scalar else math.inf
                elif one.kind == "Div" and place == 1:
                    return [], 0.0
                elif inner is not None and self._goes_on(inner) and len(factors) < MOST:
                    stack.append(inner)
                else:
                    factors.append(name)
        return factors, number

    def _goes_on(self, node: Node) -> bool:
        """Whether a factor is a product itself, by a number or of tensors."""
        if node.kind == "Mul":
            return True
        return node.kind == "Div" and _scalar(self.constants.get(node.inputs[1])) is not None


def _scalar(constant: Constant | None) -> float | None:
    if constant is None or not constant.values or len(constant.values) != 1:
        return None
    return float(constant.values[0])


def recognised(file: ModelFile) -> list[Node]:
    """The nodes of a graph, spelled-out operators as one node each."""
    return Finder(file).rewrite(file.nodes)
