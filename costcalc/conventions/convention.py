"""A convention: what a paper or tool counts, as data, and its sums over a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from costcalc import operators
from costcalc.conventions.facts import LayerFacts, Within, facts_of, is_some
from costcalc.cost.totals import each, total
from costcalc.errors import CostcalcError, Mark, SpecError
from costcalc.graph.model import Graph, Layer
from costcalc.language.forms import ABSENT, BIASES, STORED
from costcalc.language.model import Cell
from costcalc.numbers.dimensions import (
    Dim,
    add_up,
    add_up_different,
    as_whole,
    is_one,
    is_whole,
)
from costcalc.records import NamedTuple

ANY_FORM = ""
"""The form of a rule that holds however an implementation writes the layer."""


class Rule(NamedTuple):
    """What one operator costs: an expression for each figure, and for what is called params.

    `once` are vectors an exporter stores once per size however many layers start with them:
    what they hold (zeros, ones), and how long they are. `refused` says why the tool has no number
    for a network with this operator.
    """

    costs: Mapping[str, Cell]
    params: Cell | None
    once: Mapping[str, Cell]
    why: str
    mark: Mark
    refused: str = ""


class Assumption(NamedTuple):
    """What a convention takes for granted of an implementation: `of` something that it `is`.

    It may also be `otherwise`. `of` is an operator, whose forms these are, or `biases`.
    """

    of: str
    is_: str
    otherwise: str
    why: str

    def __str__(self) -> str:
        return f"{self.of}={self.is_}"


class Convention(NamedTuple):
    """A convention as its file says it.

    `figures` are the numbers it prints beside params, each with its unit, the headline first;
    `rules` by operator and form (`ANY_FORM` for all). An operator without a rule costs what
    `otherwise` states, as a rule nothing; without one (None) it is an error. `forms` say how an
    implementation writes the operators, whatever the spec says of them. `constants` is what an
    element of a model file's node adds to the headline, by its operator: of those that it computes
    of constants alone, and of layers that are known by their nodes, in place of their rule. A
    convention that has them counts all that a file stores, what no layer has too. Figures `per_run`
    are the same however many maps a layer runs on.
    """

    key: str
    name: str
    version: str
    about: str
    source: str
    figures: Mapping[str, str]
    params: Cell
    otherwise: Rule | None
    rules: Mapping[tuple[str, str], Rule]
    assumes: tuple[Assumption, ...]
    mark: Mark
    forms: Mapping[str, str] = {}
    constants: Mapping[str, int] = {}
    per_run: Collection[str] = ()

    def __hash__(self) -> int:
        return hash(self.key)

    def of_implementation(self, forms: Mapping[str, str]) -> Convention:
        """The same of networks that write operators so: `{"gpool": "mean", "biases": "random"}`.

        What the convention has been told before stands.
        """
        return self._replace(forms={**forms, **self.forms})

    def form(self, layer: Layer) -> str:
        """How the implementation writes a layer."""
        return self.forms.get(layer.op, layer.form)

    def ruled(self, operator: str, form: str) -> Rule | None:
        """The rule for an operator in a form, if it has one, whatever that says."""
        return self.rules.get((operator, form)) or self.rules.get((operator, ANY_FORM))

    def tells_apart(self, layer: Layer, form: str) -> bool:
        """Whether it counts a layer otherwise where it is written in another form."""
        own = self.form(layer)
        if ABSENT in (own, form):
            return own != form
        return self.ruled(layer.op, own) is not self.ruled(layer.op, form)

    @property
    def looks_at_modules(self) -> bool:
        """Whether it counts by how a layer is written, which a graph does not tell."""
        return not self.constants and any(form != ANY_FORM for _, form in self.rules)

    @property
    def headline(self) -> str:
        """The figure it is asked for, "" if it prints params alone."""
        return next(iter(self.figures), "")

    @property
    def unit(self) -> str | None:
        """The unit of the headline."""
        return self.figures.get(self.headline)

    def rule(self, layer: Layer) -> Rule | None:
        """The rule for a layer.

        Raises `CostcalcError` where the tool has no number for it, `SpecError` where the convention
        demands a rule and has none.
        """
        form = self.form(layer)
        if form == ABSENT:
            return None
        found = self.ruled(layer.op, form)
        if found is not None and found.refused:
            raise CostcalcError(
                f"{self.key} has no number for a network with {layer.op} as {form}"
                f" (layer {layer.name}): {found.refused}"
            )
        if found is not None:
            return found
        if self.otherwise is not None and self.otherwise.costs:
            return self.otherwise
        module = operators.origin(layer.op)
        if self.otherwise is None or (module and self.figures):
            # a tool that shall count zero of what it has never heard of says so with a rule
            raise SpecError(
                f"the convention has no rule for {layer.op} as {form} (layer {layer.name})",
                self.mark,
                f"{layer.op} is of {module}: give it a rule in a convention of your own"
                if module
                else "give it one, or say otherwise: zero",
            )
        return None


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
    `guessed` is whether that is how a model file's layers were written.
    """

    convention: Convention
    layers: list[LayerCost]
    by_layer: Mapping[int, LayerCost]
    params: Dim
    once: Dim
    figures: Mapping[str, Dim]
    assumed: Sequence[Assumption] = ()
    guessed: bool = False

    @property
    def cost(self) -> Dim | None:
        """The headline figure, None where the convention has none."""
        return self.figures.get(self.convention.headline)

    @property
    def label(self) -> str:
        """The convention in words, for a header."""
        convention = self.convention
        version = f" {convention.version}" if convention.version else ""
        headline = f"; {convention.headline} in {convention.unit}" if convention.unit else ""
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
    biases = convention.forms.get(BIASES)
    for layer, facts in zip(graph.layers, facts_of(graph, counts, biases), strict=True):
        cost = known.get(id(facts))
        if cost is None:
            cost = known[id(facts)] = _count(convention, layer, facts)
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
    )


def _count(convention: Convention, layer: Layer, facts: LayerFacts) -> LayerCost:
    """What a convention counts for a layer."""
    nodes = {operator for _, operator in facts.within if operator}
    if nodes and convention.constants.keys() >= nodes and convention.form(layer) != ABSENT:
        rule: Rule | None = _of_nodes(convention, layer, facts.within)
    else:
        rule = convention.rule(layer)
    figures: dict[str, Dim] = dict.fromkeys(convention.figures, 0)
    if rule is not None:
        figures |= {name: cell.expression.measure(facts) for name, cell in rule.costs.items()}
    params: Dim = 0
    if convention.form(layer) != ABSENT and layer.shares is None:
        params = _cell(convention, rule, "params").expression.measure(facts)
    if not is_one(facts.times):
        each = figures.keys() - convention.per_run
        figures |= {name: facts.times * figures[name] for name in each}
    if layer.present is not None:  # nothing where the layer is not
        figures = {name: layer.present * value for name, value in figures.items()}
        params = layer.present * params
    return LayerCost(layer, rule, params, figures, facts)


def _of_nodes(convention: Convention, layer: Layer, nodes: Within) -> Rule:
    """A rule whose headline is what the nodes of a model file add that the layer is.

    A node without an operator among them stands for what the layer's own rule says.
    """
    each: Counter[str] = Counter()
    kinds = {operator: convention.constants[operator] for _, operator in nodes if operator}
    for on, operator in nodes:
        if operator:
            each[on] += kinds[operator]
    alone = all(operator for _, operator in nodes)
    found = convention.ruled(layer.op, convention.form(layer)) if alone else convention.rule(layer)
    rule = found or Rule({}, None, {}, "", convention.mark)
    terms = [f"{cost} * {on}" for on, cost in each.items() if cost]
    if not alone and convention.headline in rule.costs:
        terms.insert(0, rule.costs[convention.headline].text)
    costs = {convention.headline: Cell(" + ".join(terms) or "0", False, rule.mark)}
    told = ", ".join(f"{operator} at {cost}" for operator, cost in kinds.items())
    return rule._replace(costs=costs, why=f"the file's nodes per element: {told}", refused="")


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
    layers = (layer for layer in graph.layers if layer.op == assumption.of)
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
