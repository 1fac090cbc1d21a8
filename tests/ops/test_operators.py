"""One row an operator: shape and facts, each expected value written as its derivation."""

from __future__ import annotations

import pytest

from costcalc.language.tables import COMMON, FOLLOWERS
from costcalc.numbers.dimensions import Kernel, Shape, ShapeError
from costcalc.ops import OPERATORS, Facts

X = Shape(14, 12, 6)  # no two sizes alike, so that a swapped axis shows

# operator, inputs, arguments, output, facts
ROWS = [
    ("conv", [X], {"k": Kernel(3, 3), "out": 8}, Shape(14, 12, 8),
     Facts(weights=3 * 3 * 6 * 8, mult_adds=3 * 3 * 6 * 8 * 14 * 12,
           reads=14 * 12 * 6 + 3 * 3 * 6 * 8, writes=14 * 12 * 8)),
    ("conv", [X], {"k": Kernel(1, 7), "out": 8, "s": 2, "bias": True}, Shape(7, 6, 8),
     Facts(weights=1 * 7 * 6 * 8, biases=8, mult_adds=1 * 7 * 6 * 8 * 7 * 6,
           reads=14 * 12 * 6 + 1 * 7 * 6 * 8, writes=7 * 6 * 8,
           elementwise={"add": 7 * 6 * 8})),
    ("conv", [X], {"k": Kernel(3, 3), "out": 9, "g": 3}, Shape(14, 12, 9),
     Facts(weights=3 * 3 * (6 // 3) * 9, mult_adds=3 * 3 * (6 // 3) * 9 * 14 * 12,
           reads=14 * 12 * 6 + 3 * 3 * (6 // 3) * 9, writes=14 * 12 * 9)),
    ("conv", [X], {"k": Kernel(3, 3), "out": 8, "pad": "valid"}, Shape(14 - 2, 12 - 2, 8),
     Facts(weights=3 * 3 * 6 * 8, mult_adds=3 * 3 * 6 * 8 * 12 * 10,
           reads=14 * 12 * 6 + 3 * 3 * 6 * 8, writes=12 * 10 * 8)),
    ("conv", [X], {"k": Kernel(3, 3), "out": 8, "s": 2, "pad": Kernel(0, 3)},
     Shape((14 - 3) // 2 + 1, (12 + 6 - 3) // 2 + 1, 8),
     Facts(weights=3 * 3 * 6 * 8, mult_adds=3 * 3 * 6 * 8 * 6 * 8,
           reads=14 * 12 * 6 + 3 * 3 * 6 * 8, writes=6 * 8 * 8)),
    ("conv", [X], {"k": Kernel(3, 3), "out": 8, "d": 2, "pad": "valid"},
     Shape(14 - 4, 12 - 4, 8),  # a dilated 3 reaches over 5
     Facts(weights=3 * 3 * 6 * 8, mult_adds=3 * 3 * 6 * 8 * 10 * 8,
           reads=14 * 12 * 6 + 3 * 3 * 6 * 8, writes=10 * 8 * 8)),
    ("conv", [X], {"k": Kernel(1, 2), "out": 8, "s": Kernel(1, 2), "pad": "valid"},
     Shape(14, (12 - 2) // 2 + 1, 8),
     Facts(weights=1 * 2 * 6 * 8, mult_adds=1 * 2 * 6 * 8 * 14 * 6,
           reads=14 * 12 * 6 + 1 * 2 * 6 * 8, writes=14 * 6 * 8)),
    ("dw", [X], {"k": Kernel(3, 3), "s": 2}, Shape(7, 6, 6),
     Facts(weights=3 * 3 * 6, mult_adds=3 * 3 * 6 * 7 * 6,
           reads=14 * 12 * 6 + 3 * 3 * 6, writes=7 * 6 * 6)),
    ("dw", [X], {"k": Kernel(3, 3), "m": 2, "bias": True}, Shape(14, 12, 12),
     Facts(weights=3 * 3 * 2 * 6, biases=12, mult_adds=3 * 3 * 2 * 6 * 14 * 12,
           reads=14 * 12 * 6 + 3 * 3 * 2 * 6, writes=14 * 12 * 12,
           elementwise={"add": 14 * 12 * 12})),
    ("fc", [X], {"out": 10}, Shape(1, 1, 10),
     Facts(weights=14 * 12 * 6 * 10, biases=10, mult_adds=14 * 12 * 6 * 10,
           reads=14 * 12 * 6 + 14 * 12 * 6 * 10, writes=10, elementwise={"add": 10})),
    ("fc", [X], {"out": 10, "bias": False}, Shape(1, 1, 10),
     Facts(weights=14 * 12 * 6 * 10, mult_adds=14 * 12 * 6 * 10,
           reads=14 * 12 * 6 + 14 * 12 * 6 * 10, writes=10)),
    ("maxpool", [X], {"k": Kernel(3, 3), "s": 2}, Shape(7, 6, 6),
     Facts(reads=14 * 12 * 6, writes=7 * 6 * 6, elementwise={"max": 3 * 3 * 7 * 6 * 6})),
    ("maxpool", [X], {"k": Kernel(3, 3), "s": 2, "pad": "valid"}, Shape(6, 5, 6),
     Facts(reads=14 * 12 * 6, writes=6 * 5 * 6, elementwise={"max": 3 * 3 * 6 * 5 * 6})),
    ("maxpool", [X], {"k": Kernel(3, 3), "s": 2, "pad": "valid", "round": "ceil"},
     Shape(7, 6, 6),  # ceil(11 / 2) + 1, ceil(9 / 2) + 1
     Facts(reads=14 * 12 * 6, writes=7 * 6 * 6, elementwise={"max": 3 * 3 * 7 * 6 * 6})),
    ("maxpool", [Shape(4, 4, 1)], {"k": Kernel(1, 1), "s": 3, "pad": Kernel(1, 1), "round": "ceil"},
     Shape(2, 2, 1),  # the window at 6 would start beyond the input, 1 + 4
     Facts(reads=16, writes=4, elementwise={"max": 4})),
    ("avgpool", [X], {"k": Kernel(2, 2), "s": 2}, Shape(7, 6, 6),
     Facts(reads=14 * 12 * 6, writes=7 * 6 * 6,
           elementwise={"add": 2 * 2 * 7 * 6 * 6, "div": 7 * 6 * 6})),
    ("pool", [X], {"k": Kernel(2, 2), "s": 2}, Shape(7, 6, 6),
     Facts(reads=14 * 12 * 6, writes=7 * 6 * 6, elementwise={"max": 2 * 2 * 7 * 6 * 6})),
    ("gpool", [X], {}, Shape(1, 1, 6),
     Facts(reads=14 * 12 * 6, writes=6, elementwise={"add": 14 * 12 * 6, "div": 6})),
    ("adaptive_avgpool", [X], {"size": Kernel(7, 5)}, Shape(7, 5, 6),
     # along h 7 windows of 2; along w (0,3) (2,5) (4,8) (7,10) (9,12): 3 + 3 + 4 + 3 + 3
     Facts(reads=14 * 12 * 6, writes=7 * 5 * 6,
           elementwise={"add": 14 * 16 * 6, "div": 7 * 5 * 6})),
    ("concat", [X, Shape(14, 12, 2)], {}, Shape(14, 12, 6 + 2),
     Facts(reads=14 * 12 * (6 + 2), writes=14 * 12 * 8)),
    ("add", [X, X, X], {}, X,
     Facts(reads=3 * X.size, writes=X.size, elementwise={"add": 2 * X.size})),
    ("mul", [X, Shape(1, 1, 6)], {}, X,
     Facts(reads=X.size + 6, writes=X.size, elementwise={"mul": X.size})),
    ("shuffle", [X], {"g": 3}, X, Facts(reads=X.size, writes=X.size)),
    ("split", [X], {"out": 2}, Shape(14, 12, 2), Facts()),
    ("zero_channels", [X], {"out": 8}, Shape(14, 12, 8),
     Facts(reads=X.size, writes=14 * 12 * 8)),
    ("flatten", [X], {}, Shape(1, 1, 14 * 12 * 6), Facts()),
    ("dropout", [X], {}, X, Facts()),
    *[
        (name, [X], arguments, X,
         Facts(norm=norm, reads=X.size + norm, writes=X.size,
               elementwise={kind: times * X.size for kind, times in work.items()}))
        for name, arguments, norm, work in [
            ("batch_norm", {}, 2 * 6, {"mul": 1, "add": 1}),
            ("layer_norm", {}, 2 * 6, {"add": 3, "mul": 3, "div": 1}),
            ("layer_scale", {}, 6, {"mul": 1}),
            ("lrn", {"span": 5}, 0, {"mul": 5, "add": 5, "exp": 1, "div": 1}),
            ("relu", {}, 0, {"max": 1}),
            ("relu6", {}, 0, {"max": 2}),
            ("hsigmoid", {}, 0, {"add": 1, "max": 2, "div": 1}),
            ("hswish", {}, 0, {"add": 1, "max": 2, "div": 1, "mul": 1}),
            ("swish", {}, 0, {"exp": 1, "add": 1, "div": 1}),
            ("gelu", {}, 0, {"exp": 1, "mul": 1}),
            ("sigmoid", {}, 0, {"exp": 1, "add": 1, "div": 1}),
            ("softmax", {}, 0, {"exp": 1, "add": 1, "div": 1}),
        ]
    ],
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "inputs", "arguments", "output", "facts"), ROWS,
    ids=[f"{i}-{row[0]}" for i, row in enumerate(ROWS)],
)  # fmt: skip
def test_row(name, inputs, arguments, output, facts):
    assert OPERATORS[name].run(*inputs, **arguments) == (output, facts)


def test_no_argument_takes_the_name_of_a_column_every_row_has():
    for operator in OPERATORS.values():
        assert not set(operator.arguments) & {*COMMON, *FOLLOWERS}


def test_every_operator_has_a_row_and_a_docstring():
    assert {row[0] for row in ROWS} == set(OPERATORS)
    for operator in OPERATORS.values():
        assert operator.run.__doc__


def test_grouped_is_the_sum_of_its_groups():
    """ResNeXt, Figure 3: g groups are g convolutions of c/g to out/g channels."""
    conv = OPERATORS["conv"].run
    _, whole = conv(Shape(8, 8, 32), k=Kernel(3, 3), out=64, g=4)
    _, part = conv(Shape(8, 8, 8), k=Kernel(3, 3), out=16)
    assert whole.weights == 4 * part.weights
    assert whole.mult_adds == 4 * part.mult_adds


def test_same_padding_is_half_the_kernel_for_odd_kernels():
    """TensorFlow's SAME and PyTorch's padding=k//2 agree where k is odd."""
    conv = OPERATORS["conv"].run
    for size in range(1, 30):
        for k in (1, 3, 5, 7):
            for s in (1, 2, 3):
                x = Shape(size, size, 1)
                same, _ = conv(x, k=Kernel(k, k), out=1, s=s)
                half, _ = conv(x, k=Kernel(k, k), out=1, s=s, pad=Kernel(k // 2, k // 2))
                assert same == half


@pytest.mark.parametrize(
    ("name", "inputs", "arguments", "message"),
    [
        ("conv", [X], {"k": Kernel(3, 3), "out": 8, "g": 4},
         r"4 groups do not divide 6 input channels \(6 % 4 = 2\)"),
        ("conv", [X], {"k": Kernel(3, 3), "out": 8, "g": 3},
         r"3 groups do not divide 8 output channels \(8 % 3 = 2\)"),
        ("conv", [X], {"k": Kernel(3, 3), "out": 0}, "output channels must be at least 1, not 0"),
        ("conv", [X], {"k": Kernel(3, 3), "out": 8, "s": 0}, "stride must be at least 1, not 0"),
        ("conv", [X], {"k": Kernel(3, 13), "out": 8, "pad": "valid"},
         "a kernel of 13 is larger than its input of 12 with 0 padding"),
        ("maxpool", [X], {"k": Kernel(17, 3), "s": 2, "pad": "valid", "round": "ceil"},
         "a kernel of 17 is larger than its input of 14"),
        ("fc", [X], {"out": 0}, "the number of units must be at least 1"),
        ("shuffle", [X], {"g": 4}, "4 groups do not divide 6 channels"),
        ("split", [X], {"out": 7}, "7 channels cannot be split off 6"),
        ("zero_channels", [X], {"out": 5}, "zeros cannot make 5 channels of 6"),
        ("concat", [X, Shape(7, 12, 6)], {}, "equal height, but they are 14x12x6 and 7x12x6"),
        ("add", [X, Shape(14, 12, 7)], {}, "equal channels, but they are 14x12x6 and 14x12x7"),
        ("mul", [X, Shape(1, 1, 7)], {}, "equal channels, but they are 14x12x6 and 1x1x7"),
        ("mul", [X, Shape(1, 12, 6)], {}, "equal height"),
    ],
)  # fmt: skip
def test_refused(name, inputs, arguments, message):
    with pytest.raises(ShapeError, match=message):
        OPERATORS[name].run(*inputs, **arguments)
