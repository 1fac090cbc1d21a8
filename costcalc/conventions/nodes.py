"""What a tool counts for layers that are known by their nodes in a model file."""

from __future__ import annotations

from collections import Counter

from costcalc.conventions.convention import Convention, Rule
from costcalc.conventions.facts import Within
from costcalc.graph.model import Layer
from costcalc.language.forms import ABSENT
from costcalc.language.model import Cell


class NodeRules:
    """The rules of a convention's `constants` for such layers, each made once."""

    def __init__(self, convention: Convention) -> None:
        self.convention = convention
        self._made: dict[tuple[int, Within], Rule] = {}

    def rule(self, layer: Layer, nodes: Within) -> Rule | None:
        """The rule whose headline is what the nodes add that the layer is, if all are known.

        A node without an operator among them stands for what the layer's own rule says. Raises
        `CostcalcError` where that has no number for it.
        """
        convention = self.convention
        operators = {operator for _, operator in nodes if operator}
        form = convention.form(layer)
        if not operators or form == ABSENT or not convention.constants.keys() >= operators:
            return None
        alone = all(operator for _, operator in nodes)
        own = convention.ruled(layer.op, form) if alone else convention.rule(layer)
        key = id(own), nodes  # the convention has it for as long as this
        if key not in self._made:
            self._made[key] = self._make(own, nodes, alone)
        return self._made[key]

    def _make(self, own: Rule | None, nodes: Within, alone: bool) -> Rule:
        convention, headline = self.convention, self.convention.headline
        each: Counter[str] = Counter()
        kinds = {operator: convention.constants[operator] for _, operator in nodes if operator}
        for on, operator in nodes:
            if operator:
                each[on] += kinds[operator]
        rule = own or Rule({}, None, {}, "", convention.mark)
        terms = [f"{cost} * {on}" for on, cost in each.items() if cost]
        if not alone and headline in rule.costs:
            terms.insert(0, rule.costs[headline].text)
        costs = {headline: Cell(" + ".join(terms) or "0", False, rule.mark)}
        told = ", ".join(f"{operator} at {cost}" for operator, cost in kinds.items())
        return rule._replace(costs=costs, why=f"the file's nodes per element: {told}", refused="")
