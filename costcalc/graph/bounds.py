"""How far a network may unroll: layers and rows in number, joins and calls in depth."""

from __future__ import annotations

from collections.abc import Sized

from costcalc.errors import Mark, SpecError
from costcalc.graph.calls import Call
from costcalc.language import limits
from costcalc.recovery import FollowUp

_ENDS = (
    "to repeat it, write {5x: […]}; to nest it, hand it a number that ends it: a call with"
    " {depth: depth - 1, when: depth > 1}"
)


class Bounds:
    """What is unrolled so far, held against the limits.

    A limit is an error once; what lies beyond it follows from that. `steps` are the layers, rows,
    joins and repeats looked at, `calls` the blocks (joins: "") that one is inside of, `deepest`
    how many these were at most.
    """

    def __init__(self, layers: Sized) -> None:
        self.layers = layers
        self.steps = 0
        self.calls: list[str] = []
        self.deepest = 0
        self._reached = False

    def step(self, mark: Mark) -> None:
        """One more step. Raises `SpecError` beyond the limit."""
        self.steps += 1
        if self.steps > limits.LAYERS or len(self.layers) > limits.LAYERS:
            self._refuse_steps(mark)

    def expect(self, steps: int, mark: Mark) -> None:
        """So many steps are to come. Raises `SpecError` at once where they are beyond the limit."""
        if self.steps + steps > limits.LAYERS:
            self._refuse_steps(mark)

    def descend(self, mark: Mark, block: str = "") -> None:
        """Go into a join or a call of a block, which may call itself, under a condition.

        Raises `SpecError` beyond the limit.
        """
        again = block in self.calls
        self.calls.append(block)
        self.deepest = max(self.deepest, len(self.calls))
        if len(self.calls) > limits.BLOCK_DEPTH:
            what = f"block '{block}' calls itself" if again else "blocks nested"
            deeper = f"{what} deeper than {limits.BLOCK_DEPTH}, the limit"
            self._refuse(deeper, mark, _ENDS if again else "")

    def ascend(self) -> None:
        """Leave what was gone into last."""
        self.calls.pop()

    def have_room(self, call: Call) -> bool:
        """Whether no limit is met where a call is made again."""
        return (
            self.steps + call.steps <= limits.LAYERS
            and len(self.layers) + len(call.layers) <= limits.LAYERS
            and len(self.calls) + call.depth <= limits.BLOCK_DEPTH
        )

    def repeat(self, call: Call) -> None:
        """Count what a call took, which is made again."""
        self.steps += call.steps
        self.deepest = max(self.deepest, len(self.calls) + call.depth)

    def _refuse_steps(self, mark: Mark) -> None:
        self._refuse(f"unrolls to more than {limits.LAYERS:,} layers or rows, the limit", mark)

    def _refuse(self, message: str, mark: Mark, hint: str = "") -> None:
        if self._reached:
            raise FollowUp(mark)
        self._reached = True
        raise SpecError(message, mark, hint)
