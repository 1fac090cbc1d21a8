"""One formula, three readings: int, array and evaluated printed formula agree.

For every operator on random sizes, and for every built-in spec on random hyperparameters.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.cost.totals import total
from costcalc.errors import CostcalcError
from costcalc.graph.build import build
from costcalc.library import load_spec
from costcalc.numbers.conditions import ShapeError
from costcalc.numbers.dimensions import Kernel, Shape
from costcalc.numbers.ratio_array import RatioArray
from costcalc.numbers.symbol import Symbol, value_of
from costcalc.ops import OPERATORS
from costcalc.ops.window import Sides
from tests.covering import FEW, examples, networks

# what a printed formula may call, written independently of the code under test
CALCULATOR = {
    "ceildiv": lambda a, b: math.ceil(Fraction(a, b)),
    "floor": math.floor,
    "ceil": math.ceil,
    "round": lambda x: math.floor(x + Fraction(1, 2)),
    "gcd": math.gcd,
    "min": min,
    "max": max,
    "divisible": lambda x, d: (
        rounded if 10 * (rounded := max(d, math.floor(x + Fraction(d, 2)) // d * d)) >= 9 * x
        else rounded + d
    ),
}  # fmt: skip


def calculate(formula, env):
    """What a reader with a calculator gets from the printed text."""
    text = formula.expanded() if isinstance(formula, Symbol) else str(formula)
    return eval(text.replace("/", "_DIV_").replace("_DIV__DIV_", "//").replace("_DIV_", "/"),
                {"__builtins__": {}}, {**CALCULATOR, **env})  # fmt: skip


sizes = st.integers(1, 40)
kernels = st.builds(Kernel, st.integers(1, 7), st.integers(1, 7))
ARGUMENTS = {
    "k": kernels, "size": kernels, "out": st.integers(1, 48), "s": st.integers(1, 4),
    "g": st.integers(1, 4), "d": st.integers(1, 3), "m": st.integers(1, 3),
    "out_pad": st.integers(0, 2), "by": st.integers(1, 3), "heads": st.integers(1, 4),
    "kv_heads": st.integers(1, 4), "window": st.integers(1, 3), "table": st.integers(0, 9),
    "count": st.integers(1, 3), "samples": st.integers(1, 3),
    "mode": st.sampled_from(["nearest", "bilinear"]),
    "work": st.sampled_from(["add", "mul", "div", "exp", "max"]),
    "fan_in": st.one_of(st.none(), st.integers(1, 5000)),
    "how": st.sampled_from(["mean", "sum", "max"]),
    "per": st.sampled_from(["channel", "layer", "element"]),
    **dict.fromkeys(("scale", "shift", "transpose"), st.booleans()),
    "hidden": st.integers(1, 40), "projection": st.one_of(st.none(), st.integers(1, 20)),
    "biases": st.integers(0, 2), "bidirectional": st.booleans(), "last": st.booleans(),
    "span": st.integers(1, 7), "bias": st.booleans(), "round": st.sampled_from(["floor", "ceil"]),
    "pad": st.one_of(st.sampled_from(["same", "valid"]),
                     st.builds(Kernel, st.integers(0, 3), st.integers(0, 3)),
                     st.builds(Sides, *[st.integers(0, 3)] * 4)),
}  # fmt: skip
KINDS = {"Axis": st.sampled_from(["h", "w", "c", "hw"]), "Side": st.sampled_from(["h", "w", "c"])}


def numbers(result):
    """Shape and facts as a flat tuple."""
    shape, facts = result
    return (*shape.all, facts.weights, facts.biases, facts.norm, facts.mult_adds, facts.products,
            facts.reads, facts.writes, facts.scratch, *facts.elementwise.values())  # fmt: skip


def converted(value, name, convert):
    """Every number of an argument in another reading; words and truth values stay."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Sides):
        return Sides(*(convert(f"{name}_{side}", n) for side, n in value._asdict().items()))
    if isinstance(value, Kernel):
        return Kernel(convert(f"{name}_h", value.h), convert(f"{name}_w", value.w))
    return convert(name, value)


@pytest.mark.parametrize("name", OPERATORS)
@examples(15)
@given(data=st.data())
def test_operator(name, data):
    operator = OPERATORS[name]
    g = data.draw(st.integers(1, 4))
    x = Shape(data.draw(sizes), data.draw(sizes), g * data.draw(st.integers(1, 16)))
    count = operator.inputs or data.draw(st.integers(2, 4))
    count += data.draw(st.integers(0, operator.optional))
    inputs = [x] * count
    if operator.together:
        inputs = [x._replace(n=data.draw(st.integers(1, 5))) for x in inputs]
    if name == "roi_align":
        inputs[0] = inputs[0]._replace(h=1, w=1)
    if name == "grid_sample":
        inputs[1] = inputs[1]._replace(c=2)
    if name == "deform_conv":  # any window's numbers of offsets, where the output is as large
        inputs[1:] = [x._replace(c=2 * 7 * 7 * 60) for x in inputs[1:]]
    arguments = {
        name: data.draw(
            KINDS[argument.kind] if argument.kind in KINDS else ARGUMENTS[name], label=name
        )
        for name, argument in operator.arguments.items()
    }
    try:
        expected = numbers(operator.run(*inputs, **arguments))
    except ShapeError:
        return

    # arrays: the sizes in the first place, other valid sizes (doubled channels) in the second
    def array(_, number):
        return np.array([number, number], dtype=np.int64)

    arrays = operator.run(
        *[Shape(*(array("", size) for size in shape)) for shape in inputs],
        **{a: converted(v, a, array) for a, v in arguments.items()},
    )
    for got, want in zip(numbers(arrays), expected, strict=True):
        assert np.all(np.asarray(got) == want)
        assert np.asarray(got).dtype.kind == "i"

    # symbols: what is printed, evaluated by hand
    env = {}

    def symbol(symbol_name, number):
        env[symbol_name] = number
        return Symbol.named(symbol_name, number)

    symbols = operator.run(
        *[Shape(*(symbol(f"{axis}{i}", size) for axis, size in zip("hwcn", shape, strict=False)))
          for i, shape in enumerate(inputs)],
        **{a: converted(v, a, symbol) for a, v in arguments.items()},
    )  # fmt: skip
    for got, want in zip(numbers(symbols), expected, strict=True):
        assert value_of(got) == want
        assert calculate(got, env) == want


def draw_setting(data, parameter):
    """A value the hyperparameter allows, near its default."""
    if parameter.choices:
        return data.draw(st.sampled_from(parameter.choices), label=parameter.name)
    if parameter.kind == "boolean":
        return data.draw(st.booleans(), label=parameter.name)
    low = parameter.min if parameter.min is not None else 1
    high = parameter.max if parameter.max is not None else max(low, 2 * parameter.default)
    if parameter.kind == "integer":
        return data.draw(st.integers(int(low), int(high)), label=parameter.name)
    hundredths = st.integers(math.ceil(low * 100), math.floor(high * 100))
    value = Fraction(data.draw(hundredths, label=parameter.name), 100)
    return value.numerator if value.denominator == 1 else value


FIELDS = ("params", "weights", "biases", "norm", "mult_adds", "memory_access")


@pytest.mark.parametrize("name", networks(0, FEW[::3]))
@examples(2)
@given(data=st.data())
def test_built_in_spec(name, data):
    spec = load_spec(name)
    chosen = {h.name: draw_setting(data, h) for h in spec.hyperparameters.values()}
    try:
        graph = build(spec, chosen)
    except CostcalcError:
        return
    expected = total(graph.layers, spec.counts)

    def sized(value):
        return not isinstance(value, bool | str)

    symbolic = {k: Symbol.named(k, v) if sized(v) else v for k, v in chosen.items()}
    symbols = build(spec, symbolic)
    sums = total(symbols.layers, spec.counts)
    for field in FIELDS:
        formula = getattr(sums, field)
        assert value_of(formula) == getattr(expected, field)
    # the printed totals of a deep network run to megabytes: hold its layers one by one instead
    env = {k: v for k, v in chosen.items() if sized(v)}
    for layer, plain in zip(symbols.layers[::7], graph.layers[::7], strict=True):
        formula = layer.mult_adds
        if not isinstance(formula, Symbol) or len(formula.expanded()) < 20_000:
            assert calculate(formula, env) == plain.mult_adds

    arrays = {
        k: v if not sized(v)
        else RatioArray(np.array([v.numerator] * 2), v.denominator) if isinstance(v, Fraction)
        else np.array([v, v], dtype=np.int64)
        for k, v in chosen.items()
    }  # fmt: skip
    sums = total(build(spec, arrays).layers, spec.counts)
    for field in FIELDS:
        got = np.asarray(getattr(sums, field))
        assert got.dtype.kind == "i"
        assert np.all(got == getattr(expected, field)), field


def test_array_of_different_configurations():
    """A grid of widths and resolutions in one build equals each network by itself."""
    spec = load_spec("mobilenet")
    alphas, sizes_ = [0.25, 0.29, 0.5, 0.75, 1.0, 1.4], [33, 96, 128, 160, 225]
    defaults = {h.name: h.default for h in spec.hyperparameters.values()}
    grid = {
        **defaults,
        "alpha": RatioArray(np.array([round(100 * a) for a in alphas])[:, None], 100),
        "res": np.array(sizes_)[None, :],
    }
    sums = total(build(spec, grid).layers, spec.counts)
    for i, alpha in enumerate(alphas):
        for j, res in enumerate(sizes_):
            one = {**defaults, "alpha": Fraction(str(alpha)), "res": res}
            want = total(build(spec, one).layers, spec.counts)
            for field in FIELDS:
                got = np.broadcast_to(np.asarray(getattr(sums, field)), (6, 5))[i, j]
                assert got == getattr(want, field)
