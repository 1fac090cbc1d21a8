"""Operators on several maps: each costs what one does, and parameters are read once."""

from __future__ import annotations

import pytest

from costcalc.numbers.conditions import ShapeError
from costcalc.numbers.dimensions import Kernel, Shape
from costcalc.ops import OPERATORS, Facts
from tests.covering import at_once
from tests.ops.test_operators import ROWS

N = 5


@at_once(
    ("name", "inputs", "arguments", "output", "facts"),
    [row for row in ROWS if not OPERATORS[row[0]].together],
)
def test_every_operator_on_each_map(name, inputs, arguments, output, facts):
    several = [shape._replace(n=N) for shape in inputs]
    y, got = OPERATORS[name].of(*several, **arguments)
    assert y == output._replace(n=N)
    once = facts.weights + facts.norm
    assert got == facts._replace(
        mult_adds=N * facts.mult_adds,
        products=N * facts.products,
        reads=N * (facts.reads - once) + once,
        writes=N * facts.writes,
        scratch=N * facts.scratch,
        elementwise={kind: N * count for kind, count in facts.elementwise.items()},
    )


def test_what_is_one_among_several_is_read_once():
    shape, facts = OPERATORS["add"].of(Shape(3, 3, 8, N), Shape(1, 1, 8))
    assert shape == Shape(3, 3, 8, N)
    assert facts == Facts(reads=N * 72 + 8, writes=N * 72, elementwise={"add": N * 72})
    keys = Shape(9, 1, 8)
    _, facts = OPERATORS["attention"].of(Shape(3, 1, 8, N), keys, keys)
    assert facts.reads == N * 3 * 8 + 2 * 9 * 8 + N * 3 * 9


def test_a_parameter_is_one_whatever_stands_before_it():
    shape, facts = OPERATORS["parameter"].of(Shape(3, 3, 8, N), size=Kernel(2, 1), out=4)
    assert (shape, facts.writes) == (Shape(2, 1, 4), 8)


def test_numbers_of_maps_that_differ():
    with pytest.raises(ShapeError, match="5x3x3x8 and 4x3x3x8 are not equally many maps"):
        OPERATORS["concat"].of(Shape(3, 3, 8, 5), Shape(3, 3, 8, 4))


def test_many_maps_are_a_size_of_the_shape():
    one, several = Shape(2, 3, 4), Shape(2, 3, 4, 10)
    assert (one.size, several.size) == (24, 240)
    assert (str(one), str(several)) == ("2x3x4", "10x2x3x4")
    assert (one.sizes, several.sizes) == ((2, 3, 4), (10, 2, 3, 4))
