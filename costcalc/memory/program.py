"""The arena of a TFLite file: its own tensors and operators, as TFLite Micro meets them.

What a spec leaves to a runtime stands in a file: which tensors there are, in which order and
types, which reshapes copy, which operators were fused. So its plan is the one that is recorded.
"""

from __future__ import annotations

from costcalc.graph.execution import Execution
from costcalc.graph.model import Graph
from costcalc.importers import is_model
from costcalc.importers.tflite.program import Operator, Program, program
from costcalc.language.spec import Spec
from costcalc.memory.peak import Peak
from costcalc.memory.plan import Plan, Step, Tensor
from costcalc.memory.planners import Buffer
from costcalc.memory.scratch import REFERENCE, Scratch
from costcalc.memory.simulation import simulate
from costcalc.records import NamedTuple
from costcalc.safe_text import shortened

TYPES = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16", "float64": "fp64",
         "int8": "int8", "uint8": "int8", "int16": "int16", "int32": "int32"}  # fmt: skip
"""Types of a file's tensors as they are called here."""

WIDER = {"int8": 4, "uint8": 4, "int16": 8}
"""Bytes of an accumulator of a transposed convolution."""

UNPACKED = {
    "CONV_2D": "conv.cc",
    "DEPTHWISE_CONV_2D": "depthwise_conv.cc",
    "FULLY_CONNECTED": "fully_connected.cc",
    "TRANSPOSE_CONV": "transpose_conv.cc",
}
"""Operators that unpack weights of 4 bits, and whose kernels say so."""


def program_of(spec: Spec) -> Program | None:
    """What runs of the file that a spec is; None where it is none of TFLite."""
    path = spec.source.path
    return program(path) if is_model(path) else None


class Planned(NamedTuple):
    """A program's steps, and its tensors and scratch over them."""

    peak: Peak
    tensors: list[Buffer]
    kernels: list[Scratch]
    scratch: list[Buffer]


def planned(graph: Graph, run: Execution) -> Planned | None:
    """The program that a graph is, where it is run as its file says: None for other sizes, types
    or a batch, of which the file says nothing."""
    found = program_of(graph.spec)
    if found is None or run.batch > 1:
        return None
    if run.activations not in {TYPES.get(tensor.type) for tensor in found.tensors}:
        return None
    defaults = {name: one.default for name, one in graph.spec.hyperparameters.items()}
    if any(graph.hyperparameters[name] != default for name, default in defaults.items()):
        return None
    return _planned(found, run)


def _planned(found: Program, run: Execution) -> Planned:
    names = _names(found)
    lives = {tensor: [0, 0] for tensor in found.inputs}
    for number, operator in enumerate(found.operators, start=1):
        for tensor in operator.writes:
            lives[tensor] = [number, number]
        for tensor in operator.reads:
            lives.setdefault(tensor, [0, 0])[1] = number
    for tensor in found.outputs:
        lives.setdefault(tensor, [0, 0])[1] = len(found.operators)
    buffers = [
        Buffer(names[tensor], found.tensors[tensor].bytes, *lives[tensor])
        for tensor in sorted(lives)
    ]
    kernels, scratch = [], []
    for number, operator in enumerate(found.operators, start=1):
        for what, bytes_, source in _scratch(found, operator):
            kernels.append(Scratch(operator.name, what, bytes_, bytes_, bytes_, source))
            scratch.append(Buffer(f"{operator.name} (scratch)", bytes_, number, number))
    return Planned(_peak(found, names, run), buffers, kernels, scratch)


def _names(found: Program) -> list[str]:
    """A name a tensor: the layer's that writes it, else its own."""
    names = [shortened(tensor.name) for tensor in found.tensors]
    for operator in found.operators:
        for place, tensor in enumerate(operator.writes):
            names[tensor] = f"{operator.name}:{place}" if place else operator.name
    return names


def _peak(found: Program, names: list[str], run: Execution) -> Peak:
    """The program as a plan: in elements where all tensors have the run's, else in bytes."""
    size = run.activation_bytes
    even = all(tensor.bytes == size * tensor.elements for tensor in found.tensors)
    sizes = [tensor.elements if even else tensor.bytes for tensor in found.tensors]
    order = dict.fromkeys((*found.inputs, *range(len(sizes))))
    number = {tensor: place for place, tensor in enumerate(order)}

    def numbers(tensors: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(dict.fromkeys(number[tensor] for tensor in tensors))

    plan = Plan(
        [Tensor(names[tensor], sizes[tensor]) for tensor in order],
        [
            Step(one.name, one.word, numbers(one.reads), numbers(one.writes))
            for one in found.operators
        ],
        frozenset(numbers(found.outputs)),
        len(found.inputs),
    )
    steps = range(len(plan.steps))
    exact = run if even else run._replace(activations="int8")
    return Peak("separate", "spec", False, plan, steps, simulate(plan, steps), exact)


def _scratch(found: Program, operator: Operator) -> list[tuple[str, int, str]]:
    """What a reference kernel asks for: what it is for, bytes, where that is written.

    Pointers take 8 bytes, as on the computer on which a plan is recorded.
    """
    if not operator.writes or not operator.reads:
        return []
    output = found.tensors[operator.writes[0]]
    word, axis = operator.word, 4 * operator.rank
    asked: list[tuple[str, int, str]] = []
    if word == "TRANSPOSE_CONV" and output.type in WIDER:
        each = WIDER[output.type]
        what = f"accumulators, {each} bytes an output element"
        asked.append((what, each * output.elements, "transpose_conv.cc"))
    if word in ("MEAN", "SUM") and output.type in WIDER:
        what = "sums, 4 bytes an output element"
        asked.append((what, 4 * output.elements, "reduce_common.cc"))
    if word in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"):
        asked.append(("a place for each axis of the input", axis, "reduce_common.cc"))
        asked.append(("the axes", 4 * operator.second, "reduce_common.cc"))
    if word == "MIRROR_PAD":
        asked += [("products of sizes", axis, "mirror_pad.cc")] * 2
    if word == "ADD_N":
        asked.append(("pointers to the inputs", 8 * len(operator.reads), "add_n.cc"))
    if word in UNPACKED and operator.second_type == "int4":
        asked.append(("weights of 4 bits, each in a byte", operator.second, UNPACKED[word]))
    return [(what, bytes_, f"{REFERENCE}/{source}") for what, bytes_, source in asked]
