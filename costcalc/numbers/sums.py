"""Sums of terms that are put together when they are asked for, not for every summand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from costcalc.numbers.terms import Once, Term, merged, product

LOOSE = 16
"""The most terms of a sum that may be alike, where it is one of many that are each looked at."""


class Sum:
    """Terms, some of which may be alike, and some that are yet to be multiplied by a truth.

    Each repeat of a block has a truth, 1 or 0, of where it is, and many layers: `where` has pairs
    of a term that is one, and terms, which are added up before they are multiplied.
    """

    __slots__ = ("_alike", "_where", "terms")

    def __init__(
        self,
        terms: list[Term],
        alike: bool = False,
        where: Sequence[tuple[Term, list[Term]]] = (),
    ) -> None:
        self.terms, self._alike, self._where = terms, alike, where

    @classmethod
    def of(cls, sums: Iterable[Sum]) -> Sum:
        """The sum of several."""
        terms: list[Term] = []
        where: list[tuple[Term, list[Term]]] = []
        for one in sums:
            terms += one.terms
            where += one._where
        return cls(terms, True, where)

    def unlike(self, once: Once) -> list[Term]:
        """The terms, no two of them alike; products are computed `once`."""
        if self._alike:
            self.terms = merged(once, [*self.terms, *self._multiplied(once)])
            self._alike, self._where = False, ()
        return self.terms

    def _multiplied(self, once: Once) -> Iterator[Term]:
        found: dict[Any, tuple[Term, list[Term]]] = {}
        for truth, terms in self._where:
            ((axes, factor),) = truth[1].items()
            found.setdefault((axes, id(factor.values)), (truth, []))[1].extend(terms)
        for truth, terms in found.values():
            for term in merged(once, terms):
                yield product(once, truth, term)

    @property
    def is_long(self) -> bool:
        """Whether it is better put together before it is a summand itself."""
        return len(self.terms) + len(self._where) > LOOSE

    @property
    def truth(self) -> Term | None:
        """The one term that it is where this is 1 or 0, and a function of some axes."""
        if self._alike or len(self.terms) != 1:
            return None
        ((c, factors),) = self.terms
        if c != 1 or len(factors) != 1:
            return None
        (factor,) = factors.values()
        return self.terms[0] if factor.low >= 0 and factor.high <= 1 else None

    def where(self, truth: Term, once: Once) -> Sum:
        """The same where something is, else 0."""
        return Sum([], True, [(truth, self.unlike(once) if self._where else self.terms)])

    def scaled(self, by: int) -> Sum:
        """The same times a number other than 0."""
        where = [(truth, _scaled(terms, by)) for truth, terms in self._where]
        return Sum(_scaled(self.terms, by), self._alike, where)


def _scaled(terms: list[Term], by: int) -> list[Term]:
    return [(by * c, factors) for c, factors in terms]
