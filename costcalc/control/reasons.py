"""Why one layer, row or network costs other than another, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from costcalc.cost.groups import Group
from costcalc.graph.model import Layer
from costcalc.language.hyperparameters import show_value
from costcalc.network import Network
from costcalc.numbers.dimensions import Shape
from costcalc.ops import COMMUTING
from costcalc.ops.window import pads_as_same

LayerPair = tuple[Layer | None, Layer | None]
"""A layer of each network that belong together, or one alone."""

MOST = 3
"""How many reasons inside of a row are told; the others are counted."""
_WORDS = {
    "k": "kernel",
    "s": "stride",
    "g": "groups",
    "d": "dilation",
    "m": "filters per channel",
    "pad": "padding",
}
"""What the letter of a column stands for."""


def of_group(a: Group, b: Group, inside: Sequence[LayerPair]) -> list[str]:
    """What makes a row another one: how often it stands there, what was changed, how large it is.

    `inside` are the layers of both. What only follows from a change elsewhere (a depthwise
    convolution is as wide as its input) is told where the row itself has not changed.
    """
    found = [f"{a.times} to {b.times} repeats"] if a.times != b.times else []
    if operation(a) != operation(b):
        return [*found, f"{b.type} in place of {a.type}", *_of_shapes(a.output, b.output)]
    told = list(dict.fromkeys(_inside(inside, repeated=a.times != b.times)))
    if len(told) > MOST:
        told[MOST:] = [f"{len(told) - MOST} more inside"]
    found += told
    found += [reason for reason in _of_shapes(a.output, b.output) if reason not in found]
    return found or _of_inputs(a.layers[:1], b.layers[:1])


def operation(group: Group) -> str:
    """The operator or block a group consists of."""
    first = group.layers[0] if group.layers else None
    return first.op if first is not None and group.type == first.type else group.type


def inner_name(layer: Layer) -> str:
    """What a layer is called inside of its row, in whichever repeat: "" where it is the row.

    A normalisation or activation that a row's columns add goes by the name of its layer.
    """
    inner = layer.name.removeprefix(layer.row).removesuffix(f"/{layer.op}")
    return inner.partition("/")[2]


def _inside(pairs: Sequence[LayerPair], repeated: bool) -> Iterator[str]:
    """What was changed in a row, layer by layer; one that is `repeated` has others by that."""
    before: LayerPair = (None, None)
    for number, (a, b) in enumerate(pairs):
        if a is not None and b is not None:
            following = pairs[number + 1] if number + 1 < len(pairs) else (None, None)
            if _folds((a, b), following):
                yield _named(b, "folded norm: a bias in place of it")
            else:
                yield from (_named(b, reason) for reason in _own(a, b))
        elif not repeated and not _folds(before, (a, b)):
            one = b or a
            assert one is not None
            follows = one.name.endswith(f"/{one.op}")
            word = "with" if a is None else "without"
            yield _named(one, f"{word} {one.op}") if follows else f"{word} {inner_name(one)}"
        before = (a, b)


def _named(layer: Layer, reason: str) -> str:
    name = inner_name(layer)
    return f"{name} {reason}" if name else reason


def _folds(convolution: LayerPair, norm: LayerPair) -> bool:
    """Whether a normalisation has become the bias of the convolution before it."""
    a, b = convolution
    gone, left = norm
    return (
        a is not None and b is not None and gone is not None and left is None
        and bool(gone.facts.norm and b.biases and not a.biases)
    )  # fmt: skip


def meant(layer: Layer) -> dict[str, Any]:
    """The arguments that a layer has, of which a padding by half its window is the usual one,
    however it is written."""
    known = layer.operator.arguments
    found = {name: layer.arguments.get(name, known[name].default) for name in known}
    return found | {"pad": "same"} if pads_as_same(layer.operator, found) else found


def shapes_read(layer: Layer) -> tuple[Shape, ...]:
    """The shapes that a layer reads, in any order where its branches may stand so."""
    if layer.operator.source:
        return ()
    shapes = tuple(layer.input_shapes)
    return tuple(sorted(shapes, key=str)) if layer.op in COMMUTING else shapes


def _own(a: Layer, b: Layer) -> Iterator[str]:
    """What was changed at a layer itself."""
    if a.op != b.op:
        yield f"{b.type} in place of {a.type}"
        return
    arguments, others = meant(a), meant(b)
    for name, before in arguments.items():
        after = others[name]
        if before == after:
            continue
        if name == "out":
            yield from _of_shapes(a.output._replace(h=0, w=0), b.output._replace(h=0, w=0))
        elif isinstance(after, bool):
            yield f"{'with' if after else 'without'} {name}"
        else:
            yield f"{_WORDS.get(name, name)} {_shown(before)} to {_shown(after)}"
    if len(a.inputs) != len(b.inputs):
        yield f"{len(a.inputs)} to {len(b.inputs)} inputs"
    if bool(a.facts.shared) != bool(b.facts.shared):
        yield "weights shared" if b.facts.shared else "weights of its own"
    for part, before, after in zip(
        ("weights", "biases"), a.buffers or (0, 0), b.buffers or (0, 0), strict=True
    ):
        if before != after:
            yield f"{part} from {_parameters(before)} to {_parameters(after)}"
    for word in ("keep", "bits", "bias_bits"):
        before, after = getattr(a, word), getattr(b, word)
        same = a.bits == a.bias_bits and b.bits == b.bias_bits
        if before != after and not (word == "bias_bits" and same):
            yield f"{word} {show_value(before)} to {show_value(after)}"


def _parameters(buffers: Any) -> str:
    return "buffers" if buffers == 1 else "in part buffers" if buffers else "parameters"


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)


def _of_shapes(a: Shape, b: Shape) -> list[str]:
    """Of outputs: channels and resolution."""
    found = []
    if a.c != b.c:
        found.append(f"{'wider' if b.c > a.c else 'narrower'}: {a.c:,} to {b.c:,} channels")
    if a[:2] != b[:2]:
        found.append(f"resolution {a.h}x{a.w} to {b.h}x{b.w}")
    return found


def _of_inputs(a: Sequence[Layer], b: Sequence[Layer]) -> list[str]:
    """Of the inputs of the first layers."""
    for first, other in zip(a, b, strict=False):
        for before, after in zip(shapes_read(first), shapes_read(other), strict=False):
            if before.c != after.c:
                return [f"reads {before.c:,} to {after.c:,} channels"]
            if before != after:
                return [f"reads {before} to {after}"]
    return []


def of_network(a: Network, b: Network) -> list[str]:
    """What differs between networks as a whole: settings, input, how they are run and counted."""
    found = _of_settings(a.hyperparameters, b.hyperparameters)
    if a.inputs != b.inputs:
        found.append(f"input {_sizes(a)} to {_sizes(b)}")
    before, after = a.execution, b.execution
    for word, one, other in (
        ("dtype", before.dtype, after.dtype),
        ("batch", before.batch, after.batch),
        ("fused", show_value(before.fused), show_value(after.fused)),
        ("flash attention", show_value(before.flash), show_value(after.flash)),
        ("convention", a.convention, b.convention),
    ):
        if one != other:
            found.append(f"{word} {one} to {other}")
    if a.counted is None and b.counted is None and a.spec.counts != b.spec.counts:
        counts = (" + ".join(network.spec.counts) for network in (a, b))
        found.append(f"params are {' to '.join(counts)}")
    return found


def _of_settings(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    changed = [
        f"{name} {show_value(a[name])} to {show_value(value)}"
        for name, value in b.items()
        if name in a and a[name] != value
    ]
    new = [f"{name} {show_value(value)} is new" for name, value in b.items() if name not in a]
    return changed + new + [f"{name} is gone" for name in a if name not in b]


def _sizes(network: Network) -> str:
    return ", ".join(map(str, network.inputs.values()))
