"""What the page says of one network: a section a question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from costcalc.claims.ledger import VERDICTS
from costcalc.conventions.bridge import between
from costcalc.report.claims import COLUMNS, claim_row, published_table
from costcalc.report.document import Column, For, exact, rounded, share
from costcalc.report.explain import STEP, steps_of
from costcalc.report.html.elements import Content, Html, element, html, script_json
from costcalc.report.html.graph import graph
from costcalc.report.html.highlights import highlights
from costcalc.report.html.memory import memory_chart
from costcalc.report.html.roofline import roofline_chart
from costcalc.report.html.subject import Subject
from costcalc.report.html.table import copied, table
from costcalc.report.memory import memory_result
from costcalc.report.network import cost_heads, header
from costcalc.report.reconciliation import bridge_table, reconcile_result
from costcalc.report.result import Row, Table, uncounted
from costcalc.report.roofline import device_lines
from costcalc.report.time import device_lines as timing_lines

Section = Callable[[Subject], Iterator[Content]]


def article(subject: Subject) -> Html:
    """Everything about one network."""
    first, *lines = header(subject.network)
    spec = subject.network.spec
    if spec.uncounted:
        lines.append(f"NOT counted: {uncounted(spec.source.shown, spec.uncounted)}")
    sections = [_section(subject, key, title, of) for key, (title, of) in SECTIONS.items()]
    links = [
        element("a", title, href=f"#{_id(subject, key)}") for key, (title, _) in SECTIONS.items()
    ]
    return element(
        "article",
        element("p", first, class_="lead"),
        [element("p", line, class_="note") for line in lines],
        tiles(subject),
        element("ul", [element("li", line) for line in highlights(subject)], class_="highlights"),
        element("nav", links, class_="parts", aria_label=f"parts of {subject.name}"),
        sections,
        _formulas(subject),
        aria_label=subject.name,
    )


def _id(subject: Subject, key: str) -> str:
    return f"n{subject.number}-{key}"


def _section(subject: Subject, key: str, title: str, of: Section) -> Html:
    """A section under its heading."""
    label = _id(subject, key)
    heading = element("h3", title, id=label)
    return element(
        "section", heading, list(of(subject)), aria_label=f"{title}: {subject.name}", class_=key
    )


def tiles(subject: Subject) -> Html:
    """The totals, large."""
    network = subject.network
    totals: dict[str, Any] = network.totals._asdict()
    found: list[tuple[str, Any, str]] = [
        (head, totals[key], "") for key, head in cost_heads(network).items()
    ]
    found += [
        ("bytes moved", network.memory_access_bytes, ""),
        ("peak of activations", subject.peak.peak_bytes, "bytes"),
        ("size of params", network.size, "bytes"),
    ]
    intensity = share(network.mult_adds, network.memory_access_bytes)
    if intensity is not None:
        found.append(("Mult-Adds per byte", intensity, ""))
    return element(
        "dl",
        [
            element("div", element("dt", head), _value(value), element("dd", unit, class_="unit"))
            for head, value, unit in found
        ],
        class_="tiles",
    )


def _value(value: Any) -> Html:
    text = exact(value) if isinstance(value, int) else rounded(value, 2)
    return element("dd", text, data_v=copied(value, text), class_="n")


def _graph(subject: Subject) -> Iterator[Content]:
    """The network as it is wired; a box opens the formulas of its layers."""
    found = subject.layers
    yield element("p", "A box opens the formulas of its layers.", class_="note screen")
    yield graph(subject.network, subject.costs(), [*found.rows], found.total or {})


def _blocks(subject: Subject) -> Iterator[Content]:
    """Where Mult-Adds, memory access and time are, side by side."""
    keys = {f"{key}{of}" for key in ("mult_adds", "memory_access") for of in ("", "_share")}
    keys |= {c.key for one in subject.devices for c in one.columns(layers=False)}
    for found, title in (
        (subject.blocks(), "block by block"),
        (subject.groups("type"), "by type of layer"),
    ):
        shown = [c for c in found.columns if c.key in keys or (c.key == "name" and c.head)]
        yield table(Table(shown, found.rows, title=title, total=found.total))


def _layers(subject: Subject) -> Iterator[Content]:
    """Every layer; its name opens its formulas."""
    found = subject.layers
    numbers = iter(range(len(subject.network.layers)))

    def opening(row: Row, text: Content) -> Content:
        return element("button", text, type="button", data_layers=next(numbers))

    label = f"layers of {subject.name}"
    yield element("p", "A layer's name opens its formulas with its numbers.", class_="note screen")
    yield table(found, label, head=opening, class_="filterable costs")


def _formulas(subject: Subject) -> Content:
    """What `explain` says of each layer, as templates, and which of them is whose."""
    columns = [column for column in STEP if column.key != "layer"]
    different: dict[Html, int] = {}
    of: dict[str, int] = {}
    for one in subject.derivations:
        about = element("p", f"{one.layer.type} · {one.layer.input} → {one.layer.output}")
        told = html([about, table(Table(columns, steps_of(one)), "formulas")])
        number = different.setdefault(told, len(different))
        of |= dict.fromkeys((one.layer.name, *one.same), number)
    names = [layer.name for layer in subject.network.layers]
    data = script_json({"names": names, "formulas": [of[name] for name in names]})
    templates = [element("template", told) for told in different]
    return element("div", templates, data, class_="formulas", hidden=True)


def _memory(subject: Subject) -> Iterator[Content]:
    """Memory over the steps, and what is alive at the peak."""
    peak = subject.peak
    result = memory_result(subject.network, peak, 1)
    yield [element("p", line, class_="note") for line in result.header[-3:]]
    yield memory_chart(peak, f"bytes of activations alive at every step of {subject.name}")
    size = peak.execution.activation_bytes
    columns = [Column("tensor", "name"), Column("bytes", "bytes", "count"),
               Column("%", "share", "percent", "dim", seen=For.TABLES)]  # fmt: skip
    rows = [
        {"name": one.name, "bytes": size * one.elements,
         "share": share(size * one.elements, peak.peak_bytes)}
        for one in peak.tensors
    ]  # fmt: skip
    yield table(Table(columns, rows, title=f"alive at the peak, {peak.step}"))
    steps = result.tables[0]
    shown = [column for column in steps.columns if column.key not in ("bar", "tensors")]
    yield element(
        "details",
        element("summary", "every step"),
        table(Table(shown, steps.rows), f"steps of {subject.name}", class_="filterable"),
    )


def _time(subject: Subject) -> Iterator[Content]:
    """The roofline and the predicted time, a device after the other."""
    if not subject.devices:
        yield element("p", "No device was asked for: --device NAME adds time and the roofline.",
                      class_="note")  # fmt: skip
    for one in subject.devices:
        yield element("h4", one.device.name)
        if one.prediction is not None:
            lines = timing_lines(one.device, one.prediction)
            yield [element("p", line, class_="note") for line in lines]
        if one.roofline is None:
            yield element("p", f"No roofline: {one.why_not}.", class_="note")
            continue
        dtype = subject.network.execution.activations
        yield [element("p", line, class_="note") for line in device_lines(one.device, dtype)]
        label = (
            f"roofline of {subject.name} on {one.device.name}; the table of layers has its points"
        )
        yield roofline_chart(one.roofline, label, subject.index)


def _tools(subject: Subject) -> Iterator[Content]:
    """What every tool prints, and the bridge between any two."""
    network = subject.network.with_execution(subject.network.execution.dtype)
    found = reconcile_result(network, subject.counts, subject.refused)
    yield table(found.tables[0], "what every tool prints")
    ends = [one for one in subject.counts if one.convention.headline]

    def choice(label: str, chosen: int) -> Html:
        options = [
            element("option", f"{one.convention.key} {one.convention.headline}", value=index,
                    selected=index == chosen)
            for index, one in enumerate(ends)
        ]  # fmt: skip
        return element(
            "label", f"{label} ", element("select", options, aria_label=f"{label} this tool")
        )

    bridges = [
        element(
            "template",
            table(bridge_table(a, b, between(a, b)), "bridge"),
            data_ends=f"{i} {j}",
        )
        for i, a in enumerate(ends)
        for j, b in enumerate(ends)
    ]
    if len(ends) > 1:
        yield element("div", element("h4", "The bridge between two"), choice("from", 0),
                      choice("to", min(2, len(ends) - 1)), element("div", class_="ends"), bridges,
                      class_="bridge")  # fmt: skip


def _claims(subject: Subject) -> Iterator[Content]:
    """Printed numbers with their verdicts: of exactly this network, then all of its paper."""
    for found in published_table(subject.published):
        yield table(found)
    lines, errors = subject.checked.lines, subject.checked.errors
    if not lines:
        yield element("p", "No printed number of it could be checked.", class_="note")
    else:
        columns = [
            *(column for column in COLUMNS if column.seen & For.PEOPLE),
            Column("settings", "hyperparameters"),
            Column("why", "note"),
        ]
        order = [c for key in _CLAIM for c in columns if c.key == key]
        summary = ", ".join(f"{count} {verdict}" for verdict, count in lines.summary().items())
        notes = [f"{verdict}: {VERDICTS[verdict]}" for verdict in lines.summary()]
        whole = Table(order, map(claim_row, lines), notes=notes)
        yield element(
            "details",
            element("summary", f"all {len(lines):,} numbers of the paper: {summary}"),
            table(whole, f"printed numbers of {subject.name}", class_="filterable"),
            open=not subject.published,
        )
    yield [element("pre", str(error), class_="error") for error in errors]


_CLAIM = ("where", "hyperparameters", "metric", "printed", "computed", "verdict", "note")

SECTIONS: dict[str, tuple[str, Section]] = {
    "graph": ("Graph", _graph),
    "blocks": ("Mult-Adds, memory access and time", _blocks),
    "layers": ("Layers", _layers),
    "memory": ("Memory over the steps", _memory),
    "time": ("Roofline and time", _time),
    "tools": ("What every tool prints", _tools),
    "claims": ("Published numbers", _claims),
}
"""The sections by their key, in order."""
