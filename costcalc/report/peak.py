"""What `memory` shows: the peak, the picture over all steps, the steps at the top."""

from __future__ import annotations

from typing import Any

from costcalc.language.quantities import DEFINITIONS
from costcalc.memory.peak import Peak
from costcalc.network import Network
from costcalc.report.document import Column, Document, Sheet, share
from costcalc.report.objects import SCHEMA_VERSION, summary_object
from costcalc.report.views import about, header

BAR = 40
"""How many characters the peak's bar is long."""


def memory_document(network: Network, peak: Peak, top: int) -> Document:
    """A bar a step, and below the `top` steps with everything that is alive at them."""
    columns = [
        Column("step", "number", "count"),
        Column("layer", "layer"),
        Column("type", "type"),
        Column("bytes alive", "bytes", "count"),
        Column("", "share", "percent", "dim"),
        Column("", "bar", tone="dim"),
    ]
    most = peak.peak_bytes
    rows = [
        [number, m.step.name, m.step.type, size, share(size, most), "█" * -(-size * BAR // most)]
        for number, m in enumerate(peak.moments, start=1)
        for size in [peak.bytes(m)]
    ]
    return Document(
        [*_header(network), *_words(peak)],
        [Sheet(columns, rows, "memory over the steps"), _top(peak, top)],
        _about(network, peak),
    )


def memory_data(network: Network, peak: Peak) -> Document:
    """The steps for data formats: no bars, the tensors alive by name."""
    columns = [
        Column("step", "step", "count"),
        Column("layer", "layer"),
        Column("type", "type"),
        Column("bytes", "bytes", "count"),
        Column("tensors", "tensors"),
    ]
    rows = [
        [number, m.step.name, m.step.type, peak.bytes(m), " ".join(t.name for t in peak.alive(m))]
        for number, m in enumerate(peak.moments, start=1)
    ]
    return Document([], [Sheet(columns, rows)], _about(network, peak))


def _header(network: Network) -> list[str]:
    """The network's header without its last line: params and costs are not the subject."""
    return header(network)[:-1]


def _words(peak: Peak) -> list[str]:
    found = {
        "spec": "the spec's order of steps",
        "best": "the order with the smallest peak, found exactly"
        if peak.exact
        else "the better of the spec's order and a greedy one; the graph is too wide to be exact",
    }[peak.order]
    return [
        f"definition {peak.definition}: {DEFINITIONS[peak.definition]}",
        f"order {peak.order}: {found}",
        f"peak {peak.peak_bytes:,} bytes of activations ({peak.peak:,} elements,"
        f" {peak.execution.activations}) at {peak.step}; weights not counted",
    ]


def _top(peak: Peak, top: int) -> Sheet:
    columns = [
        Column("layer", "layer"),
        Column("bytes alive", "bytes", "count"),
        Column("tensors", "tensors"),
    ]
    size = peak.execution.activation_bytes
    highest = sorted(peak.moments, key=lambda moment: -moment.elements)[:top]
    rows = [
        [
            moment.step.name,
            peak.bytes(moment),
            " + ".join(f"{name} {size * elements:,}" for name, elements in peak.alive(moment)),
        ]
        for moment in highest
    ]
    over = ["a step that writes over its input needs one place for the two"]
    return Sheet(
        columns, rows, "most in memory", notes=over if peak.definition == "in-place" else []
    )


def _about(network: Network, peak: Peak) -> dict[str, Any]:
    return {**about(network), "definition": peak.definition, "order": peak.order}


def memory_object(network: Network, peak: Peak) -> dict[str, Any]:
    """The peak and every step as data, in bytes of the whole batch."""
    size = peak.execution.activation_bytes
    return {
        "schema_version": SCHEMA_VERSION,
        **summary_object(network),
        "peak_bytes": peak.peak_bytes,
        "peak_elements": peak.peak,
        "definition": peak.definition,
        "order": peak.order,
        "exact": peak.exact,
        "step": peak.step,
        "tensors": [{"name": t.name, "bytes": size * t.elements} for t in peak.tensors],
        "steps": [
            {
                "layer": moment.step.name,
                "type": moment.step.type,
                "bytes": peak.bytes(moment),
                "tensors": [tensor.name for tensor in peak.alive(moment)],
            }
            for moment in peak.moments
        ],
    }
