"""Deep networks: ten times the layers take ten times the steps and the memory, in every view."""

from __future__ import annotations

import pytest

from costcalc.cli.main import cli
from tests.benchmarks.deep import COMMANDS, NETWORKS, branches, chain, residual
from tests.covering import in_turn, mostly
from tests.measures import calls, memory

MORE = {
    "by type": ["--by", "type"],
    "by block": ["--by", "block"],
    "json": ["--format", "json"],
    "memory --arena": ["memory", "--arena"],
    "memory in csv": ["memory", "--format", "csv"],
    "memory in place, best": ["memory", "--definition", "in-place", "--order", "best"],
    "memory by blocks, best": ["memory", "--definition", "blocks", "--order", "best"],
    "explain in json": ["explain", "--format", "json"],
    "separable": ["explain", "--separable"],
    "guidelines": ["guidelines"],
    "storage": ["storage"],
    "roofline": ["roofline", "--device", "nvidia_v100"],
    "check": ["check"],
    "draw": ["draw"],
    "draw --expand": ["draw", "--expand", "--format", "svg"],
}


FEW = [
    ("NETWORK --expand", residual, calls),
    ("explain", chain, calls),
    ("explain", chain, memory),
    ("draw", chain, calls),
    ("draw --expand", residual, calls),
    ("memory", branches, calls),
    ("memory --order best", branches, calls),
    ("memory in place, best", residual, memory),
]
EVERY = in_turn([*COMMANDS, *MORE], [*NETWORKS], [calls, memory])


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("command", "network", "measure"),
    mostly(FEW, EVERY),
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_linear(command, network, measure, tmp_path, capsys):
    arguments = {**COMMANDS, **MORE}[command]
    place = 1 if arguments and not arguments[0].startswith("-") else 0
    measured = []
    for layers in (30, 300):
        path = tmp_path / f"{layers}.yaml"
        path.write_text(network(layers))
        line = [*arguments[:place], str(path), *arguments[place:]]

        def run(line=line):
            cli.main(line, standalone_mode=False)
            capsys.readouterr()

        run()  # once, for what only the first time costs
        measured.append(measure(run))
    assert measured[1] < 10 * measured[0] * 1.1
