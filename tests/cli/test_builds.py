"""Each command builds every configuration it needs once: building is what takes the time."""

from __future__ import annotations

import pytest

from costcalc.claims.checker import ClaimChecker
from costcalc.language.settings import settle
from costcalc.library import load_spec
from costcalc.network import Network
from tests.cli.test_output import USER_SPEC
from tests.covering import count_builds

SETTINGS = ["--alpha", "0.5", "--res", "160"]


@pytest.fixture
def built(monkeypatch):
    """The configurations that were built, and how often each was: symbols are one of their own."""
    return count_builds(monkeypatch)


@pytest.mark.parametrize(
    ("arguments", "builds"),
    [
        (["mobilenet"], 1),
        (["mobilenet", *SETTINGS], 1),
        (["mobilenet", "--by", "type"], 1),
        (["mobilenet", "--by", "block", "--intensity"], 1),
        (["mobilenet", "--expand", "--format", "json"], 1),
        (["mobilenet", "--dtype", "int8", "--batch", "2", "--unfused"], 1),
        (["mobilenet", "--convention", "thop", "--dtype", "int8"], 1),
        ([USER_SPEC], 1),
        (["compare", "mobilenet", "shufflenet:g=3", "mobilenet:res=160"], 3),
        (["compare", "mobilenet", "shufflenet", "--batch", "2", "--unfused"], 2),
        (["explain", "mobilenet"], 2),  # in numbers, and in symbols
        (["explain", "mobilenet", "--layer", "conv1"], 2),
        (["explain", "resnet", "--separable"], 1),
        (["memory", "mobilenet", "--order", "best", "--dtype", "int8"], 1),
        (["storage", "mobilenet"], 1),
        (["guidelines", "mobilenet"], 1),
        (["reconcile", "mobilenet"], 1),
        (["reconcile", "mobilenet", "--from", "thop", "--to", "fvcore"], 1),
        (["roofline", "mobilenet", "vgg", "--device", "nvidia_v100", "--device", "jetson_nano"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_builds(arguments, builds, built, costcalc):
    assert costcalc(*arguments).code == 0
    assert built.total() == builds


def test_settings_are_read_once():
    mobilenet, vgg = load_spec("mobilenet"), load_spec("vgg")
    settled = settle(mobilenet, {"alpha": 0.5})
    assert settle(mobilenet, settled) is settled
    # a default of 1.0 says that alpha is a decimal; whoever gives 1 means the same
    assert [type(settle(mobilenet, g)["alpha"]) for g in ({}, {"alpha": 1}, {"alpha": "1.0"})] == [
        int
    ] * 3
    with pytest.raises(Exception, match="vgg has no hyperparameter 'alpha'"):
        settle(vgg, settled)


def test_a_network_is_held_to_its_claims_as_it_is(built):
    """Those of its paper are of one example in 32 bits, however the network is run."""
    net = Network(load_spec("mobilenet"), {})
    lines = ClaimChecker().claims_for(net)
    assert lines
    assert ClaimChecker().claims_for(net.with_execution("int8:fp16", 3, fused=False)) == lines
    assert built.total() == 1
