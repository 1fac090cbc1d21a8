"""Terms: a coefficient times factors, and sums of them with few terms."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeAlias

from costcalc.numbers.factor import Axes, Factor, times, total

Term: TypeAlias = tuple[int, dict[Axes, Factor]]
"""A coefficient times a factor for each of some groups of axes."""
Once: TypeAlias = Callable[[Any, Any, Callable[[], Factor]], Factor]
"""What computes something for a key, of some operands, once."""


def product(once: Once, a: Term, b: Term) -> Term:
    """The product of two terms, that of two factors computed `once`."""
    factors = dict(a[1])
    for axes, factor in b[1].items():
        if axes in factors:
            pair = factors[axes], factor
            # named in an order of their own: c * out is out * c
            key = "product", *sorted(id(one.values) for one in pair)
            factors[axes] = once(key, pair, functools.partial(times, *pair))
        else:
            factors[axes] = factor
    return a[0] * b[0], factors


def merged(once: Once, terms: list[Term]) -> list[Term]:
    """Like terms in one: constants, those with the same factors, those of the same axes.

    What is added up of the same factors is so `once`: a width that comes again is the same one.
    """
    if len(terms) == 1:
        return [] if _is_nothing(terms[0]) else [_folded(terms[0])]
    several: dict[Any, Term] = {}
    alone: dict[Axes, dict[int, tuple[int, Factor]]] = {}
    for c, factors in terms:
        if len(factors) == 1:
            ((axes, factor),) = factors.items()
            own = alone.setdefault(axes, {})
            before = own.get(id(factor.values))
            own[id(factor.values)] = (c if before is None else c + before[0]), factor
        else:
            key = tuple(sorted((axes, id(factor.values)) for axes, factor in factors.items()))
            c += several[key][0] if key in several else 0
            several[key] = c, factors
    found = [term for term in several.values() if not _is_nothing(term)]
    for axes, own in alone.items():
        parts = [(c, factor) for c, factor in own.values() if c and (factor.low or factor.high)]
        if not parts:
            continue
        if len(parts) == 1:
            ((c, factor),) = parts
        else:
            summands = tuple(sorted((c, id(factor.values)) for c, factor in parts))
            c, factor = 1, once(("sum", summands), parts, functools.partial(total, parts))
        found.append(_folded((c, {axes: factor})))
    return found


def _is_nothing(term: Term) -> bool:
    """Whether a term is 0 everywhere, as its bounds tell."""
    for factor in term[1].values():  # a loop, of what is asked for every term
        if not (factor.low or factor.high):
            return True
    return term[0] == 0


COMPARED = 1 << 14
"""Factors up to this many values are compared to find those that terms share."""
_FOLDED = 64
"""Factors up to this many values are looked through for being constant."""


def _folded(term: Term) -> Term:
    """A function of one axis that is the same everywhere, as a coefficient.

    A "same" padding undoes its window: the size after it depends on the resolution alone.
    """
    c, factors = term
    if len(factors) != 1:
        return term
    ((_, factor),) = factors.items()
    if not 0 < factor.values.size <= _FOLDED or (factor.array != factor.first).any():
        return term
    return c * factor.first, {}


def by_shared(terms: list[Term], shared: Axes) -> list[Term]:
    """Terms of two factors that agree in the one over `shared`, added up in the other."""
    found: dict[tuple[Axes, bytes], list[Term]] = {}
    unlike: list[Term] = []
    for c, factors in terms:
        others = [axes for axes in factors if axes != shared]
        if shared not in factors or len(others) != 1:
            unlike.append((c, factors))
            continue
        (other,) = others
        key = other, factors[shared].array.tobytes()
        found.setdefault(key, []).append((c, factors))
    return unlike + [
        parts[0]
        if len(parts) == 1
        else (1, {other: total([(c, f[other]) for c, f in parts]), shared: parts[0][1][shared]})
        for (other, _), parts in found.items()
    ]
