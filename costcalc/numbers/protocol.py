"""What a number may be where it is many at once: declared, so that nobody asks what one can do.

A dimension is an int, an array of numpy's, a symbol, or one of these. They are named here without
numpy, which is imported only where one of them is made.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

from costcalc.records import NamedTuple


class Kind(NamedTuple):
    """What `dtype.kind` says of an array of numpy's, and of these."""

    kind: str


def is_array(value: Any) -> bool:
    """Whether the value is many at once: an array of numpy's, or one of ours.

    What has a `dtype` is one, as numpy has it: nothing needs to import numpy to ask.
    """
    return hasattr(value, "dtype")


class RationalArray:
    """Fractions, one for each of many configurations: they divide, and know what to do with one."""

    __slots__ = ()
    __array_ufunc__ = None  # arrays of numpy's leave mixed arithmetic to this class
    dtype = Kind("ratio")

    @property
    @abstractmethod
    def identity(self) -> Any:
        """What is the same only for numbers made of the same parts, which are equal then."""


class Undecided:
    """A truth that some of many configurations have and others do not: `present` is 1 or 0."""

    __slots__ = ("present",)

    def __init__(self, present: Any) -> None:
        self.present = present

    @property
    def identity(self) -> Any:
        """What is the same only for truths made of the same parts, which are equal then."""
        return self.present.identity


class ArrayOverAxes:
    """Whole numbers at every point of a space of axes, which are not spread over it to compute."""

    __slots__ = ()
    __array_ufunc__ = None
    dtype = Kind("i")

    @property
    @abstractmethod
    def identity(self) -> Any:
        """What is the same only for numbers made of the same parts, which are equal then."""

    @property
    @abstractmethod
    def is_long(self) -> bool:
        """Whether it is computed block by block, and best together with others."""

    @abstractmethod
    def all(self) -> bool:
        """Whether it is 0 nowhere."""

    @abstractmethod
    def axes(self) -> tuple[int, ...]:
        """The axes it depends on."""

    @abstractmethod
    def spread(self, axes: tuple[int, ...]) -> Any:
        """Its values over some axes, as an array of numpy's."""

    @abstractmethod
    def plus_all(self, numbers: Iterable[Any]) -> Any:
        """The sum of many numbers, itself among them."""

    @abstractmethod
    def gathered(self) -> Any:
        """The same number, made of fewer parts."""

    @abstractmethod
    def elementwise(self, function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
        """A function of two numbers at every point; one of them is this one or over its space."""
