"""`--keep-zeros`: how many weights of a file are not zero, which needs them read."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from costcalc.errors import CostcalcError
from costcalc.library import keep_zeros
from costcalc.memory.storage import storage
from costcalc.network import load
from tests.conftest import TESTS
from tests.importers.making import model, saved
from tests.importers.tflite_file import Model

CONV = "a = Conv<pads=[1,1,1,1]>(x, w)\ny = Conv<pads=[1,1,1,1]>(a, v)"
SMALL = np.zeros((4, 3, 3, 3), np.float32)
SMALL.flat[::4] = 0.5
LARGE = np.ones((7, 4, 3, 3), np.float32)
LARGE.flat[[3, 5]] = -0.0


@pytest.fixture(autouse=True)
def _not_afterwards():
    yield
    keep_zeros(False)


@pytest.fixture
def reading():
    keep_zeros()


def kept(path):
    """Weights that are kept, by layer."""
    return [one.weights for one in storage(load(path).graph)[:-1]]


@pytest.mark.usefixtures("reading")
def test_onnx(tmp_path):
    path = saved(model(CONV, {"w": SMALL, "v": LARGE}), tmp_path)
    assert kept(path) == [27, 7 * 36 - 2]


def test_nobody_reads_who_has_not_asked(tmp_path):
    path = saved(model(CONV, {"w": SMALL, "v": LARGE}), tmp_path)
    assert kept(path) == [108, 7 * 36]


def external(folder, location, name="net.onnx"):
    """A model whose first weights lie in another file."""
    proto = model(CONV, {"w": SMALL, "v": LARGE})
    tensor = proto.graph.initializer[0]
    onnx.external_data_helper.set_external_data(tensor, location, offset=16, length=432)
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    return saved(proto, folder, name)


@pytest.mark.usefixtures("reading")
def test_weights_beside_the_file(tmp_path):
    path = external(tmp_path, "net.data")
    with pytest.raises(CostcalcError, match=r"net\.data: "):
        load(path)
    (tmp_path / "net.data").write_bytes(b"\1" * 16 + SMALL.tobytes()[:-4])
    with pytest.raises(CostcalcError, match=r"bytes 16 to 448 of 'net\.data', which has"):
        load(path)
    (tmp_path / "net.data").write_bytes(b"\1" * 16 + SMALL.tobytes() + b"more")
    assert kept(path) == [27, 7 * 36 - 2]


@pytest.mark.usefixtures("reading")
@pytest.mark.parametrize("location", ["../secret", "/etc/passwd", "link"])
def test_weights_somewhere_else_are_not_looked_at(location, tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "secret").write_bytes(b"\1" * 16 + SMALL.tobytes())
    (inner / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(CostcalcError, match="which is not beside it"):
        load(external(inner, location))


@pytest.mark.usefixtures("reading")
def test_weights_that_are_not_there(tmp_path):
    """A file whose weights were taken out has their sizes; to count zeros is to need them."""
    with pytest.raises(CostcalcError, match="the 108 weights 'w' are not in the file as plain"):
        load(saved(model(CONV, {"w": (4, 3, 3, 3), "v": LARGE}), tmp_path))


@pytest.mark.usefixtures("reading")
def test_what_stands_for_zero_in_a_quantised_file(tmp_path):
    """Not 0 but the zero point."""
    weights = np.full((4, 3, 3, 3), 3, np.uint8)
    weights.flat[:8] = 0
    nodes = "d = DequantizeLinear(w, s, z)\ny = Conv<pads=[1,1,1,1]>(x, d)"
    given = {"w": weights, "s": np.float32(0.1), "z": np.uint8(3)}
    assert kept(saved(model(nodes, given), tmp_path)) == [8]


@pytest.mark.usefixtures("reading")
def test_tflite(tmp_path):
    made = Model()
    made.given("x", (1, 8))
    made.tensor("w", (4, 8), "float32", [0, 1] * 16)
    made.tensor("y", (1, 4))
    made.operator("FULLY_CONNECTED", ["x", "w"], ["y"])
    path = tmp_path / "net.tflite"
    path.write_bytes(made.file(["y"]))
    assert kept(path) == [16]


@pytest.mark.usefixtures("reading")
def test_a_real_file_by_numpy():
    """The 8 bit weights of a published file."""
    path = TESTS / "facts" / "models" / "ds_cnn_int8.tflite"
    assert storage(load(path).graph)[-1].weights < load(path).weights == 22_016


def test_command(tmp_path, costcalc):
    path = saved(model(CONV, {"w": SMALL, "v": LARGE}), tmp_path)
    for line in (["--keep-zeros", "storage", path], ["storage", path, "--keep-zeros"]):
        ran = costcalc(*line)
        assert (ran.code, ran.err) == (0, "")
        assert "25.00 %" in ran.out
    assert "25.00 %" not in costcalc("storage", path).out
    written = tmp_path / "net.yaml"
    assert costcalc("convert", path, "-o", str(written), "--keep-zeros").code == 0
    assert kept(written) == [27, 7 * 36 - 2]
