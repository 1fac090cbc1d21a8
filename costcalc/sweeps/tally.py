"""What was counted of a sweep: how many configurations, and what is missing among its rows."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

from costcalc.records import NamedTuple


class Tally(NamedTuple):
    """Configurations; those that are no networks, with the message of the first; and by column how
    many rows have no value in it that a filter, an order or a front looks at."""

    configurations: int = 0
    invalid: int = 0
    example: str = ""
    without: Mapping[str, int] = {}

    def and_(self, other: Tally) -> Tally:
        """The tally of both, the other one being later.

        >>> Tally(3, 1, "why", {"accuracy": 2}).and_(Tally(2, 1, "too", {"error": 1}))[:3]
        (5, 2, 'why')
        """
        names = dict.fromkeys([*self.without, *other.without])
        return Tally(
            self.configurations + other.configurations,
            self.invalid + other.invalid,
            self.example or other.example,
            {name: self.without.get(name, 0) + other.without.get(name, 0) for name in names},
        )

    @classmethod
    def of(cls, tallies: Iterable[Tally]) -> Tally:
        """The tally of all."""
        return functools.reduce(cls.and_, tallies, cls())
