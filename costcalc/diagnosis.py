"""All that is wrong with a spec, from the same reader, builder and checker as everything else.

Where they would end with the first error, they go on and collect (`costcalc/recovery.py`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from costcalc.claims.checker import ClaimChecker, disagreement
from costcalc.errors import CostcalcError, Source, SpecError
from costcalc.graph.build import build
from costcalc.graph.model import Graph
from costcalc.graph.visits import Visits
from costcalc.importers import is_model
from costcalc.language.grammar import parse
from costcalc.language.reader import read_source
from costcalc.language.settings import changed, complete, holds_array
from costcalc.language.spec import Spec
from costcalc.network import Network, of_graph
from costcalc.records import NamedTuple
from costcalc.recovery import Enough, Findings, collecting


class Diagnosis(NamedTuple):
    """What came of a text: as much of its spec and graph as could be made, and what is wrong.

    Without an error there is a network. `visits` say which layers each row became.
    """

    source: Source
    errors: list[SpecError]
    spec: Spec | None = None
    graph: Graph | None = None
    network: Network | None = None
    visits: Visits | None = None


def diagnose(source: Source, settings: Mapping[str, Any] | None = None) -> Diagnosis:
    """Read, build and check a spec under some settings, its defaults where none are given.

    Args:
        source: the text of a spec, and its path.
        settings: a value for every hyperparameter, as the one whose error is looked at had them.

    Returns:
        Every error in the order of the file. The spec's claims are not looked at: some are about
        other networks, and take longer than a keystroke.

    >>> found = diagnose(Source("net.yaml", "input: [1, 1]\\nnetwork: [{rows: [[conw]]}]"))
    >>> [(error.mark.line, error.message) for error in found.errors]
    [(0, 'input needs three sizes'), (1, 'rows of cells in a table without columns')]
    """
    spec = graph = network = None
    visits = Visits()
    with collecting() as findings:
        try:
            spec = parse(source)
            read_without_error = not findings.errors
            given = complete(spec, settings if settings and read_without_error else {})
            graph = build(spec, given, visits=visits)
            if not findings.errors:
                network = of_graph(graph)
                _check_cells(network, findings)
        except SpecError as error:
            findings.keep(error)
        except Enough:
            pass
    return Diagnosis(source, findings.in_order(source.path), spec, graph, network, visits)


def _check_cells(network: Network, findings: Findings) -> None:
    """Find the checked cells of the spec's tables that disagree; they are the defaults'."""
    if not changed(network.spec, network.hyperparameters):
        for line in ClaimChecker().checked_cells(network):
            if line.failed:
                findings.keep(disagreement(line))


def all_findings(error: CostcalcError) -> list[CostcalcError]:
    """An error and all else that is wrong with the spec, or other file, it was found in.

    Args:
        error: what ended the work.

    Returns:
        The errors in the order of the file, or the one alone where it is about no spec on a disk.

    Example: `for found in all_findings(error): print(found)`
    """
    if isinstance(error, SpecError) and error.find_all is not None:
        return [*error.find_all()]
    if not isinstance(error, SpecError) or error.found_in is None:
        return [error]
    source, settings = error.found_in
    if is_model(source.path) or not os.path.isfile(source.path):
        return [error]
    if any(map(holds_array, (settings or {}).values())):
        return [error]
    found: list[CostcalcError] = [*diagnose(source, settings).errors]
    return found if any(str(one) == str(error) for one in found) else [error, *found]


def findings(path: str | os.PathLike[str]) -> list[SpecError]:
    """Everything that is wrong with a spec, not the first alone.

    Args:
        path: of a file.

    Returns:
        The errors in the order of the file; none where the network can be counted and every
        checked cell of its tables says what is computed.

    Raises:
        CostcalcError: where there is no text at that path.

    >>> costcalc.findings(costcalc.load("mobilenet").spec.source.path)
    []
    """
    return diagnose(read_source(os.fspath(path))).errors
