"""Devices: peaks, bandwidth and on-chip memory, each number with its unit and source, and times.

A device is a YAML file, read like a spec: what is wrong with it has a place.
"""

from __future__ import annotations

import functools
import os
import re
from fractions import Fraction

from costcalc.errors import CostcalcError, Source, SpecError, suggest
from costcalc.hardware.timing import Timing
from costcalc.hardware.timing_file import PART, read_timing
from costcalc.language import fields, limits
from costcalc.language.find import EXTENSION, is_path
from costcalc.language.nodes import Mapping, Node, read
from costcalc.language.numerals import NUMBER, exact_number
from costcalc.language.quantities import DTYPES
from costcalc.language.reader import read_source
from costcalc.language.references import as_text
from costcalc.records import NamedTuple
from costcalc.recovery import read_or, read_whole

_TENS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
_TWOS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
MULT_ADDS = {
    f"{prefix}{unit}/s": Fraction(factor, per)
    for unit, per in (("FLOP", 2), ("OP", 2), ("mult_adds", 1))
    for prefix, factor in _TENS.items()
    if factor >= 10**6
}
"""Units of a peak, in multiply-adds a second: two operations are one."""
BYTES = {f"{prefix}B": Fraction(factor) for prefix, factor in {**_TENS, **_TWOS}.items()}
"""Units of memory, in bytes."""
BANDWIDTH = {f"{unit}/s": factor for unit, factor in BYTES.items()}
"""Units of bandwidth, in bytes a second: GB/s is 10^9."""

KEYS = {
    "name": "what it is called in headers; else the file's name",
    "source": "where its numbers were read",
    "peak": "multiply-adds a second, by type",
    "bandwidth": "bytes a second from and to memory",
    "on_chip": "memory that a tensor may stay in",
    PART: "how long networks take, as costcalc calibrate writes it",
}
"""The keys of a device."""
QUANTITY = {
    "value": "the number with its unit",
    "note": "what it is of",
    "source": "where it was read",
}
"""The keys of a number that says more than itself."""
_QUANTITY = re.compile(rf"({NUMBER}) ?([^\s\d]\S*)")


class Quantity(NamedTuple):
    """A number of the device: as written, in base units, what it is of, and where it is from."""

    text: str
    value: Fraction
    note: str
    source: str


class Device(NamedTuple):
    """What bounds a network's time: multiply-adds a second by type, bytes a second.

    `on_chip` is memory in bytes that a tensor may stay in, where the device says it; `timing` how
    long networks take, where some were measured. A device states its bounds, times, or both.
    """

    key: str
    name: str
    source: str
    peak: dict[str, Quantity]
    bandwidth: Quantity | None
    on_chip: Quantity | None
    timing: Timing | None
    file: Source

    def bandwidth_of(self) -> Quantity:
        """The bandwidth. Raises `CostcalcError` where the device states none."""
        if self.bandwidth is None:
            raise CostcalcError(f"{self.name} states no bandwidth, only times\ncostcalc time does")
        return self.bandwidth

    def timing_of(self) -> Timing:
        """How long networks take. Raises `CostcalcError` where none was measured."""
        if self.timing is None:
            raise CostcalcError(
                f"{self.name} states no times: no network was measured there\n"
                "costcalc calibrate makes them of measurements; these have some:"
                f" {', '.join(timed())}"
            )
        return self.timing

    def peak_of(self, dtype: str) -> Quantity:
        """The peak for a type. Raises `CostcalcError` for one the device has none of."""
        if not self.peak:
            raise CostcalcError(f"{self.name} states no peak, only times\ncostcalc time does")
        if dtype not in self.peak:
            raise CostcalcError(
                f"{self.name} states no peak for {dtype}\n"
                f"--dtype is one of {', '.join(self.peak)} there"
            )
        return self.peak[dtype]


def _folder() -> str:
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "devices")


def names() -> list[str]:
    """The names of the devices that ship, in alphabetical order."""
    return sorted(
        entry.removesuffix(EXTENSION)
        for entry in os.listdir(_folder())
        if entry.endswith(EXTENSION)
    )


def timed() -> list[str]:
    """The names of those that say how long networks take."""
    return [name for name in names() if load_device(name).timing is not None]


def read_device(reference: str | os.PathLike[str] | None) -> Device | None:
    """The device of a name or path that says how long networks take, None where none is named.

    Raises `CostcalcError` for an unknown one and one without times.
    """
    if reference is None:
        return None
    device = load_device(as_text(reference))
    device.timing_of()
    return device


def load_device(reference: str) -> Device:
    """A device that ships by its name, or one's own by path.

    Raises `CostcalcError` for an unknown name, `SpecError` where the file is wrong.
    """
    if reference in names():
        return _shipped(reference)
    if is_path(reference):
        return _read(reference)
    raise CostcalcError(f"unknown device '{reference}'\n{suggest(reference, names(), 'devices')}")


@functools.cache
def _shipped(name: str) -> Device:
    return _read(os.path.join(_folder(), name + EXTENSION))


def _read(path: str) -> Device:
    return read_whole(read_source(path, "a device is a YAML file"), _device)


def _device(file: Source) -> Device:
    tree = read(file, "a device is a mapping with a peak and a bandwidth, or with times")
    root = fields.mapping(tree, "a device")
    fields.known_keys(root, KEYS, "a device")
    key = os.path.basename(file.path).rpartition(".")[0] or file.path
    source = read_or(lambda: fields.required_text(root, "source", "a device"), "")
    time = root.get(PART)
    bound = time is None or not {"peak", "bandwidth"}.isdisjoint(root.entries)
    return Device(
        key=key,
        name=read_or(lambda: fields.text(root.get("name"), "name"), "") or key,
        source=source,
        peak=read_or(lambda: _peaks(root, source), {}) if bound else {},
        bandwidth=read_or(lambda: _bandwidth(root, source), None) if bound else None,
        on_chip=read_or(lambda: _on_chip(root.get("on_chip"), source), None),
        timing=None if time is None else read_or(lambda: read_timing(time, source), None),
        file=file,
    )


def _bandwidth(root: Mapping, source: str) -> Quantity | None:
    return quantity(fields.required(root, "bandwidth", "a device"), BANDWIDTH, source)


def _on_chip(node: Node | None, source: str) -> Quantity | None:
    return None if node is None else quantity(node, BYTES, source)


def _peaks(root: Mapping, source: str) -> dict[str, Quantity]:
    peaks = fields.mapping(fields.required(root, "peak", "a device"), "peak")
    fields.known_keys(peaks, DTYPES, "peak")
    if not peaks.entries:
        raise SpecError("peak needs at least one type", peaks.mark, "peak: {fp32: 10 TFLOP/s}")
    return fields.each(
        peaks.entries,
        lambda dtype: quantity(peaks.entries[dtype], MULT_ADDS, source),
        peaks.mark,
    )


def quantity(node: Node, units: dict[str, Fraction], source: str) -> Quantity:
    """A number with its unit: `900 GB/s`, or {value: 900 GB/s, note: …, source: …}.

    It is from the device's `source` unless it says otherwise.
    """
    note = ""
    if isinstance(node, Mapping):
        fields.known_keys(node, QUANTITY, "a number of a device")
        note = fields.text(node.get("note"), "note")
        source = fields.text(node.get("source"), "source") or source
        node = fields.required(node, "value", "a number of a device")
    written = fields.scalar(node, "a number of a device")
    match = None
    if len(written.text) <= limits.EXPRESSION_CHARACTERS:
        match = _QUANTITY.fullmatch(written.text)
    if match is None or not exact_number(match[1]):
        raise SpecError(
            f"'{written.text}' is no number above 0 with its unit", written.mark, _hint(units)
        )
    if match[2] not in units:
        raise SpecError(
            f"unknown unit '{match[2]}'",
            written.mark.inside(match.start(2), len(match[2])),
            suggest(match[2], units, "units"),
        )
    return Quantity(written.text, exact_number(match[1]) * units[match[2]], note, source)


def _hint(units: dict[str, Fraction]) -> str:
    return f"units: {', '.join(units)}"
