"""Where a printed number was read, and what kind of source that is."""

from __future__ import annotations

from costcalc.records import NamedTuple

KINDS = {
    "paper": "the paper's own text",
    "authors": "its authors' repository or page",
    "transcription": "a copy of its tables by others",
    "secondary": "what others print or measured",
}
"""Kinds of sources, the nearest to the paper first."""
PROVING = ("paper", "authors")
"""Kinds that can be called wrong: what others print may be their own mistake."""


class Provenance(NamedTuple):
    """A kind of source and the document, "" where it is the spec's own paper."""

    kind: str = "paper"
    document: str = ""


OWN_PAPER = Provenance()
"""Where a spec's numbers were read, unless it says otherwise."""
