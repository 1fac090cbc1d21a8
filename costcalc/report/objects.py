"""JSON: the documented objects, raw integers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from costcalc.cost.groups import Group
from costcalc.graph.model import Layer
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Spec
from costcalc.language.settings import plain
from costcalc.network import Network
from costcalc.numbers.dimensions import Shape

SCHEMA_VERSION = 1


def network_object(network: Network, grouping: str, groups: Iterable[Group]) -> dict[str, Any]:
    """A network with every layer, and its groups where a grouping was asked for."""
    result = {"schema_version": SCHEMA_VERSION, **summary_object(network)}
    result["layers"] = [_layer(network, layer) for layer in network.layers]
    if grouping:
        result["by"] = grouping
        result["groups"] = [
            {
                "name": group.name,
                "type": group.type,
                "times": group.times,
                "input": list(group.input),
                "output": list(group.output),
                **group.totals._asdict(),
            }
            for group in groups
        ]
    return result


def summary_object(network: Network) -> dict[str, Any]:
    """What the header and the totals of a network say."""
    return {
        "model": network.name,
        "hyperparameters": {k: plain(v) for k, v in network.hyperparameters.items()},
        "input": list(network.input),
        **_several("inputs", network.inputs),
        **_several("outputs", network.outputs),
        "batch": network.execution.batch,
        "bytes_per_element": network.execution.bytes_per_element,
        "dtype": network.execution.dtype,
        "fused": network.execution.fused,
        "flash": network.execution.flash,
        "convention": network.convention,
        "totals": {
            **network.totals._asdict(),
            **({} if network.counted is None else {"unit": network.unit}),
        },
        "memory_access_bytes": network.memory_access_bytes,
    }


def _several(key: str, tensors: Mapping[str, Shape]) -> dict[str, Any]:
    """Tensors by name, where there is more than the one that each network has."""
    shapes = {name: list(shape) for name, shape in tensors.items()}
    return {key: shapes} if len(shapes) > 1 else {}


def _layer(network: Network, layer: Layer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "op": layer.op,
        "input": list(layer.input),
        "output": list(layer.output),
        **network.sum_up([layer])._asdict(),
        "memory_access_bytes": network.execution.bytes_moved([layer]),
        "type": layer.type,
        "row": layer.row,
        "block": layer.block,
        "fused": layer.fused,
    }


def compare_object(
    networks: Iterable[Network], reported: Iterable[dict[str, Fraction]]
) -> dict[str, Any]:
    """Networks side by side."""
    return {
        "schema_version": SCHEMA_VERSION,
        "models": [
            {**summary_object(network), "reported": {k: float(v) for k, v in accuracy.items()}}
            for network, accuracy in zip(networks, reported, strict=True)
        ],
    }


def list_object(networks: Iterable[tuple[Spec, Network]]) -> dict[str, Any]:
    """Every built-in network with its hyperparameters, and its costs at the defaults."""
    return {
        "schema_version": SCHEMA_VERSION,
        "models": [
            {
                "model": spec.key,
                "name": spec.name,
                "paper": spec.paper,
                "year": spec.year,
                "hyperparameters": {
                    p.name: {
                        "default": plain(p.default),
                        "by": {p.by: {show_value(k): plain(v) for k, v in p.defaults.items()}}
                        if p.by
                        else {},
                        "help": p.help,
                        "choices": [plain(c) for c in p.choices],
                        "min": None if p.min is None else plain(p.min),
                        "max": None if p.max is None else plain(p.max),
                    }
                    for p in spec.hyperparameters.values()
                },
                "totals": network.totals._asdict(),
            }
            for spec, network in networks
        ],
    }
