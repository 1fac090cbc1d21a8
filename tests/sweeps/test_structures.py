"""How many structures configurations are, and that each of these is counted in the right one."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import costcalc
from costcalc.cost.totals import METRICS
from costcalc.sweeps import costs as counting
from costcalc.sweeps import structures as splitting

SPEC = """
hyperparameters: {width: 1.0, more: 1.0, res: 16}
input: [res, res, 8]
blocks:
  residual:
    args: [out]
    columns: [op, k, out]
    rows:  # exporters fold what follows a convolution into it
    - add: [[[conv, 3x3, out]], [{op: conv, k: 1x1, out: out, when: cin != out}, [batch_norm]]]
network:
- columns: [op, out, n]
  rows:
  - [residual, 8 * width, 3]
  - [residual, 16 * more]
"""


@pytest.fixture
def counted(monkeypatch):
    """The structures that are counted."""
    found = []

    def count(spec, fixed, *rest):
        found.append(fixed)
        return counting.count(spec, fixed, *rest)

    monkeypatch.setattr(splitting, "count", count)
    return found


SIXTEENTHS = [Fraction(n, 16) for n in range(2, 33)]


@pytest.mark.parametrize(
    ("axes", "structures"),
    [
        # at 8 channels, at 16 and elsewhere; all, and all but the first, are tried before
        ({"width": SIXTEENTHS, "res": [15, 16]}, 5),
        ({"width": SIXTEENTHS, "more": [Fraction(1, 2), Fraction(3, 4), 1]}, 12),
        ({"width": SIXTEENTHS[1::2], "res": [15, 16]}, 1),  # none of them is a network
    ],
)
def test_what_is_no_network_has_no_structure_of_its_own(axes, structures, tmp_path, counted):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    grid = costcalc.sweep(str(path), metrics=METRICS, **axes)
    for at in list(np.ndindex(grid.valid.shape))[::11]:  # of every value of the second axis some
        given = {name: values[i] for (name, values), i in zip(axes.items(), at, strict=True)}
        try:
            network = costcalc.load(path, **given)
        except costcalc.CostcalcError:
            assert not grid.valid[at]
        else:
            assert [grid[metric][at] for metric in METRICS] == list(network.totals)
    assert len(counted) == structures


def test_a_width_in_thousandths_is_few_structures(counted):
    """Most of them make no whole channels; the shortcut of the others is a convolution, or none."""
    costcalc.fit("wide_resnet", {"mult_adds": "100M"})
    assert len(counted) < 10
