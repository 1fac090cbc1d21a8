"""Microseconds a layer of networks up to the limit: `python -m tests.benchmarks.deep`.

Linear means that the ratio in the last column stays near 1. Each command runs in a process of its
own, whose start-up is taken off. Nothing is asserted here: tests/cli/test_deep.py counts steps.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.benchmarks.speed import seconds

SIZES = (2_000, 20_000)
COMMANDS = {
    "NETWORK": [],
    "NETWORK --expand": ["--expand"],
    "explain": ["explain"],
    "memory": ["memory"],
    "memory --order best": ["memory", "--order", "best"],
}


def chain(layers: int) -> str:
    """One row, repeated."""
    return f"""
input: [8, 8, 4]
network:
- columns: [op, k, out, n]
  rows: [[conv, 3x3, c, {layers}]]
"""


def residual(layers: int) -> str:
    """Blocks of four layers: a convolution, what fuses with it, an addition."""
    return f"""
input: [8, 8, 4]
defaults: {{conv: {{norm: batch, act: relu}}}}
blocks:
  residual:
    columns: [op, k, out]
    rows:
    - add: [[[conv, 3x3, c]], []]
network:
- columns: [op, n]
  rows: [[residual, {layers // 4}]]
"""


def branches(layers: int) -> str:
    """Blocks of six layers with two branches, of which the second is better run first."""
    return f"""
input: [8, 8, 4]
blocks:
  branches:
    columns: [op, k, out]
    rows:
    - concat:
      - - [conv, 3x3, 8]
        - [conv, 3x3, 5]
      - - [conv, 1x1, 6]
        - [conv, 3x3, 1]
    - [conv, 1x1, 4]
network:
- columns: [op, n]
  rows: [[branches, {layers // 6}]]
"""


NETWORKS = {chain: 199_000, residual: 130_000, branches: 130_000}
"""The most layers of each: the limit of 200,000 counts rows and calls of blocks too."""


def main() -> None:
    """A line for each network, command and size."""
    costcalc = [sys.executable, "-m", "costcalc"]
    start_up = min(seconds([*costcalc, "mobilenet"]) for _ in range(5))
    with tempfile.TemporaryDirectory() as folder:
        for network, most in NETWORKS.items():
            for name, (*command,) in COMMANDS.items():
                first = None
                for layers in (*SIZES, most):
                    path = Path(folder) / f"{network.__name__}.yaml"
                    path.write_text(network(layers))
                    place = 1 if command and not command[0].startswith("-") else 0
                    arguments = [*command[:place], str(path), *command[place:]]
                    taken = (seconds([*costcalc, *arguments]) - start_up) / layers
                    first = first or taken
                    print(f"{network.__name__:8}  {name:19}  {layers:>7,} layers:"
                          f" {taken * 1e6:6.1f} us a layer, {taken / first:5.2f}x")  # fmt: skip


if __name__ == "__main__":
    main()
