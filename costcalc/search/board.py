"""Whether a network fits a board: flash and RAM, each as a range of which every part has a source.

It fits where the most it may need is there, and does not where the least is not. In between it
depends on what is said beside: the runtime, the kernels, the planner, the regions of RAM.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.hardware.boards import Board, load_board
from costcalc.language.model import Value
from costcalc.library import load_spec
from costcalc.memory.arena import Arena
from costcalc.memory.interpreter import SOURCE as INTERPRETER
from costcalc.memory.storage import Stored
from costcalc.network import Network
from costcalc.records import NamedTuple
from costcalc.search.budgets import Budget
from costcalc.search.candidates import Candidates, candidates
from costcalc.search.fit import search
from costcalc.search.growing import growing

FITS, DEPENDS, NOT = "fits", "depends on", "does not fit"
STEP = Fraction(1, 20)
"""Width multipliers that are tried are multiples of it."""
_CHANNEL, _TENSOR = 24, 400
"""Bytes that a TFLite file takes at most for a channel's scales and zero points (weights' and
bias', 4 and 8 bytes each) and for a tensor with its operator."""


class Part(NamedTuple):
    """What one thing needs of a memory, in bytes, and where that is from."""

    memory: str
    name: str
    least: int
    most: int
    source: str


@dataclass(frozen=True)
class OnBoard:
    """A network on a board."""

    network: Network
    board: Board
    arena: Arena
    stored: Stored

    @functools.cached_property
    def parts(self) -> list[Part]:
        """What is needed of flash, then of RAM."""
        flash, ram = self.board.runtime["flash"], self.board.runtime["ram"]
        best, kept = self.arena.best.layout.bytes, self.arena.interpreter
        kernels = self.arena.kernels
        faster = max((one.most - one.bytes for one in kernels), default=0)
        sources = dict.fromkeys(one.source for one in kernels if one.most - one.bytes == faster)
        layout = f"the best layout found; {self.arena.planned.planner}, as TFLite Micro plans"
        return [
            Part("flash", "weights", self.stored.bytes, self.stored.bytes, "norms folded"),
            Part("flash", "file", 0, self._file, "none, or a TFLite file's scales and graph"),
            Part("flash", "runtime", flash.least, flash.most, _said(flash.note, flash.source)),
            Part("ram", "arena", best, self.arena.bytes, layout),
            Part("ram", "faster kernels", 0, max(0, faster), "; ".join(sources)),
            Part("ram", "interpreter", kept.least, kept.most, INTERPRETER),
            Part("ram", "runtime", ram.least, ram.most, _said(ram.note, ram.source)),
        ]

    @property
    def _file(self) -> int:
        weighted = sum(layer.operator.weighted for layer in self.network.layers)
        tensors = len(self.arena.tensors) + 2 * weighted
        return _CHANNEL * self.stored.biases + _TENSOR * tensors

    def need(self, memory: str) -> tuple[int, int]:
        """The least and the most bytes of `flash` or `ram`."""
        parts = [part for part in self.parts if part.memory == memory]
        return sum(part.least for part in parts), sum(part.most for part in parts)

    @property
    def piece(self) -> tuple[int, int]:
        """The least and the most bytes of RAM that have to lie in one piece: the arena, at most
        with the interpreter's own at its other end."""
        parts = {part.name: part for part in self.parts if part.memory == "ram"}
        together = ("arena", "faster kernels", "interpreter")
        return parts["arena"].least, sum(parts[name].most for name in together)

    @property
    def limits(self) -> list[tuple[str, tuple[int, int], int]]:
        """What is limited: in words, the bytes that are needed, the bytes that are there."""
        board = self.board
        return [
            ("flash", self.need("flash"), board.flash.bytes),
            ("RAM in one piece", self.piece, board.largest.bytes),
            ("RAM", self.need("ram"), board.ram),
        ]

    @property
    def verdict(self) -> str:
        """Whether it fits."""
        limits = self.limits
        if any(least > there for _, (least, _), there in limits):
            return NOT
        return DEPENDS if any(most > there for _, (_, most), there in limits) else FITS

    @property
    def largest(self) -> tuple[str, Value | None] | None:
        """The width multiplier, and its largest value that fits this board for sure.

        None where the network has no width multiplier; a value of None where no width fits.
        """
        return largest_that_fits(self.network, self.board)

    @property
    def reasons(self) -> list[str]:
        """What is in the way, or what it depends on; nothing where it fits."""
        flash, piece, ram = self.limits
        found = [*self._reason(*flash), *self._reason(*piece)]
        too_large = piece[1][0] > piece[2]  # for a region: then all of RAM says no more
        return found if too_large else [*found, *self._reason(*ram)]

    def _reason(self, what: str, need: tuple[int, int], there: int) -> Iterator[str]:
        least, most = need
        if least > there:
            sets = "" if what == "flash" else f"; the peak is set by {self.arena.step}"
            yield f"{what}: {least - there:,} of {least:,} bytes too many at least{sets}"
        elif most > there:
            memory = "flash" if what == "flash" else "ram"
            wide = [p for p in self.parts if p.memory == memory and p.most > p.least]
            if what == "RAM in one piece":
                wide = [p for p in wide if p.name != "runtime"]
            named = ", ".join(f"{p.name} {p.least:,} to {p.most:,}" for p in wide)
            yield f"{what}: {least:,} to {most:,} bytes for {there:,}, which depends on {named}"


def _said(note: str, source: str) -> str:
    return f"{note} ({source})" if note else source


def board(
    reference: str | os.PathLike[str] | Network,
    /,
    on: str | os.PathLike[str],
    *,
    dtype: str = "int8",
    **hyperparameters: Any,
) -> OnBoard:
    """Whether a network fits a board, what it needs part by part, and what is in the way.

    Args:
        reference: a network, its name or its path.
        on: a board's name, or the path of a YAML file.
        dtype: the type of weights and activations, as for `Network.with_execution`.
        hyperparameters: settings of the spec.

    Returns:
        The verdict, with what each part of the board has and the network needs.

    Raises:
        CostcalcError: for unknown names and values, and where a file is wrong.

    >>> costcalc.board("mobilenet", "stm32f746", alpha=0.4, res=96).verdict
    'depends on'
    """
    network = reference
    if not isinstance(network, Network):
        network = Network(load_spec(network), hyperparameters)
    elif hyperparameters:
        raise CostcalcError("a network that is built has its hyperparameters: give its name")
    return on_board(network.with_execution(dtype=dtype), load_board(os.fspath(on)))


def on_board(network: Network, board: Board) -> OnBoard:
    """A network on a board, in the types that the network is run in.

    Args:
        network: with its types: weights and activations of a run.
        board: what it has to fit into.

    Returns:
        What is needed and what is there, with a verdict.

    >>> from costcalc.hardware.boards import load_board
    >>> net = costcalc.load("mobilenet", alpha=0.25, res=96).with_execution(dtype="int8")
    >>> on_board(net, load_board("stm32h743")).verdict
    'fits'
    """
    return OnBoard(network, board, network.arena(), network.stored())


def largest_that_fits(network: Network, board: Board) -> tuple[str, Value | None] | None:
    """The largest width multiplier with which a network fits a board for sure, by its name.

    None where the network has no width multiplier; a value of None where no width fits.
    """
    try:
        parameter = growing(network.spec, {})
        values = candidates(parameter, None if parameter.choices else STEP)
        bound = _bound(network, board, values)
    except CostcalcError:  # no width multiplier, or one that changes neither
        return None
    given = {k: v for k, v in network.hyperparameters.items() if k != parameter.name}
    for value in _downward(values, bound):
        try:
            one = Network(
                network.spec, {**given, parameter.name: value}, execution=network.execution
            )
        except CostcalcError:  # no network has this width
            continue
        if on_board(one, board).verdict == FITS:
            return parameter.name, value
    return parameter.name, None


def _bound(network: Network, board: Board, values: Candidates) -> Value | None:
    """No larger value can fit: what is alive at once is no more than the largest region, and the
    weights alone no more than the flash. None where even the smallest is too large."""
    run = network.execution
    weights = Budget("weights", board.flash.bytes // run.weight_bytes)
    alive = Budget("peak_memory", board.largest.bytes)
    given = {k: [v] for k, v in network.hyperparameters.items() if k != values.parameter.name}
    path = os.fspath(network.spec.source.path)
    (found,) = search(path, [weights, alive], values, given, None, run)
    return None if found.largest is None else found.largest.value


def _downward(values: Candidates, bound: Value | None) -> list[Value]:
    if bound is None:
        return []
    found: list[Value] = []
    for band in values.bands():
        found += [value for value in band if value <= bound]  # type: ignore[operator]
        if band[-1] >= bound:  # type: ignore[operator]
            break
    return found[::-1]
