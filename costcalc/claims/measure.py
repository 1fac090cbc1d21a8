"""Measures of a network: what a claim is about, as a whole number, a share or a shape."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from costcalc.cost.groups import folded_type
from costcalc.cost.totals import add_up_one
from costcalc.errors import CostcalcError, SpecError, at, suggest
from costcalc.graph.model import ExpandedRow, Layer
from costcalc.graph.naming import layers_named
from costcalc.language.claim import Claim
from costcalc.language.model import Cell
from costcalc.language.quantities import DTYPES, SHAPES
from costcalc.network import Network, read_convention
from costcalc.numbers.dimensions import Shape

if TYPE_CHECKING:
    from costcalc.conventions.convention import Convention
    from costcalc.conventions.counting import Counted


UNDER_CONVENTION = ("params", "size", "cost")
"""What depends on a convention; everything else is a fact."""


Measured = int | Fraction | Shape
"""What is measured: a whole number, a share (in percent) or a shape."""


def measure(claim: Claim, network: Network, under: Convention | None = None) -> Measured:
    """The claimed quantity of a network.

    Args:
        claim: what is claimed, of which layers.
        network: what it is claimed of.
        under: the convention of params and costs where the claim names none.

    Raises `SpecError` where the claim names a row, type or operator the network does not have,
    leaves out every layer it is about, or wants a share of nothing.
    """
    whole = _without(network.layers, _named(network, claim.without))
    part = _about(claim, network, whole)
    if not part:
        raise SpecError("the claim leaves out every layer it is about", claim.mark)
    if claim.quantity in SHAPES:
        if claim.quantity == "input":
            return network.input
        return part[0].input if claim.quantity == "in" else part[-1].output
    if claim.quantity == "peak_memory":
        if len(part) < len(network.layers):
            raise SpecError("a peak of memory is that of the whole network", claim.mark)
        return _peak(network.with_execution(claim.dtype), claim)
    stated = claim.quantity in UNDER_CONVENTION and (claim.convention or under)
    if stated or claim.quantity == "cost":
        counted = _counted(network, under or _convention(claim))
        of = functools.partial(_under_convention, claim, counted)
    else:
        counts = claim.counts or network.spec.counts
        of = functools.partial(measure_layers, claim.quantity, counts, claim.dtype)
    if claim.unit != "%":
        return of(part)
    everything = of(whole)
    if not everything:
        raise SpecError(f"a share of no {claim.quantity} at all", claim.mark)
    return Fraction(of(part), everything) * 100


@functools.lru_cache(maxsize=1)
def _counted(network: Network, convention: Convention) -> Counted:
    """The network under a convention: one claim after another asks for it."""
    return network.count(convention)


def _peak(network: Network, claim: Claim) -> int:
    """The peak of activations in bytes; in patches where the claim says so."""
    if claim.patches == 1:
        return network.peak_memory(claim.definition).peak_bytes
    from costcalc.memory.patches import patched

    return (
        network.execution.activation_bytes
        * patched(network.graph, claim.definition, claim.patches).peak
    )


def _about(claim: Claim, network: Network, layers: list[Layer]) -> list[Layer]:
    """Those of the layers that a claim is about: its rows, those of a type, or all."""
    if claim.rows:
        wanted = _named(network, claim.rows)
        layers = [layer for layer in layers if id(layer) in wanted]
    if not claim.type:
        return layers
    known = {folded_type(network.graph, layer) for layer in network.layers}
    if claim.type not in known:
        raise SpecError(
            f"{network.name} has no layers of type '{claim.type}'",
            claim.mark,
            suggest(claim.type, known, "types"),
        )
    return [layer for layer in layers if folded_type(network.graph, layer) == claim.type]


def _without(layers: list[Layer], unwanted: set[int]) -> list[Layer]:
    return [layer for layer in layers if id(layer) not in unwanted] if unwanted else layers


def _named(network: Network, cells: Iterable[Cell]) -> set[int]:
    """The layers that cells of a claim name, by their ids."""
    found = set()
    for cell in cells:
        try:
            found |= {id(layer) for layer in layers_named(network.graph, cell.text)}
        except CostcalcError as error:
            raise at(cell.mark, error) from None
    return found


def _convention(claim: Claim) -> Convention:
    """The convention a claim names; errors stand at the claim."""
    try:
        convention = read_convention(claim.convention or None)
        if convention is None:
            raise CostcalcError("a cost needs a convention")
    except SpecError:
        raise
    except CostcalcError as error:
        raise at(claim.mark, error) from None
    return convention


def _under_convention(claim: Claim, counted: Counted, part: list[Layer]) -> int:
    """Params, their bytes, or the headline number of some layers as a tool counts them."""
    whole = len(part) == len(counted.layers)
    totals = counted if whole else counted.totals(part)
    if claim.quantity == "size":
        return int(totals.params * DTYPES[claim.dtype])
    found = getattr(totals, claim.quantity)
    if found is None:
        raise SpecError(f"{counted.convention.key} has no cost, params alone", claim.mark)
    return int(found)


def measure_layers(quantity: str, counts: tuple[str, ...], dtype: str, layers: list[Layer]) -> int:
    """A quantity of some layers, as a whole number."""
    if quantity == "layers":
        return sum(layer.operator.weighted for layer in layers)
    if quantity == "activations":
        return int(sum(layer.output.size for layer in layers if layer.operator.weighted))
    if quantity == "pruned":
        return int(sum(layer.pruned for layer in layers))
    if quantity == "pruned_size":
        bits = sum(layer.pruned * layer.bits for layer in layers)
        return int(-(-bits // 8))
    if quantity == "size":
        return int(add_up_one("params", layers, counts) * DTYPES[dtype])
    return int(add_up_one(quantity, layers, counts))


def measure_row(network: Network, run: ExpandedRow, quantity: str) -> Measured:
    """A quantity of a row of the table: a shape of its ends, or a sum over its layers."""
    if quantity == "in":
        assert run.input is not None
        return run.input
    if quantity in ("out", "size"):
        assert run.output is not None
        return run.output
    layers = [network.layers[index] for index in run.layers]
    return measure_layers(quantity, network.spec.counts, "fp32", layers)
