"""Few cases that cover many: `pytest` runs these, `pytest --all` the others too."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import settings

import costcalc
from costcalc.claims.checker import ClaimChecker
from costcalc.claims.ledger import Ledger
from costcalc.graph import building
from costcalc.graph.build import build
from costcalc.graph.calls import Calls
from costcalc.language.find import names
from costcalc.language.settings import settle
from costcalc.language.spec import Spec
from costcalc.library import load_spec
from costcalc.network import Network, of_graph

FEW = (
    "edgenext", "efficientdet", "efficientnet", "efficientvit_b", "facenet", "mask_rcnn",
    "mobilenet_v3_small", "mobilevit_v2", "nfnet", "poolformer", "shufflenet_v2", "ssdlite", "swin",
    "vit", "yolov3_tiny",
)  # fmt: skip
"""Networks that have every operator of all of them but activations: test_covering.py sees to it."""


everything = False
"""Whether it is `pytest --all`, and `by_name` whether a test is asked for by its name; conftest.py
says so before any test is read."""
by_name = False


def examples(number: int, **options: Any) -> settings:
    """How many random examples a test looks at: so many with `--all`, a fifth of them without."""
    return settings(
        max_examples=number if everything else max(1, number // 5), deadline=None, **options
    )


@functools.cache
def built(name: str) -> costcalc.Network:
    """A built-in network at its defaults. It is built once, for all tests."""
    return costcalc.load(name)


def of_one_spec(name: str) -> Callable[..., Network]:
    """Load networks of one spec, which have in common what is alike: that takes less time."""
    spec = load_spec(name)
    calls = Calls(spec)

    def load(**settings: Any) -> Network:
        return of_graph(build(spec, settle(spec, settings), calls=calls))

    return load


class Checked(NamedTuple):
    """Claims of built-in networks, and how often each configuration was built for them."""

    ledgers: dict[str, Ledger]
    builds: Counter[tuple[object, ...]]


CHECKED = ("mobilenet", "senet", "squeezenet", *FEW)
"""Networks whose numbers are checked without `--all`: those that tests name, and the few."""


@functools.cache
def whole_check() -> Checked:
    """The published numbers of built-in networks, checked once for all tests: see `CHECKED`."""
    with pytest.MonkeyPatch.context() as patch:
        builds = count_builds(patch)
        checker = ClaimChecker()
        ledgers = {
            name: Ledger(checker.lines(load_spec(name)))
            for name in (names() if everything or by_name else CHECKED)
        }
        return Checked(ledgers, builds)


@functools.cache
def whole_ledger() -> Ledger:
    """The lines of the whole check."""
    return Ledger(line for ledger in whole_check().ledgers.values() for line in ledger)


def count_builds(patch: pytest.MonkeyPatch) -> Counter[tuple[object, ...]]:
    """The configurations that are built from here on, and how often each is: symbols too."""
    counted: Counter[tuple[object, ...]] = Counter()
    original = building.Building.__init__

    def counting(self: Any, spec: Spec, hyperparameters: dict[str, Any], *more: Any) -> None:
        counted[spec.key, *map(repr, hyperparameters.values())] += 1
        original(self, spec, hyperparameters, *more)

    patch.setattr(building.Building, "__init__", counting)
    return counted


def mostly(few: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """The few as parameters of a test, and what else the values have only with `--all`."""
    if not everything and not by_name:
        return [*few]
    later = [
        value if isinstance(value, tuple) else (value,) for value in values if value not in few
    ]
    return [*few, *(pytest.param(*value, marks=pytest.mark.exhaustive) for value in later)]


def by_name_of(key: str, rows: Sequence[Mapping[str, str]]) -> list[Any]:
    """Rows of a table as parameters of a test, those that share a name together.

    A test of each takes longer to run than what it looks at. Without `--all` one of each name.
    """
    found: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        found.setdefault(row[key], []).append(row)
    whole = everything or by_name
    return [pytest.param(each if whole else each[:1], id=name) for name, each in found.items()]


TURNS = 8


def networks(turn: int, few: Sequence[str] = FEW) -> list[Any]:
    """Networks as parameters of a test: the few and, with `--all`, an eighth of the others.

    What looks at all networks in the same way need not look at each: tests take turns, so that
    together they have all of them, and each network has several tests.
    """
    others = [name for name in names() if name not in FEW]
    return mostly(few, [*FEW, *(others if by_name else others[turn::TURNS])])


def pairwise(
    first: Sequence[Any], second: Sequence[Any], third: Sequence[Any]
) -> list[tuple[Any, Any, Any]]:
    """Combinations in which any two values meet, by diagonals; the third list is the shortest.

    Most faults need one value or two that meet. The full product repeats each pair as often as the
    lists it leaves out are long.
    """
    assert len(third) <= min(len(first), len(second))
    return [
        (a, b, third[(i + j) % len(third)])
        for i, a in enumerate(first)
        for j, b in enumerate(second)
    ]


def in_turn(
    first: Sequence[Any], second: Sequence[Any], third: Sequence[Any]
) -> list[tuple[Any, Any, Any]]:
    """Each of the first list once, with the next of the others: any of these meets all in turn.

    For values that are many and much alike, beside `pairwise` of a few that cover them.
    """
    return [
        (a, second[i % len(second)], third[i // len(second) % len(third)])
        for i, a in enumerate(first)
    ]
