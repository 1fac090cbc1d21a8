"""What must hold of sizes, in every configuration of an array or noted where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from costcalc.numbers.protocol import ArrayOverAxes, is_array
from costcalc.numbers.symbol import value_of

if TYPE_CHECKING:
    from costcalc.numbers.dimensions import Dim


class Constraints:
    """While one is entered, an array's conditions that may fail somewhere are noted, not refused.

    A sweep leaves such configurations out and goes on with the others.
    """

    def __init__(self) -> None:
        self.conditions: list[Any] = []
        self._before: Any = None

    def __enter__(self) -> Constraints:
        self._before = _NOTING.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _NOTING.reset(self._before)


_NOTING: ContextVar[Constraints | None] = ContextVar("_NOTING", default=None)
"""The one entered here: a thread that sweeps does not disturb another one."""


def require_everywhere(condition: Any) -> bool:
    """Whether a comparison is true, for an array: everywhere (or noted where it is not)."""
    if condition is True or condition is False:  # of one network, which is what is built most
        return condition
    if not is_array(condition):
        return bool(condition)
    noting = _NOTING.get()
    later = noting is not None and isinstance(condition, ArrayOverAxes) and condition.is_long
    if not later and condition.all():  # what is long is looked at with all others of its kind
        return True
    if noting is None:
        return False
    noting.conditions.append(condition)
    return True


@contextmanager
def constrained_to(present: Any) -> Iterator[None]:
    """What is noted inside is refused only where the array `present` is 1, not where it is 0."""
    noting = _NOTING.get()
    conditions = [] if noting is None else noting.conditions
    noted = len(conditions)
    yield
    conditions[noted:] = [1 - present + present * each for each in conditions[noted:]]


def not_refused(array: Any) -> Any:
    """The values of an array in configurations that nothing noted refuses.

    None where nothing is known to be refused of it.
    """
    noting = _NOTING.get()
    if noting is None or not isinstance(array, ArrayOverAxes):
        return None
    axes = array.axes()
    values = array.spread(axes)
    allowed = values == values
    for condition in {id(condition): condition for condition in noting.conditions}.values():
        if isinstance(condition, ArrayOverAxes) and {*condition.axes()} <= {*axes}:
            allowed = allowed & (condition.spread(axes) != 0)
    return values[allowed]


class ShapeError(ValueError):
    """An operator cannot take these sizes. `argument` names the one at fault, if one is."""

    def __init__(self, message: str, argument: str | None = None) -> None:
        super().__init__(message)
        self.argument = argument


def require_positive(argument: str, what: str, value: Dim) -> None:
    """Raise `ShapeError` unless the value is at least 1."""
    require_at_least(1, argument, what, value)


def require_at_least(least: int, argument: str, what: str, value: Dim) -> None:
    """Raise `ShapeError` for a smaller value."""
    if type(value) is int and value >= least:  # of one network, which is what is built most
        return
    if not require_everywhere(value_of(value) >= least):
        raise ShapeError(f"{what} must be at least {least}, not {show(value)}", argument)


def require_divides(argument: str, divisor: Dim, what: str, value: Dim) -> None:
    """Raise `ShapeError` unless the divisor divides the value."""
    require_positive(argument, argument, divisor)
    if divisor is value or (type(divisor) is int and divisor == 1):  # depthwise, or no groups
        return
    if not require_everywhere(value_of(value % divisor) == 0):
        raise ShapeError(
            f"{show(divisor)} groups do not divide {show(value)} {what}"
            f" ({show(value)} % {show(divisor)} = {show(value % divisor)})",
            argument,
        )


def show(value: Any) -> str:
    """A dimension in an error message."""
    return str(value_of(value))
