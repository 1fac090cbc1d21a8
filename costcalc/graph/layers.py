"""Rows of operators to layers: what an operator is given, what it becomes, and what follows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.errors import Mark, SpecError
from costcalc.graph import cells
from costcalc.graph.arguments import operator_arguments
from costcalc.graph.calls import Results
from costcalc.graph.compression import compression
from costcalc.graph.model import Layer
from costcalc.graph.scope import Scope
from costcalc.graph.tensors import Names, Tensor
from costcalc.language import limits
from costcalc.language.model import Cell, Join, Row
from costcalc.language.spec import Spec
from costcalc.numbers.conditions import ShapeError, require_everywhere
from costcalc.numbers.dimensions import Shape
from costcalc.numbers.symbol import value_of
from costcalc.ops import ACTIVATIONS, NORMS, OPERATORS

FOLLOWERS = {"norm": NORMS, "act": ACTIVATIONS}
"""The columns of what follows a layer, and the words that stand there."""


class Layers:
    """The layers of a network so far, and where each is written (`marks`).

    Equal layers share what is known of them, the `results`: None where not all is plain numbers.
    """

    def __init__(self, spec: Spec, names: Names, results: Results | None) -> None:
        self.spec, self.names, self.results = spec, names, results
        self.all: list[Layer] = []
        self.marks: list[Mark] = []
        self._followers = {
            operation: {column: said[column] for column in FOLLOWERS if column in said}
            for operation, said in spec.defaults.items()
        }

    def of_row(
        self, row: Row, given: dict[str, Cell], x: Tensor, name: str, scope: Scope
    ) -> Tensor:
        """Add the layers of a row that is an operator. Raises `SpecError` at what is wrong."""
        y = self.add(row, given, [x], name, scope)
        defaults = self._followers.get(row.operation.text)
        if defaults:
            given = {**defaults, **given}
        return self.followers(row, given, y, name, scope)

    def add(
        self, step: Row | Join, given: dict[str, Cell], xs: list[Tensor], name: str, scope: Scope
    ) -> Tensor:
        """Add the layer that a step is, of these tensors: `given` are its cells.

        Raises `SpecError` at what is wrong.
        """
        arguments = self._arguments(step, step.operation, given, xs[0], scope)
        called = step.operation
        return self._layer(called.text, called.mark, arguments, given, xs, name, scope)

    def followers(
        self, step: Row | Join, given: Mapping[str, Cell], y: Tensor, name: str, scope: Scope
    ) -> Tensor:
        """Add the normalisation and activation after a layer. Raises `SpecError` at a word."""
        for column, known in FOLLOWERS.items():
            cell = given.get(column)
            if cell is None:
                continue
            word = cells.word(cell, scope.at(y.shape))
            if word not in known:
                raise cells.unknown_word(word, cell, known, column)
            called = known[word]
            if called is not None:
                arguments: dict[str, Any] = {}
                if called in self.spec.defaults:  # none of them has to be told more
                    operation = Cell(called, False, cell.mark)
                    arguments = self._arguments(step, operation, {}, y, scope)
                y = self._layer(called, cell.mark, arguments, {}, [y], f"{name}/{called}", scope)
        return y

    def _arguments(
        self, step: Row | Join, operation: Cell, given: Mapping[str, Cell], x: Tensor, scope: Scope
    ) -> dict[str, Any]:
        defaults = self.spec.defaults.get(operation.text, {})
        scope.at(x.shape)
        return operator_arguments(step, operation, given, defaults, self.names, scope)

    def _layer(
        self,
        called: str,
        mark: Mark,
        arguments: Mapping[str, Any],
        given: Mapping[str, Cell],
        xs: list[Tensor],
        name: str,
        scope: Scope,
    ) -> Tensor:
        operator = OPERATORS[called]
        shapes = tuple([x.shape for x in xs])
        keep, bits, bias_bits, *shares = compression(given, scope)
        buffers = tuple(shares) if any(shares) else ()
        key = known = None
        if self.results is not None:
            key = called, shapes, *buffers, tuple(arguments), *arguments.values()
            known = self.results.get(key)
        if known is not None:
            arguments, output, facts = known
        else:
            try:
                output, facts = operator.of(*shapes, **arguments)
            except ShapeError as error:
                at = given.get(error.argument or "")
                raise SpecError(f"{name}: {error}", mark if at is None else at.mark) from None
            if buffers:
                facts = facts.with_buffers(*buffers)
            if output is not shapes[0]:
                _require_small(output, name, mark)
            if self.results is not None:
                self.results[key] = arguments, output, facts
        form = given.get("form")
        present = self.names.present
        self.marks.append(mark)
        self.all.append(
            Layer(
                name,
                operator,
                arguments,
                tuple([x.layer for x in xs]),
                shapes,
                output,
                facts if present is None else facts.where(present),
                scope.row.name if scope.row is not None else name,
                scope.block or name.partition("/")[0],
                keep,
                bits,
                bias_bits,
                self.spec.implementation.get(called, "module") if form is None else form.text,
                present=present,
                buffers=buffers,
            )
        )
        if scope.row is not None:
            scope.row.layers.append(len(self.all) - 1)
        return Tensor(len(self.all) - 1, output)


def _require_small(output: Shape, name: str, mark: Mark) -> None:
    for size in output:
        if type(size) is int and size <= limits.NUMBER:  # of one network
            continue
        if not require_everywhere(value_of(size) <= limits.NUMBER):
            raise SpecError(
                f"{name}: a size of its output is beyond {limits.NUMBER:,}, the limit", mark
            )
