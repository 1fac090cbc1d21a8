"""Records are what `typing` would make of the same class."""

from __future__ import annotations

import pickle
import typing

import pytest

from costcalc import records


class Point(records.NamedTuple):
    """A place on a map."""

    x: int
    y: int = 2
    name: str = ""

    ORIGIN = 0

    def __str__(self) -> str:
        return f"at {self.x}, {self.y}"

    @property
    def sum(self) -> int:
        return self.x + self.y

    @classmethod
    def of(cls, text: str) -> Point:
        return cls(*map(int, text.split()))


class Typed(typing.NamedTuple):
    """A place on a map."""

    x: int
    y: int = 2
    name: str = ""


@pytest.mark.parametrize("made", [Point, Typed])
def test_a_record_is_a_named_tuple(made):
    point = made(1, name="a")
    assert point == (1, 2, "a")
    assert hash(point) == hash((1, 2, "a"))
    assert made._fields == ("x", "y", "name")
    assert made._field_defaults == {"y": 2, "name": ""}
    assert point._replace(x=3) == (3, 2, "a")
    assert type(point._replace(y=1, x=3)) is made
    assert point._asdict() == {"x": 1, "y": 2, "name": "a"}
    assert repr(point) == f"{made.__name__}(x=1, y=2, name='a')"
    assert made.__doc__ == "A place on a map."
    assert made.__bases__ == (tuple,)
    assert made.__qualname__ == made.__name__
    assert made.__module__ == __name__
    assert pickle.loads(pickle.dumps(point)) == point
    assert type(pickle.loads(pickle.dumps(point))) is made
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        made()
    with pytest.raises(AttributeError):
        point.x = 2
    with pytest.raises((KeyError, ValueError), match="z"):
        point._replace(z=1)


def test_a_record_has_what_its_class_says_beside_the_fields():
    assert str(Point(1)) == "at 1, 2"
    assert Point(1).sum == 3
    assert Point.of("4 5") == (4, 5, "")
    assert Point.ORIGIN == 0
