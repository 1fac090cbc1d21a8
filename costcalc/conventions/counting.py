"""What a convention counts for a network: by layer, and in sum."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from costcalc.conventions.convention import Assumption, Convention, Rule
from costcalc.conventions.facts import LayerFacts, facts_of, is_some
from costcalc.conventions.nodes import NodeRules
from costcalc.cost.totals import each, total
from costcalc.errors import SpecError
from costcalc.graph.model import Graph, Layer
from costcalc.language.forms import ABSENT, BIASES, STORED
from costcalc.language.model import Cell
from costcalc.numbers.dimensions import Dim, add_up, add_up_different, as_whole, is_one, is_whole
from costcalc.records import NamedTuple


class LayerCost(NamedTuple):
    """What a convention counts for one layer."""

    layer: Layer
    rule: Rule | None
    params: Dim
    figures: Mapping[str, Dim]
    facts: LayerFacts


class CountedTotals(NamedTuple):
    """`Totals` with a convention's params, and its headline figure as `cost`."""

    params: Dim
    weights: Dim
    biases: Dim
    norm: Dim
    mult_adds: Dim
    memory_access: Dim
    cost: Dim | None


class Counted(NamedTuple):
    """What a convention counts for a network: by layer, and in sum.

    `params` has what is stored once beside what the layers have, so it may exceed their sum.
    `assumed` is what the numbers rest on of what nobody has said: neither the spec nor who asks.
    `guessed` is whether that is how a model file's layers were written, `examples` how many it
    takes at once.
    """

    convention: Convention
    layers: list[LayerCost]
    by_layer: Mapping[int, LayerCost]
    params: Dim
    once: Dim
    figures: Mapping[str, Dim]
    assumed: Sequence[Assumption] = ()
    guessed: bool = False
    examples: int = 1

    @property
    def cost(self) -> Dim | None:
        """The headline figure, None where the convention has none."""
        return self.figures.get(self.convention.headline)

    @property
    def units(self) -> Mapping[str, str]:
        """The unit of each figure, and of how many examples it is where these are several."""
        return self.convention.units(self.examples)

    @property
    def unit(self) -> str | None:
        """The unit of the headline, None where the convention has none."""
        return self.units.get(self.convention.headline)

    @property
    def label(self) -> str:
        """The convention in words, for a header."""
        convention = self.convention
        version = f" {convention.version}" if convention.version else ""
        headline = f"; {convention.headline} in {self.unit}" if self.unit else ""
        assumed = f"; assuming {', '.join(map(str, self.assumed))}" if self.assumed else ""
        guessed = "; a file does not say how its layers were written: as modules"
        said = f"{convention.about}{headline}{assumed}{guessed if self.guessed else ''}"
        return f"convention {convention.key}{version}: {said}"

    def totals(self, layers: Iterable[Layer]) -> CountedTotals:
        """What these layers cost together, params and the headline as the convention has them."""
        costs = [self.by_layer[id(layer)] for layer in layers]
        plain = total((cost.layer for cost in costs), ())
        headline = self.convention.headline
        cost = _sum(c.figures[headline] for c in costs) if headline else None
        params = _sum(c.params for c in costs)
        return CountedTotals(*plain._replace(params=params), cost)

    def each(self, layers: Sequence[Layer]) -> CountedTotals:
        """What each of these layers costs: a column of every sum."""
        costs = [self.by_layer[id(layer)] for layer in layers]
        plain = each([cost.layer for cost in costs], ())
        headline = self.convention.headline
        figures = [_sum([c.figures[headline]]) if headline else None for c in costs]
        params = [_sum([c.params]) for c in costs]
        return CountedTotals(*plain._replace(params=params), figures)

    @property
    def total(self) -> CountedTotals:
        """What the network costs, with what is stored once, and with what is computed of it."""
        found = self.totals(cost.layer for cost in self.layers)
        return found._replace(params=self.params, cost=self.cost)


def apply(convention: Convention, graph: Graph, counts: tuple[str, ...]) -> Counted:
    """Count a network. Raises `CostcalcError` where the convention demands a rule it lacks."""
    layers = []
    vectors: dict[str, list[Dim]] = {}
    known: dict[int, LayerCost] = {}
    nodes = NodeRules(convention)
    biases = convention.forms.get(BIASES)
    for layer, facts in zip(graph.layers, facts_of(graph, counts, biases), strict=True):
        cost = known.get(id(facts))
        if cost is None:
            cost = known[id(facts)] = _count(convention, layer, facts, nodes)
            for holds, vector in _once(cost):
                vectors.setdefault(holds, []).append(vector)
        layers.append(cost if cost.layer is layer else cost._replace(layer=layer))
    _require_whole(convention, layers)
    once = sum(map(add_up_different, vectors.values()))
    loose = graph.spec.loose if convention.constants else 0
    return Counted(
        convention,
        layers,
        {id(cost.layer): cost for cost in layers},
        _sum(cost.params for cost in layers) + once + loose,
        once,
        {name: _sum(_all(convention, name, layers, graph)) for name in convention.figures},
        [one for one in convention.assumes if _rests_on(one, convention, graph, once)],
        graph.spec.implementation.get(BIASES) == STORED and convention.looks_at_modules,
        graph.spec.batch,
    )


def _count(convention: Convention, layer: Layer, facts: LayerFacts, nodes: NodeRules) -> LayerCost:
    """What a convention counts for a layer."""
    rule = nodes.rule(layer, facts.within) or convention.rule(layer)
    figures: dict[str, Dim] = dict.fromkeys(convention.figures, 0)
    if rule is not None:
        figures |= {name: cell.expression.measure(facts) for name, cell in rule.costs.items()}
    params: Dim = 0
    owned = facts.owned if convention.constants else layer.shares is None
    if convention.form(layer) != ABSENT and owned:
        params = _cell(convention, rule, "params").expression.measure(facts)
    times = facts.times * facts.examples if convention.constants else facts.times
    if not is_one(times):
        each = figures.keys() - convention.per_run
        figures |= {name: times * figures[name] for name in each}
    if layer.present is not None:  # nothing where the layer is not
        figures = {name: layer.present * value for name, value in figures.items()}
        params = layer.present * params
    return LayerCost(layer, rule, params, figures, facts)


def _once(cost: LayerCost) -> Iterator[tuple[str, Dim]]:
    """The vectors that are stored once per size, by what they hold."""
    if cost.rule is None or cost.layer.shares is not None:
        return
    for holds, cell in cost.rule.once.items():
        vector = cell.expression.measure(cost.facts)
        yield holds, vector if cost.layer.present is None else cost.layer.present * vector


def _all(
    convention: Convention, figure: str, layers: list[LayerCost], graph: Graph
) -> Iterator[Dim]:
    """A figure of every layer, and what the file computes of constants beside them."""
    yield from (cost.figures[figure] for cost in layers)
    if figure == convention.headline:
        for operator, elements in graph.spec.constants.items():
            yield elements * convention.constants.get(operator, 0)


def _rests_on(assumption: Assumption, convention: Convention, graph: Graph, once: Dim) -> bool:
    """Whether a network has what an assumption is about, and nobody has said how that is."""
    if assumption.of in graph.spec.implementation or assumption.of in convention.forms:
        return False
    if assumption.of == BIASES:
        return is_some(once)
    told = graph.spec.within  # by a model file's nodes
    layers = (one for one in graph.layers if one.op == assumption.of and one.row not in told)
    return any(convention.form(layer) == assumption.is_ for layer in layers)


def _require_whole(convention: Convention, layers: list[LayerCost]) -> None:
    """Raise `SpecError` at a rule that leaves a part of one in a sum over the network."""
    for name in ("params", *convention.figures):
        counted = [c.params if name == "params" else c.figures[name] for c in layers]
        total = _sum(counted)
        if isinstance(total, Fraction):
            number = next(n for n, value in enumerate(counted) if not is_whole(value))
            raise SpecError(
                f"{name} comes to {total} over the network, which is not whole",
                _cell(convention, layers[number].rule, name).mark,
                "floor(...), ceil(...) or round(...) make a rule's number whole",
            )


def _cell(convention: Convention, rule: Rule | None, name: str) -> Cell:
    """The expression that gives a layer's params or figure."""
    if rule is not None and name in rule.costs:
        return rule.costs[name]
    return rule.params if rule is not None and rule.params is not None else convention.params


def _sum(numbers: Iterable[Dim]) -> Dim:
    """The sum, a whole number again where a rule halves one between branches."""
    total = add_up(numbers)
    return as_whole(total) if is_whole(total) else total
