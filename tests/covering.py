"""Few cases that cover many: `pytest` runs these, `pytest --all` the others too."""

from __future__ import annotations

import functools
import inspect
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import settings

import costcalc
from costcalc import network
from costcalc.claims.checker import ClaimChecker
from costcalc.claims.ledger import Ledger
from costcalc.graph import building
from costcalc.graph.build import build
from costcalc.graph.calls import Calls
from costcalc.graph.model import Graph
from costcalc.language.find import find, names
from costcalc.language.settings import settle
from costcalc.language.spec import Spec
from costcalc.library import load_spec
from costcalc.network import Network, of_graph
from costcalc.recovery import kept

FEW = (
    "edgenext", "efficientdet", "efficientnet", "efficientvit_b", "facenet", "mask_rcnn",
    "mobilenet_v3_small", "mobilevit_v2", "nfnet", "poolformer", "sequencer", "shufflenet_v2",
    "ssdlite", "swin", "vit", "yolov3_tiny",
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


HELD = 600
_graphs: OrderedDict[tuple[int, str], Graph] = OrderedDict()
SPECS = Path(find("mobilenet")).parent


def build_once(spec: Spec, hyperparameters: Mapping[str, Any]) -> Graph:
    """The graph of a built-in network, of which each test would else build one as all others do.

    Nothing changes a graph: whoever runs a network otherwise has another one. That of any other
    spec is built.
    """
    if Path(spec.source.path).parent != SPECS:
        return build(spec, hyperparameters)
    key = id(spec), repr(hyperparameters)  # the graph holds the spec: there is no other of this id
    graph = _graphs.pop(key, None)
    if graph is None:
        wrong = len(kept())
        graph = build(spec, hyperparameters)
        if len(kept()) > wrong:
            return graph
    _graphs[key] = graph
    if len(_graphs) > HELD:
        _graphs.popitem(last=False)
    return graph


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
    patch.setattr(network, "build", build)  # as it is where no test is
    return counted


def mostly(few: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """The few as parameters of a test, and what else the values have only with `--all`."""
    if not everything and not by_name:
        return [*few]
    later = [
        value if isinstance(value, tuple) else (value,) for value in values if value not in few
    ]
    return [*few, *(pytest.param(*value, marks=pytest.mark.exhaustive) for value in later)]


def at_once(
    names: str | Sequence[str], cases: Sequence[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """What `pytest.mark.parametrize` does, in one test, which names all cases that fail.

    For tables of which a row takes no longer than to begin and end a test. Each case has a folder
    of its own below `tmp_path`, and the world as it was before the one ahead of it.
    """
    names = [one.strip() for one in names.split(",")] if isinstance(names, str) else [*names]
    rows = []
    for case in cases:
        if not isinstance(case, type(pytest.param())):
            rows.append(case if len(names) > 1 else (case,))
        elif everything or by_name or not case.marks:  # as `mostly` marks them
            rows.append(case.values)

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(check)
        others = [one for name, one in signature.parameters.items() if name not in names]

        @functools.wraps(check)
        def together(**fixtures: Any) -> None:
            wrong = []
            for number, row in enumerate(rows):
                own = {**fixtures}
                if "tmp_path" in own:
                    own["tmp_path"] = own["tmp_path"] / str(number)
                    own["tmp_path"].mkdir()
                try:
                    check(**dict(zip(names, row, strict=True)), **own)
                except Exception as error:
                    error.add_note(f"in case {number}: {row!r:.300}")
                    wrong.append(error)
                finally:
                    if "monkeypatch" in own:
                        own["monkeypatch"].undo()
            if wrong:
                raise ExceptionGroup(f"{len(wrong)} of {len(rows)} cases fail", wrong)

        together.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return together

    return decorate


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
