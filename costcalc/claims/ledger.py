"""The ledger: every published number beside ours, with a verdict; and what could not be held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

from costcalc.errors import CostcalcError
from costcalc.frames import Framed
from costcalc.language.claim import Claim
from costcalc.language.model import Value
from costcalc.language.spec import Spec
from costcalc.numbers.dimensions import Shape
from costcalc.records import NamedTuple

MISMATCH, STALE = "mismatch", "stale"
FAILURES = {
    MISMATCH: "print and network disagree, and the spec does not say why",
    STALE: "recorded as a discrepancy, but print and network agree",
}
VERDICTS = {
    "reproduced": "prints as printed, under the stated convention and rounding",
    "erratum": "the source contradicts itself; the evidence is given",
    "ambiguous": "fits only under a reading the source does not state; the reading is named",
    "not reproducible": "the source does not give what would decide it",
    "unverified": "nobody here could read the print, so it says nothing about source or network",
    **FAILURES,
}


class Line(NamedTuple):
    """One published number held against the network."""

    claim: Claim
    spec: Spec
    model: str
    where: str
    hyperparameters: Mapping[str, Value]
    metric: str
    printed: str
    computed: int | Fraction | Shape | str | None
    verdict: str
    note: str

    @property
    def failed(self) -> bool:
        """Whether the line breaks the check."""
        return self.verdict in FAILURES

    @property
    def source(self) -> str:
        """The document it was read in."""
        return self.claim.source.document or self.spec.paper


class Ledger(list[Line], Framed):
    """Lines of one or several specs."""

    def summary(self) -> dict[str, int]:
        """How many lines have each verdict, in the order of `VERDICTS`."""
        counted = Counter(line.verdict for line in self)
        return {verdict: counted[verdict] for verdict in VERDICTS if counted[verdict]}

    @property
    def failed(self) -> bool:
        """Whether any line breaks the check."""
        return any(line.failed for line in self)


class Checked(NamedTuple):
    """What came of checking one spec.

    `reference` is its name or path as it was asked for; `spec` is None where it could not be
    read. `lines` are those of its cells and claims, `errors` what kept others from being held:
    the spec's own, that of the network it describes, those of single claims.
    """

    reference: str
    spec: Spec | None
    lines: Ledger
    errors: tuple[CostcalcError, ...]
