"""What matters first about a network, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from costcalc.conventions.counting import Counted
from costcalc.cost.groups import Group, by_type
from costcalc.report.document import duration, exact, plural, rounded, share
from costcalc.report.html.devices import OnDevice
from costcalc.report.html.subject import Subject
from costcalc.report.roofline import BOUNDS
from costcalc.report.time import percent, with_error

_WORTH = Fraction(1, 20)
"""How much larger its share of the time must be than that of the Mult-Adds, to be told."""


def highlights(subject: Subject) -> Iterator[str]:
    """Where the costs are, where memory peaks, how long it takes, what was printed."""
    network = subject.network
    types = by_type(network.graph, network.sum_up)
    yield from _where(subject, types)
    peak = subject.peak
    yield (
        f"Memory peaks at {peak.step}: {peak.peak_bytes:,} bytes in"
        f" {plural(len(peak.tensors), 'tensor')}, weights not counted."
    )
    for one in subject.devices:
        yield from _on(one, types)
    yield from _tools(subject.counts)
    yield _published(subject)


def _where(subject: Subject, types: Iterable[Group]) -> Iterator[str]:
    totals = subject.network.totals
    said = []
    for key, name in (("mult_adds", "Mult-Adds"), ("params", "params"),
                      ("memory_access", "memory access")):  # fmt: skip
        most = max(types, key=lambda group: getattr(group.totals, key), default=None)
        part = None if most is None else share(getattr(most.totals, key), getattr(totals, key))
        if most is not None and part:
            said.append(f"{rounded(part * 100, 1)} % of the {name} in {most.name}")
    if said:
        yield f"{'; '.join(said)}."


def _on(one: OnDevice, types: Iterable[Group]) -> Iterator[str]:
    name = one.device.name
    if one.prediction is not None:
        batch = plural(one.prediction.batch, "example")
        yield f"{name}: {with_error(one.prediction)} for {batch}, predicted from its layers."
        if one.prediction.outside:
            yield f"{name}: outside of what was measured: {'; '.join(one.prediction.outside)}."
    if one.roofline is not None:
        bound = ", ".join(
            f"{rounded(one.roofline.share(by) * 100, 1)} % bound by {by}" for by in BOUNDS
        )
        yield f"{name}: at least {duration(one.roofline.seconds)}, {bound}."
    slow = max(types, key=lambda group: _excess(one, group), default=None)
    if slow is not None and _excess(one, slow) > _WORTH:
        spent = one.values(slow.layers)[f"{one.key}_share"]
        adds = share(slow.totals.mult_adds, one.network.mult_adds) or Fraction(0)
        yield (
            f"{name}: {slow.name} has {percent(float(adds))} of the Mult-Adds"
            f" and takes {percent(float(spent))} of the time."
        )


def _excess(one: OnDevice, group: Group) -> Fraction:
    """By how much a group's share of the time is larger than that of the Mult-Adds."""
    spent = one.values(group.layers)[f"{one.key}_share"] or Fraction(0)
    return Fraction(spent - (share(group.totals.mult_adds, one.network.mult_adds) or 0))


def _tools(counts: Iterable[Counted]) -> Iterator[str]:
    """The least and the most that tools print, of those that count multiply-adds."""
    found = {
        one.convention.key: one.figures[one.convention.headline]
        for one in counts
        if one.convention.headline and (one.convention.unit or "").startswith("multiply-adds")
    }
    if len(set(found.values())) > 1:
        least, most = min(found, key=found.__getitem__), max(found, key=found.__getitem__)
        yield (
            f"Tools that count multiply-adds print from {exact(found[least])} ({least})"
            f" to {exact(found[most])} ({most})."
        )


def _published(subject: Subject) -> str:
    lines, every = subject.published, subject.checked.lines
    if not every:
        return "Nothing is printed of it that could be checked."
    counted = ", ".join(f"{count} {verdict}" for verdict, count in lines.summary().items())
    here = f"{plural(len(lines), 'published number')} of exactly this network: {counted}."
    return here if lines else f"{plural(len(every), 'published number')} of other settings."
