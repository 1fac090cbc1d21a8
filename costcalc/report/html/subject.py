"""What the page says of one network: computed once, and read off by every part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from costcalc.claims.checker import ClaimChecker
from costcalc.claims.ledger import Checked, Ledger
from costcalc.conventions.counting import Counted
from costcalc.conventions.reading import load_convention
from costcalc.conventions.reading import names as conventions
from costcalc.cost.groups import GROUPINGS, Group
from costcalc.drawing.folding import fold
from costcalc.drawing.node import Node
from costcalc.explain.derivation import Derivation, derive
from costcalc.hardware.devices import Device
from costcalc.memory.peak import Peak
from costcalc.network import Network
from costcalc.report.document import Column
from costcalc.report.html.devices import OnDevice, on_device
from costcalc.report.network import MOVED, cost_heads, network_result, reference
from costcalc.report.reconciliation import Refused, count_under
from costcalc.report.result import Table

FEW = 60
"""Blocks that one looks through; of more, those of the graph are shown."""


@dataclass
class Subject:
    """A network with all that is computed of it.

    `published` are the claims about exactly this network, `checked` all of its paper.
    """

    number: int
    network: Network
    devices: list[OnDevice]
    peak: Peak
    derivations: list[Derivation]
    counts: list[Counted]
    refused: list[Refused]
    published: Ledger
    checked: Checked

    @property
    def name(self) -> str:
        """What one would type for it."""
        return reference(self.network)

    @cached_property
    def index(self) -> Mapping[int, int]:
        """Where a layer stands in the network, by its identity."""
        return {id(layer): index for index, layer in enumerate(self.network.layers)}

    def costs(self) -> dict[str, str]:
        """What layers can be coloured by: the key of a cost, and its name."""
        heads = cost_heads(self.network)
        costs = {key: heads[key] for key in ("mult_adds", *heads)}
        for one in self.devices:
            columns = one.columns(layers=False)
            costs |= {column.key: column.head for column in columns if column.kind != "percent"}
        return costs

    @cached_property
    def layers(self) -> Table:
        """Every layer, with the time it takes on the devices."""
        return self.groups("layer")

    def groups(self, grouping: str) -> Table:
        """The layers gathered, one of `GROUPINGS`, with the time they take on the devices."""
        groups = GROUPINGS[grouping](self.network.graph, self.network.sum_up)
        return self._table(groups, grouping)

    def blocks(self) -> Table:
        """Block by block; where nobody names blocks, as in a model file, what the graph shows."""
        network = self.network
        groups = GROUPINGS["block"](network.graph, network.sum_up)
        nodes = fold(network.graph)
        if len(groups) > FEW > len(nodes):
            groups = [self._group(node) for node in nodes]
        return self._table(groups, "block")

    def _group(self, node: Node) -> Group:
        layers = [self.network.layers[index] for index in node.layers]
        totals = self.network.sum_up(layers)
        label = node.label or node.key
        name = f"{node.times}× {label}" if node.times > 1 else label
        return Group(name, node.type, 1, layers[0].input, node.output, totals, layers)

    def _table(self, groups: Sequence[Group], grouping: str) -> Table:
        network = self.network
        told = network_result(network, groups, grouping, Ledger(), tuple(MOVED)).tables[0]
        by_layer = grouping == "layer"
        extra = [column for one in self.devices for column in one.columns(by_layer)]
        rows = [
            {**row, **{k: v for one in self.devices for k, v in one.values(group.layers).items()}}
            for row, group in zip(told.rows, groups, strict=True)
        ]
        total = {**(told.total or {}), **{k: v for d in self.devices for k, v in d.total().items()}}
        columns = beside(told.columns, "mult_adds_share", extra)
        return Table(columns, rows, total=total, notes=told.notes)


def beside(columns: Sequence[Column], key: str, more: Sequence[Column]) -> list[Column]:
    """Columns with others right behind the one of a key: what matters is seen first."""
    at = next(n for n, column in enumerate(columns, start=1) if column.key == key)
    return [*columns[:at], *more, *columns[at:]]


def examine(
    number: int,
    network: Network,
    devices: Sequence[Device],
    checker: ClaimChecker,
    batch: int | None = None,
    definition: str = "separate",
    order: str = "spec",
) -> Subject:
    """Everything about one network. Raises `CostcalcError` where a device has no time for it."""
    one_example = network.with_execution(network.execution.dtype)
    counts, refused = count_under(one_example, [load_convention(name) for name in conventions()])
    return Subject(
        number,
        network,
        [on_device(network, device, batch) for device in devices],
        network.peak_memory(definition, order),
        derive(network, network.layers),
        counts,
        refused,
        checker.claims_for(network.with_execution()),
        checker.check(network.name, network.spec),
    )
