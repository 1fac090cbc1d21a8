"""`reconcile --number`: which convention prints a number, and what else it may be."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from costcalc.claims.printed import read_tool_number
from costcalc.explain.origin import Figure, candidates


@pytest.fixture
def reconcile(costcalc):
    def run(*arguments):
        ran = costcalc("reconcile", *arguments, "--format", "json")
        return ran.code, json.loads(ran.out)

    return run


@pytest.mark.exhaustive
def test_what_is_near_twice_or_half_of_it(reconcile):
    code, got = reconcile("mobilenet_v2", "--number", "600M")
    assert code == 1
    assert got["matches"] == []
    first, second = got["nearest"][:2]
    assert (first["value"], first["times"]) == (601_548_544, 1)
    assert first["printed_by"] == [{"convention": "flop-counter-mode", "figure": "flops"}]
    assert first["distance"] == pytest.approx(0.00258, abs=1e-5)
    assert (second["value"], second["times"]) == (300_774_272, 2)
    assert {by["convention"] for by in second["printed_by"]} == {"paper", "framework", "calflops"}


@pytest.mark.exhaustive
def test_another_network_of_the_spec(reconcile, costcalc):
    """Twice the 840.2 M multiply-adds of a SqueezeNet with a bypass."""
    line = ["squeezenet", "--number", "1680 MFLOPs"]
    assert "\n--bypass simple  " in costcalc("reconcile", *line).out
    _, got = reconcile(*line)
    (found,) = (one for one in got["readings"] if one["settings"])
    assert (found["settings"], found["value"]) == ({"bypass": "simple"}, 1_680_420_672)


@pytest.mark.exhaustive
def test_another_reading_of_the_network(reconcile):
    """The paper's ResNet-50 has 3.86 G multiply-adds, torchvision's 4.09 G: 8.2 GFLOPs."""
    _, got = reconcile("resnet", "--number", "8.2 GFLOPs")
    (found,) = (
        reading
        for reading in got["readings"]
        if {"convention": "paper", "figure": "mult_adds"} in reading["printed_by"]
    )
    assert found["settings"] == {"reading": "torchvision"}
    assert (found["value"], found["times"]) == (4_089_184_256, 2)


@pytest.mark.exhaustive
def test_settings_of_published_numbers_are_looked_at(reconcile):
    """No choices: 0.5 is a width that the paper's tables have."""
    _, got = reconcile("mobilenet", "--number", "149M")
    assert {"alpha": "0.5"} in [reading["settings"] for reading in got["readings"]]
    printed = [(one["printed"], one["verdict"]) for one in got["published"]]
    assert ("149", "reproduced") in printed or ("149 M", "reproduced") in printed


@pytest.mark.exhaustive
def test_another_form_of_an_operator(reconcile):
    """What ptflops prints where the global pool is a mean; the spec has torchvision's function."""
    _, got = reconcile("mobilenet_v2", "--alpha", "1.4", "--number", "610.1 MMac")
    (found,) = got["readings"]
    assert found["implementation"] == {"gpool": "mean"}
    assert found["value"] == 610_098_600
    code, got = reconcile(
        "mobilenet_v2", "--alpha", "1.4", "--implementation", "gpool=mean", "--number", "610.1M"
    )
    assert code == 0
    assert [(m["convention"], m["value"]) for m in got["matches"]] == [("ptflops", 610_098_600)]
    assert got["implementation"] == {"gpool": "mean"}


@pytest.mark.exhaustive
def test_what_tells_nothing_of_a_reading_is_none(reconcile):
    """FlopCounterMode's print for a ViT on a CPU, where PyTorch's attention has no formula.

    Twice calflops' macs come out of the network as it is, and so out of most other readings too.
    """
    _, got = reconcile("vit", "--res", "48", "--number", "1710845952")
    as_it_is = {"convention": "calflops", "figure": "macs"}
    assert (got["nearest"][0]["times"], got["nearest"][0]["printed_by"]) == (2, [as_it_is])
    assert all(as_it_is not in reading["printed_by"] for reading in got["readings"])
    first = got["readings"][0]
    assert (first["implementation"], first["times"]) == ({"attention": "absent"}, 1)
    assert first["printed_by"] == [{"convention": "flop-counter-mode", "figure": "flops"}]
    times = [reading["times"] for reading in got["readings"]]
    assert times == sorted(times, key=[1, 2, 0.5].index)


def test_a_match_needs_no_guesses(reconcile):
    code, got = reconcile("mobilenet_v2", "--number", "0.32 GMac")
    assert code == 0
    assert {match["convention"] for match in got["matches"]} >= {"onnx-tool", "ptflops"}
    assert got["nearest"] == got["readings"] == []


def test_a_print_that_is_an_erratum_is_said(costcalc):
    out = costcalc("reconcile", "mobilenet", "--number", "569M").out
    assert "Table 10" in out
    assert "erratum: " in out


def test_candidates_are_exact():
    found = [Figure("a", "flops", 10, "FLOPs"), Figure("b", "params", 19)]
    near = candidates(read_tool_number("20"), found)
    assert [(one.value, one.times, one.distance) for one in near] == [
        (10, 2, 0), (19, 1, Fraction(-1, 20)), (10, 1, Fraction(-1, 2)),
        (10, Fraction(1, 2), Fraction(-3, 4)),
    ]  # fmt: skip


def test_more_than_is_near_its_lower_end():
    (one,) = candidates(read_tool_number("more than 20"), [Figure("b", "params", 15)])
    assert one.distance == Fraction(-1, 4)
    assert candidates(read_tool_number("0"), [Figure("b", "params", 15)])[0].distance == 15
