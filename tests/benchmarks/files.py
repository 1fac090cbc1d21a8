"""How fast model files are read, as ratios in one run: `python -m tests.benchmarks.files`.

Processor time of whole processes is taken in turn, so that what else runs counts on both sides.
Files are made on the spot: ten thousand and a hundred thousand nodes in each format, and the same
graph with two gigabytes of weights in it and without.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from costcalc.network import load
from tests.conftest import TESTS
from tests.importers import pt2_file, tflite_file

FILES = ("mobilenet_v2.onnx", "mobilenet_v2.pt2", "mobilenet_v2_keras.tflite")
NODES = (10_000, 100_000)
LAYERS, WIDTH = 8, 8_192


def seconds(*arguments: str) -> float:
    """Processor time of `costcalc ARGUMENTS` as a whole process, its children's with it."""
    before = os.times()
    command = [sys.executable, "-m", "costcalc", *arguments]
    subprocess.run(command, capture_output=True, check=True)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def whole_process() -> None:
    """Files against the spec of the same network; the goal is 1.5."""
    paths = [str(TESTS / "facts" / "models" / name) for name in FILES]
    turns = [[seconds(one) for one in ("mobilenet_v2", *paths)] for _ in range(21)]
    spec, *files = (statistics.median(times) for times in zip(*turns, strict=True))
    for name, file in zip(FILES, files, strict=True):
        print(f"costcalc {name} / costcalc mobilenet_v2: {file / spec:.2f}x (goal 1.5x)")


def onnx_file(path: Path, nodes: int) -> None:
    """A chain of activations."""
    x = helper.make_tensor_value_info("t0", TensorProto.FLOAT, [1, 3, 8, 8])
    y = helper.make_tensor_value_info(f"t{nodes}", TensorProto.FLOAT, None)
    chain = [helper.make_node("Relu", [f"t{i}"], [f"t{i + 1}"]) for i in range(nodes)]
    graph = helper.make_graph(chain, "g", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    path.write_bytes(model.SerializeToString())


def lite_file(path: Path, nodes: int) -> None:
    """The same in TFLite."""
    made = tflite_file.Model()
    made.given("t0", (1, 8, 8, 3))
    for i in range(nodes):
        made.tensor(f"t{i + 1}", (1, 8, 8, 3))
        made.operator("RELU", [f"t{i}"], [f"t{i + 1}"])
    path.write_bytes(made.file([f"t{nodes}"]))


def program_file(path: Path, nodes: int) -> None:
    """The same as an exported program."""
    made = pt2_file.Program()
    last = made.given("x", (1, 3, 8, 8))
    for _ in range(nodes):
        last = made.call("relu", last, made=(1, 3, 8, 8))
    made.write(path, [last])


WRITERS: dict[str, Callable[[Path, int], None]] = {
    ".onnx": onnx_file, ".tflite": lite_file, ".pt2": program_file,
}  # fmt: skip


def taken(path: Path) -> float:
    """Processor time of loading a file."""
    start = time.process_time()
    assert load(path).layers
    return time.process_time() - start


def long_files(folder: Path) -> None:
    """Time a node of short files and of long ones; linear means 1."""
    for ending, write in WRITERS.items():
        each = []
        for nodes in NODES:
            path = folder / f"{nodes}{ending}"
            write(path, nodes)
            each.append(taken(path) / nodes)
        few, many = (f"{one * 1e6:.0f}" for one in each)
        print(f"{ending}: {few} us a node of {NODES[0]:,}, {many} of {NODES[1]:,}:"
              f" {each[1] / each[0]:.2f}x (goal 1x)")  # fmt: skip


def heavy_files(folder: Path) -> None:
    """Two gigabytes of weights in a file against the same graph without them; the goal is 2."""
    paths = [folder / "light.onnx", folder / "heavy.onnx"]
    for path in paths:
        x = helper.make_tensor_value_info("t0", TensorProto.FLOAT, [1, WIDTH])
        y = helper.make_tensor_value_info(f"t{LAYERS}", TensorProto.FLOAT, None)
        chain = [helper.make_node("Gemm", [f"t{i}", f"w{i}"], [f"t{i + 1}"]) for i in range(LAYERS)]
        graph = helper.make_graph(chain, "g", [x], [y])
        for i in range(LAYERS):
            weights = graph.initializer.add(
                name=f"w{i}", dims=[WIDTH, WIDTH], data_type=TensorProto.FLOAT
            )
            if path.stem == "heavy":
                weights.raw_data = b"\0" * (4 * WIDTH * WIDTH - (1 << 10) * (i == 0))
        opset = [helper.make_opsetid("", 17)]
        onnx.save(helper.make_model(graph, opset_imports=opset), str(path))
    pairs = [tuple(seconds(str(path)) for path in paths) for _ in range(11)]
    light, heavy = (statistics.median(times) for times in zip(*pairs, strict=True))
    size = paths[1].stat().st_size / 1e9
    print(f"{size:.1f} GB of weights / the same graph without: {heavy / light:.2f}x (goal 2x)")


if __name__ == "__main__":
    whole_process()
    with tempfile.TemporaryDirectory() as made:
        long_files(Path(made))
        heavy_files(Path(made))
