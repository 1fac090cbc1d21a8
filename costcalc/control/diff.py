"""`costcalc.diff`: what a change to a network costs, and where it comes from.

Rows of the paper's tables (or layers) are matched by their names, then by what they are: see
`alignment`. A row whose layers are what they were, and read what they read, has not changed.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Mapping

from costcalc.control import reasons
from costcalc.control.alignment import Item, align, moved
from costcalc.control.changes import ADDED, CHANGED, REMOVED, Change, Diff, LayerChange
from costcalc.control.quantities import TOTALS, measure
from costcalc.cost.groups import GROUPINGS, Group
from costcalc.errors import CostcalcError, Mark
from costcalc.graph.model import ExpandedRow, Layer
from costcalc.importers import is_model
from costcalc.network import Network, parse_reference
from costcalc.ops import ACTIVATIONS, COMMUTING, NORMS
from costcalc.records import NamedTuple


def diff(a: Network | str | None, b: Network | str, /, *, by: str | None = None) -> Diff:
    """What `b` costs beside `a`, in total and row by row, and why.

    Args:
        a: a `Network`, a reference like "mobilenet:alpha=0.5", or None for no network at all.
        b: a `Network` or a reference.
        by: "row" (of the papers' tables, repeats and what blocks hold together) or "layer"; where
            one of both alone is a model file, whose rows are layers, those are compared, else rows.

    Returns:
        Each total before and after, and the rows or layers that were added, removed or changed.

    Raises:
        CostcalcError: for what is no network, or another word for `by`.

    >>> found = costcalc.diff("mobilenet", "mobilenet:alpha=0.75")
    >>> found.totals["mult_adds"].change
    -243339904
    >>> found.layers[0].why
    ('narrower: 32 to 24 channels',)
    """
    if by not in (None, "row", "layer"):
        raise CostcalcError(f"unknown grouping '{by}'\ngroupings: row, layer")
    before = None if a is None else _network(a)
    after = _network(b)
    totals = {
        quantity: change
        for quantity in TOTALS
        if (change := _measured(before, after, quantity)) != (None, None)
    }
    why = () if before is None else tuple(reasons.of_network(before, after))
    changes = _changes(before, after, by or _natural(before, after))
    found = [change for change in changes if change is not None]
    return Diff(before, after, totals, why, found, len(changes) - len(found))


def _natural(a: Network | None, b: Network) -> str:
    """What of two networks has a counterpart in the other one: rows, or else layers."""
    files = [is_model(network.spec.source.path) for network in (a or b, b)]
    return "row" if files[0] == files[1] else "layer"


def _measured(a: Network | None, b: Network, quantity: str) -> Change:
    return Change(None if a is None else measure(a, quantity), measure(b, quantity))


def _network(given: Network | str) -> Network:
    return given if isinstance(given, Network) else parse_reference(given)


class _Side(NamedTuple):
    """One network's groups, the signatures of their layers, and what each is recognised by."""

    network: Network | None
    groups: list[Group]
    marks: list[Mark]
    signatures: list[tuple[Hashable, ...]]
    items: list[Item]

    def costed(self, index: int) -> Group:
        """A group with what it costs."""
        assert self.network is not None
        group = self.groups[index]
        return group._replace(totals=self.network.sum_up(group.layers))


def _side(network: Network | None, by: str, same_spec: bool) -> _Side:
    """The groups of a network.

    Rows of one and the same spec are themselves whatever its hyperparameters are; between specs a
    row is known by the name it was given, not by a running number.
    """
    if network is None:
        return _Side(None, [], [], [], [])
    groups = GROUPINGS[by](network.graph, lambda layers: None)
    identities: Iterable[Hashable]
    rows = network.graph.rows
    if by == "layer":
        identities = (group.name if same_spec else None for group in groups)
        operations = [layer.op for layer in network.layers]
        places = {run.name: run.row.mark for run in rows}
        marks = [places[layer.row] for layer in network.layers]
    else:
        operations = [run.op for run in rows]
        marks = [run.row.mark for run in rows]
        identities = (id(run.row) if same_spec else _written_name(run) for run in rows)
    signatures = [tuple(map(_signature, group.layers)) for group in groups]
    described = zip(identities, groups, signatures, operations, strict=True)
    items = [
        Item(identity, (signature, (group.type, group.output), group.type, operation, group.output))
        for identity, group, signature, operation in described
    ]
    return _Side(network, groups, marks, signatures, items)


def _written_name(run: ExpandedRow) -> str | None:
    cell = run.row.cells.get("name")
    return None if cell is None else cell.text


def _changes(a: Network | None, b: Network, by: str) -> list[LayerChange | None]:
    """For every pair of groups what changed, None where nothing did."""
    same_spec = a is not None and a.spec is b.spec
    old, new = _side(a, by, same_spec), _side(b, by, same_spec)
    pairs = align(old.items, new.items, kinds=3)
    inside = [_inside(old, new, i, j) for i, j in pairs]
    rewired = {} if a is None else _rewired(a, b, itertools.chain.from_iterable(inside))
    elsewhere = moved(pairs)
    alike = a is not None and _counted_alike(a, b)
    found: list[LayerChange | None] = []
    for (i, j), layers in zip(pairs, inside, strict=True):
        mark = None if j is None else new.marks[j]
        if i is None or j is None:
            one = None if i is None else old.costed(i)
            other = None if j is None else new.costed(j)
            status, what = (ADDED, "an added") if one is None else (REMOVED, "a removed")
            found.append(LayerChange(status, one, other, (f"{what} {by}",), mark))
            continue
        why = ["moved"] if (i, j) in elsewhere else []
        if old.signatures[i] != new.signatures[j]:
            why += reasons.of_group(old.groups[i], new.groups[j], layers)
        why += [rewired[id(layer)] for _, layer in layers if id(layer) in rewired]
        unlike = old.signatures[i] != new.signatures[j]
        if alike and not why and not unlike:
            found.append(None)
            continue
        one, other = old.costed(i), new.costed(j)
        if not why and unlike and any(x and y and x.fused != y.fused for x, y in layers):
            why.append("fused with the layer before it, on one side alone")
        if not why and one.totals != other.totals:
            why.append("counted otherwise")
        found.append(LayerChange(CHANGED, one, other, tuple(why), mark) if why else None)
    return found


def _counted_alike(a: Network, b: Network) -> bool:
    """Whether equal layers have equal costs. A convention looks at more than the layer."""
    return a.counted is None and b.counted is None and a.spec.counts == b.spec.counts


def _signature(layer: Layer) -> Hashable:
    """All that a layer is, but for its name and whose output it reads."""
    facts = layer.facts
    return (
        layer.op,
        *reasons.meant(layer).values(),
        reasons.shapes_read(layer),
        layer.output,
        facts[:-1],
        *facts.elementwise.items(),
        layer.keep,
        layer.bits,
        layer.bias_bits,
        layer.fused,
    )


def _inside(old: _Side, new: _Side, i: int | None, j: int | None) -> list[reasons.LayerPair]:
    """The layers of two groups that belong together, those that belong to none as pairs too."""
    if i is None or j is None:
        return []
    a, b = old.groups[i].layers, new.groups[j].layers
    if old.signatures[i] == new.signatures[j] or len(a) == len(b) == 1:
        return list(zip(a, b, strict=True))
    own, theirs = (
        [
            Item(None, (signature, (reasons.inner_name(layer), layer.op), _role(layer)))
            for layer, signature in zip(layers, signatures, strict=True)
        ]
        for layers, signatures in ((a, old.signatures[i]), (b, new.signatures[j]))
    )
    return [
        (None if x is None else a[x], None if y is None else b[y])
        for x, y in align(own, theirs, kinds=2)
    ]


_NORMS, _ACTIVATIONS = (
    frozenset(called for called in words.values() if called) for words in (NORMS, ACTIVATIONS)
)


def _role(layer: Layer) -> str:
    """What one normalisation or activation shares with another one in its place."""
    if layer.op in _NORMS:
        return "norm"
    return "act" if layer.op in _ACTIVATIONS else layer.op


def _read(
    a: Network, b: Network, x: Layer, y: Layer, partner: Mapping[int, Layer]
) -> list[tuple[Layer, Layer]]:
    """The layers that two layers read, place by place; of joins of any order those that differ."""
    if x.operator.source or y.operator.source:
        return []
    inputs = zip(x.inputs, y.inputs, strict=False)
    both = [(a.layers[i], b.layers[j]) for i, j in inputs if i >= 0 and j >= 0]
    if x.op not in COMMUTING or y.op not in COMMUTING:
        return both
    kept = {id(partner[id(was)]) for was, _ in both if id(was) in partner}
    there = {id(reads) for _, reads in both}
    old = [was for was, _ in both if id(partner.get(id(was))) not in there]
    new = [reads for _, reads in both if id(reads) not in kept]
    return list(zip(old, new, strict=False))


def _rewired(a: Network, b: Network, pairs: Iterable[reasons.LayerPair]) -> dict[int, str]:
    """By the id of a layer of `b`: that it reads another layer than before, which is still there.

    Where the one it read is gone, or the one it reads is new, that change says it all.
    """
    matched = [(x, y) for x, y in pairs if x is not None and y is not None]
    partner = {id(x): y for x, y in matched}
    known = {id(y) for _, y in matched}
    found = {}
    for x, y in matched:
        for was, reads in _read(a, b, x, y, partner):
            still = partner.get(id(was), reads)
            if still is not reads and id(reads) in known:
                found[id(y)] = f"reads {reads.name} in place of {was.name}"
    return found
