"""Measured times from files: their columns, timm's tables, and which models are which specs."""

from __future__ import annotations

import csv
import functools
import json
from collections import defaultdict

import pytest

import costcalc
from costcalc.language.settings import settle
from costcalc.library import load_spec
from costcalc.network import parse_reference, split_reference
from costcalc.tables.measurements import read_measurements, timm_models
from tests.benchmarks.time import FACTS, I9, RTX
from tests.conftest import TESTS
from tests.covering import by_name_of


@pytest.fixture
def measurements(tmp_path):
    def read(text, **options):
        path = tmp_path / "times.csv"
        path.write_text(text)
        return read_measurements(str(path), **options)

    return read


def test_columns_and_settings(measurements):
    found, unknown, _ = measurements(
        "network,alpha,res,milliseconds,batch,family,who\n"
        "mobilenet,0.5,,3,2,,me\n"
        "mobilenet_v2:alpha=0.5,,160,4.5,,phones,you\n"
        "shufflenet:g=8,,,1e1,,,\n",
        batch=8,
    )
    assert unknown == []
    assert [one.network for one in found] == [
        "mobilenet:alpha=0.5", "mobilenet_v2:alpha=0.5,res=160", "shufflenet:g=8",
    ]  # fmt: skip
    assert [one.family for one in found] == ["mobilenet", "phones", "shufflenet"]
    assert [(one.milliseconds, one.batch) for one in found] == [(3, 2), (4.5, 8), (10, 8)]
    assert [one.mult_adds for one in found] == [
        parse_reference(one.network).mult_adds for one in found
    ]


def test_rows_of_one_device(measurements):
    text = "network,device,milliseconds\nmobilenet,Pixel 1,3\nmobilenet_v2,Pixel 2,4\n"
    (one,) = measurements(text, where="device == 'Pixel 2'").measurements
    assert one.network == "mobilenet_v2"
    with pytest.raises(costcalc.SpecError, match="another device than before"):
        measurements(text)
    with pytest.raises(costcalc.SpecError, match="unknown name 'devise'"):
        measurements(text, where="devise == 1")
    with pytest.raises(costcalc.SpecError, match="is not true or false"):
        measurements(text, where="milliseconds")


def test_no_header(measurements):
    with pytest.raises(costcalc.CostcalcError, match="no header"):
        measurements("")


def test_a_table_of_timm(measurements):
    found, unknown, _ = measurements(
        "model,infer_img_size,infer_samples_per_sec,infer_step_time,infer_batch_size,param_count\n"
        "mobilenetv2_050,192,100,20.5,256,1.97\n"
        "resnet50.a1_in1k,224,100,30.5,128,25.56\n"
        "no_such_model,224,1,1,1,1\n"
    )
    assert unknown == ["no_such_model"]
    assert [(one.network, one.milliseconds, one.batch) for one in found] == [
        ("mobilenet_v2:alpha=0.5,res=192", 20.5, 256),
        ("resnet:reading=torchvision,depth=50,res=224", 30.5, 128),
    ]


@functools.cache
def tables():
    """Rows of timm's tables by the model they are about."""
    found = defaultdict(list)
    for file in (RTX, I9):
        with (FACTS / file).open() as lines:
            for row in csv.DictReader(lines):
                found[row["model"]].append(row)
    return found


@functools.cache
def facts():
    """What timm itself says of its models, counted by tests/facts/measure_timm.py."""
    with (TESTS / "facts" / "timm.csv").open() as lines:
        return {row["model"]: row for row in csv.DictReader(lines)}


def settled(name, given):
    """A network with all its settings but the size."""
    found = settle(load_spec(name), given)
    return name, {key: value for key, value in found.items() if key != "res"}


CLASSES = {0, 512, 640, 1024, 11821, 21841, 21842}
"""Of classifiers and embeddings that models of timm's tables have in place of ImageNet's 1000."""


KNOWN = [{"model": model, "spec": split_reference(known.network)[0]}
         for model, known in sorted(timm_models().items())]  # fmt: skip


@pytest.mark.exhaustive
@pytest.mark.parametrize("models", by_name_of("spec", KNOWN))
def test_models_of_timm_are_the_specs_they_are_known_as(models):
    """The same networks as those whose facts are equal to the last integer, or counted here."""
    for model in (row["model"] for row in models):
        network, fact = timm_models()[model].network, facts().get(model)
        if fact and settled(*split_reference(network)) == settled(
            fact["spec"], json.loads(fact["settings"])
        ):
            params = int(fact["params"])
        else:
            params = kept(parse_reference(network))
        assert tables()[model], f"no table has {model}"
        for row in tables()[model]:
            printed = pytest.approx(float(row["param_count"]) * 1e6, abs=5100)
            assert params == printed or printed in with_other_classes(network, row), row


def kept(one):
    """What a framework calls the parameters of a network or a layer."""
    return one.weights + one.biases + one.norm


def with_other_classes(network, row):
    """The parameters of a network, at the size of a row, that tells other classes apart."""
    found = parse_reference(network, settings={"res": int(row["infer_img_size"])})
    last = found.layers[-1]
    assert (last.op, last.output.c) == ("fc", 1000)
    return [kept(found) + (classes - 1000) * kept(last) // 1000 for classes in CLASSES]
