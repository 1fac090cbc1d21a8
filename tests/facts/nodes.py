"""Small ONNX files of one kind of nodes each, and what onnx-tool counts of them.

`python -m tests.facts.nodes`, where costcalc, onnx and onnx-tool are installed, counts them with
the tool again and says where it counts otherwise.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from tests.importers.making import model, saved

CASES = Path(__file__).parent / "models" / "onnx_tool_nodes.yaml"
BEFORE = "a = Conv<pads=[1,1,1,1]>(x, first, bias)\n"


def cases() -> list[dict[str, Any]]:
    """Every graph: its nodes, its weights, the size of its input, and the tool's numbers."""
    fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    graphs = yaml.load(CASES.read_text(), fast)
    return [{"size": size, **graph} for size, these in graphs.items() for graph in these]


def file_of(case: dict[str, Any], folder: Path) -> str:
    """The path of the file that a graph is."""
    random = np.random.default_rng(1)
    weights = {"first": random.random((4, 3, 3, 3), np.float32), "bias": np.ones(4, np.float32)}
    for name, given in case.get("weights", {}).items():
        if not isinstance(given, dict):
            weights[name] = np.float32(given)
        elif "shape" in given:
            weights[name] = random.random(given["shape"], np.float32)
        elif "bytes" in given:
            weights[name] = np.ones(given["bytes"], np.uint8)
        elif "integers" in given:
            weights[name] = np.array(given["integers"], np.int64)
        else:
            weights[name] = np.array(given["numbers"], np.float32)
    height, width = case["size"].split("x")
    sizes = f"float[{case.get('batch', 1)},3,{height},{width}] x"
    return saved(model(BEFORE + case["nodes"], weights, sizes), folder)


def _counted(path: str) -> dict[str, int]:
    import onnx_tool

    graph = onnx_tool.Model(path, {"verbose": False}).graph
    graph.shape_infer()
    graph.profile()
    return {"macs": round(sum(graph.macs)), "params": graph.params}


if __name__ == "__main__":
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for case in cases():
            counted = _counted(file_of(case, Path(folder)))
            if any(case[figure] != number for figure, number in counted.items()):
                wrong += 1
                print(f"{case['name']}: {counted}")
    sys.exit(bool(wrong))
