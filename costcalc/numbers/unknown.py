"""A size that nobody knows, because what would say it is wrong.

It goes through every formula as an int, an array or a symbol does, and whatever it meets is unknown
too. It agrees with everything, so that nothing is refused on its account; and it cannot be shown: a
message that would name it follows from an error that is known already.
"""

from __future__ import annotations

from typing import Any


class Unshowable(ValueError):
    """Somebody was about to say a number that nobody knows."""


class Unknown:
    """The one value is `UNKNOWN`."""

    __hash__ = object.__hash__

    def _unknown(self, *_: Any) -> Unknown:
        return self

    def _agrees(self, _: Any) -> bool:
        return True

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _unknown
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __truediv__ = __rtruediv__ = _unknown
    __neg__ = _unknown
    __lt__ = __le__ = __gt__ = __ge__ = _agrees

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    def __index__(self) -> int:
        """Where a number is needed to go on, as a repeat: once."""
        return 1

    def __str__(self) -> str:
        raise Unshowable

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()
