"""One row an operator: shape and facts, each expected value written as its derivation."""

from __future__ import annotations

import pytest

from costcalc.language.columns import COMMON, FOLLOWERS
from costcalc.numbers.conditions import ShapeError
from costcalc.numbers.dimensions import Kernel, Shape
from costcalc.ops import OPERATORS, Facts
from costcalc.ops.window import Sides
from tests.covering import at_once

X = Shape(14, 12, 6)  # no two sizes alike, so that a swapped axis shows

BOXES = Shape(1, 1, 4, 100)

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
    ("conv", [Shape(61, 61, 4)],
     {"k": Kernel(3, 3), "out": 4, "s": 2, "pad": Sides(0, 0, 1, 1), "g": 4}, Shape(30, 30, 4),
     # zeros only below and right: (61 + 0 + 1 - 3) // 2 + 1
     Facts(weights=9 * 4, mult_adds=9 * 4 * 30 * 30, reads=61 * 61 * 4 + 36, writes=30 * 30 * 4)),
    ("conv", [X], {"k": Kernel(3, 3), "out": 8, "d": Kernel(1, 2), "pad": "valid"},
     Shape(14 - 2, 12 - 4, 8),
     Facts(weights=3 * 3 * 6 * 8, mult_adds=3 * 3 * 6 * 8 * 12 * 8,
           reads=14 * 12 * 6 + 3 * 3 * 6 * 8, writes=12 * 8 * 8)),
    ("tconv", [Shape(2, 2, 3)], {"k": Kernel(2, 2), "out": 1, "s": 2, "bias": True},
     Shape(4, 4, 1),  # every input element times 2 x 2 x 1 weights
     Facts(weights=2 * 2 * 3, biases=1, mult_adds=2 * 2 * 3 * 2 * 2, reads=2 * 2 * 3 + 12,
           writes=4 * 4, elementwise={"add": 16})),
    ("tconv", [X], {"k": Kernel(3, 4), "out": 8, "s": Kernel(2, 3), "g": 2, "d": Kernel(2, 1),
                    "pad": Kernel(1, 2), "out_pad": Kernel(1, 0)},
     # (14 - 1) 2 + 2 (3 - 1) + 1 - 2 + 1; (12 - 1) 3 + (4 - 1) + 1 - 4
     Shape(30, 33, 8),
     Facts(weights=3 * 4 * 6 * 4, mult_adds=3 * 4 * 6 * 4 * 14 * 12,
           reads=14 * 12 * 6 + 3 * 4 * 6 * 4, writes=30 * 33 * 8)),
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
    # 7 x 6 windows of 2 x 4 over 14 x 14, of 3 channels each
    ("fold", [Shape(42, 1, 2 * 4 * 3)], {"size": Kernel(14, 14), "k": Kernel(2, 4), "s": 2},
     Shape(14, 14, 3), Facts(reads=42 * 24, writes=14 * 14 * 3, elementwise={"add": 42 * 24})),
    ("concat", [X, Shape(14, 12, 2)], {}, Shape(14, 12, 6 + 2),
     Facts(reads=14 * 12 * (6 + 2), writes=14 * 12 * 8)),
    ("add", [X, X, X], {}, X,
     Facts(reads=3 * X.size, writes=X.size, elementwise={"add": 2 * X.size})),
    ("mul", [X, Shape(1, 1, 6)], {}, X,
     Facts(reads=X.size + 6, writes=X.size, elementwise={"mul": X.size})),
    ("mul", [Shape(14, 12, 1), X], {}, X,  # a gate on positions
     Facts(reads=14 * 12 + X.size, writes=X.size, elementwise={"mul": X.size})),
    ("add", [Shape(14, 1, 6), Shape(1, 12, 1)], {}, X,
     Facts(reads=14 * 6 + 12, writes=X.size, elementwise={"add": X.size})),
    ("reduce", [X], {"axis": "c", "how": "max"}, Shape(14, 12, 1),
     Facts(reads=X.size, writes=14 * 12, elementwise={"max": X.size})),
    ("reduce", [X], {"axis": "hw"}, Shape(1, 1, 6),
     Facts(reads=X.size, writes=6, elementwise={"add": X.size, "div": 6})),
    ("upsample", [Shape(13, 13, 128)], {"by": 2}, Shape(26, 26, 128),
     Facts(reads=21_632, writes=86_528)),
    ("upsample", [X], {"by": Kernel(2, 3), "mode": "bilinear"}, Shape(28, 36, 6),
     Facts(reads=X.size, writes=28 * 36 * 6,
           elementwise={"mul": 4 * 28 * 36 * 6, "add": 3 * 28 * 36 * 6})),
    ("resize", [X], {"size": Kernel(5, 40), "mode": "nearest"}, Shape(5, 40, 6),
     Facts(reads=X.size, writes=5 * 40 * 6)),
    ("resize", [X], {"size": Kernel(5, 40), "mode": "bilinear"}, Shape(5, 40, 6),
     Facts(reads=X.size, writes=5 * 40 * 6,
           elementwise={"mul": 4 * 5 * 40 * 6, "add": 3 * 5 * 40 * 6})),
    ("depth_to_space", [Shape(8, 8, 16)], {"by": 2}, Shape(16, 16, 4),
     Facts(reads=1024, writes=1024)),
    ("space_to_depth", [X], {"by": 2}, Shape(7, 6, 24), Facts(reads=X.size, writes=X.size)),
    ("zero_pad", [X], {"pad": Sides(1, 2, 3, 4)}, Shape(14 + 1 + 3, 12 + 2 + 4, 6),
     Facts(reads=X.size, writes=18 * 18 * 6)),
    ("crop", [X], {"size": Kernel(10, 3)}, Shape(10, 3, 6), Facts()),
    ("matmul", [Shape(5, 1, 8), Shape(7, 1, 8)], {"transpose": True}, Shape(5, 1, 7),
     Facts(products=5 * 7 * 8, mult_adds=5 * 7 * 8, reads=5 * 8 + 7 * 8, writes=5 * 7)),
    ("matmul", [Shape(5, 1, 8), Shape(7, 1, 8)], {"transpose": True, "heads": 2},
     Shape(5, 1, 2 * 7),
     Facts(products=5 * 7 * 8, mult_adds=5 * 7 * 8, reads=5 * 8 + 7 * 8, writes=5 * 2 * 7)),
    ("matmul", [Shape(5, 1, 2 * 7), Shape(7, 1, 8)], {"heads": 2}, Shape(5, 1, 8),
     Facts(products=5 * 7 * 8, mult_adds=5 * 7 * 8, reads=5 * 14 + 7 * 8, writes=5 * 8)),
    ("attention", [Shape(580, 1, 512)] * 3, {"heads": 4}, Shape(580, 1, 512),
     Facts(products=2 * 580**2 * 512, mult_adds=2 * 580**2 * 512,
           reads=3 * 580 * 512 + 4 * 580**2, writes=580 * 512 + 4 * 580**2, scratch=4 * 580**2,
           elementwise=dict.fromkeys(("mul", "exp", "add", "div"), 4 * 580**2))),
    # four heads of queries share two of keys and values; 3 x 3 keys are the map reduced
    ("attention", [Shape(6, 6, 16), Shape(3, 3, 8), Shape(3, 3, 10)], {"heads": 4, "kv_heads": 2},
     Shape(6, 6, 20),
     Facts(products=36 * 9 * (16 + 20), mult_adds=36 * 9 * (16 + 20),
           reads=36 * 16 + 9 * 8 + 9 * 10 + 4 * 36 * 9, writes=36 * 20 + 4 * 36 * 9,
           scratch=4 * 36 * 9,
           elementwise=dict.fromkeys(("mul", "exp", "add", "div"), 4 * 36 * 9))),
    # Swin: in each of the 2 x 3 windows every one of 7 x 7 attends to 7 x 7
    ("attention", [Shape(14, 21, 6)] * 3, {"heads": 3, "window": 7, "table": 13 * 13 * 3},
     Shape(14, 21, 6),
     Facts(weights=507, products=2 * 294 * 49 * 6, mult_adds=2 * 294 * 49 * 6,
           reads=3 * 294 * 6 + 3 * 294 * 49 + 507, writes=294 * 6 + 3 * 294 * 49,
           scratch=3 * 294 * 49,
           elementwise={**dict.fromkeys(("mul", "exp", "div"), 3 * 294 * 49),
                        "add": 2 * 3 * 294 * 49})),
    ("attention", [Shape(4, 4, 6)] * 3 + [Shape(7, 7, 3)], {"heads": 3, "window": 4, "table": 3},
     Shape(4, 4, 6),
     Facts(weights=3, products=2 * 16 * 16 * 6, mult_adds=2 * 16 * 16 * 6,
           reads=3 * 16 * 6 + 7 * 7 * 3 + 3 * 16 * 16 + 3, writes=16 * 6 + 3 * 16 * 16,
           scratch=3 * 16 * 16,
           elementwise={**dict.fromkeys(("mul", "exp", "div"), 3 * 16 * 16),
                        "add": 3 * 3 * 16 * 16})),
    ("to_tokens", [X], {}, Shape(14 * 12, 1, 6), Facts()),
    ("to_map", [Shape(168, 1, 6)], {"size": Kernel(14, 12)}, X, Facts()),
    ("to_map", [Shape(1, 1, 168 * 6)], {"size": Kernel(14, 12), "out": 6}, X, Facts()),
    ("fixed", [X], {"size": Kernel(14, 12)}, X, Facts()),
    ("concat", [X, Shape(3, 12, 6)], {"axis": "h"}, Shape(14 + 3, 12, 6),
     Facts(reads=14 * 12 * 6 + 3 * 12 * 6, writes=17 * 12 * 6)),
    ("div", [X, Shape(1, 1, 6)], {}, X,
     Facts(reads=14 * 12 * 6 + 6, writes=14 * 12 * 6, elementwise={"div": 14 * 12 * 6})),
    ("maximum", [X, X, X], {}, X,
     Facts(reads=3 * 14 * 12 * 6, writes=14 * 12 * 6, elementwise={"max": 2 * 14 * 12 * 6})),
    ("elementwise", [X], {"work": "exp"}, X,
     Facts(reads=14 * 12 * 6, writes=14 * 12 * 6, elementwise={"exp": 14 * 12 * 6})),
    ("affine", [X], {"shift": False}, X,
     Facts(norm=6, reads=14 * 12 * 6 + 6, writes=14 * 12 * 6,
           elementwise={"mul": 14 * 12 * 6})),
    ("fc", [X], {"out": 10, "fan_in": 14 * 12 * 6}, Shape(1, 1, 10),
     Facts(weights=14 * 12 * 6 * 10, biases=10, mult_adds=14 * 12 * 6 * 10,
           reads=14 * 12 * 6 + 14 * 12 * 6 * 10, writes=10, elementwise={"add": 10})),
    ("reorder", [X], {}, X, Facts(reads=X.size, writes=X.size)),
    ("transpose", [X], {}, Shape(6, 1, 14 * 12), Facts(reads=X.size, writes=X.size)),
    ("class_token", [Shape(196, 1, 768)], {}, Shape(197, 1, 768),
     Facts(weights=768, reads=196 * 768 + 768, writes=197 * 768)),
    ("position_embedding", [Shape(197, 1, 768)], {}, Shape(197, 1, 768),
     Facts(weights=197 * 768, reads=2 * 197 * 768, writes=197 * 768,
           elementwise={"add": 197 * 768})),
    ("position_embedding", [Shape(16, 1, 8)], {"table": 25 * 8}, Shape(16, 1, 8),
     Facts(weights=25 * 8, reads=2 * 16 * 8, writes=16 * 8, elementwise={"add": 16 * 8})),
    ("regions", [X, Shape(2, 2, 3)], {"count": 100}, Shape(1, 1, 4, 100),
     Facts(reads=14 * 12 * 6 + 2 * 2 * 3, writes=100 * 4)),
    # each element the mean of 3 x 3 points, each of 4 products and 3 additions
    ("roi_align", [Shape(1, 1, 4, 100), X, Shape(7, 6, 6)], {"size": Kernel(7, 5), "samples": 3},
     Shape(7, 5, 6, 100),
     Facts(reads=400 + 14 * 12 * 6 + 7 * 6 * 6, writes=100 * 7 * 5 * 6,
           elementwise={"mul": 100 * 7 * 5 * 6 * 9 * 4, "add": 100 * 7 * 5 * 6 * (9 * 3 + 8),
                        "div": 100 * 7 * 5 * 6})),
    # each element of four products and three additions
    ("lstm", [Shape(9, 1, 8)], {"hidden": 5, "biases": 2}, Shape(9, 1, 5),
     # four sums of a unit, over 8 inputs and the 5 units of the step before; state: 5 said, 5 kept
     Facts(weights=4 * 5 * (8 + 5), biases=2 * 4 * 5, mult_adds=9 * 4 * 5 * (8 + 5),
           reads=9 * 8 + 4 * 5 * (8 + 5) + 5 + 5, writes=9 * 5 + 5 + 5, scratch=5 + 5,
           elementwise={"exp": 9 * 5 * (3 + 2), "add": 9 * 5 * (3 + 2 * 2 + 1 + 2 * 4),
                        "mul": 9 * 5 * (2 + 3), "div": 9 * 5 * (3 + 2)})),
    ("lstm", [X], {"hidden": 5, "bidirectional": True, "projection": 3, "axis": "w",
                   "last": True},
     Shape(14, 1, 2 * 3),  # 14 sequences of 12 steps; of each the last step of both ways
     Facts(weights=2 * (4 * 5 * (6 + 3) + 5 * 3), biases=2 * 4 * 5,
           mult_adds=14 * 12 * 2 * (4 * 5 * (6 + 3) + 5 * 3),
           reads=14 * 12 * 6 + 2 * (4 * 5 * (6 + 3) + 5 * 3) + 14 * 2 * (3 + 5),
           writes=14 * 6 + 14 * 2 * (3 + 5), scratch=14 * 2 * (3 + 5),
           elementwise={"exp": 14 * 12 * 10 * (3 + 2), "add": 14 * 12 * 10 * (3 + 2 * 2 + 1 + 4),
                        "mul": 14 * 12 * 10 * (2 + 3), "div": 14 * 12 * 10 * (3 + 2)})),
    ("gru", [Shape(1, 9, 8)], {"hidden": 5, "biases": 0}, Shape(1, 9, 5),
     Facts(weights=3 * 5 * (8 + 5), mult_adds=9 * 3 * 5 * (8 + 5),
           reads=9 * 8 + 3 * 5 * (8 + 5) + 5, writes=9 * 5 + 5, scratch=5,
           elementwise={"exp": 9 * 5 * (2 + 1), "add": 9 * 5 * (2 + 2 + 2), "mul": 9 * 5 * (1 + 3),
                        "div": 9 * 5 * (2 + 1)})),
    ("rnn", [X], {"hidden": 5, "axis": "h", "last": True}, Shape(1, 12, 5),  # 12 of 14 steps
     Facts(weights=5 * (6 + 5), biases=5, mult_adds=14 * 12 * 5 * (6 + 5),
           reads=14 * 12 * 6 + 5 * (6 + 5) + 12 * 5, writes=12 * 5 + 12 * 5, scratch=12 * 5,
           elementwise={"exp": 14 * 12 * 5, "add": 14 * 12 * 5 * (2 + 1), "mul": 14 * 12 * 5,
                        "div": 14 * 12 * 5})),
    ("grid_sample", [X, Shape(3, 5, 2)], {}, Shape(3, 5, 6),
     Facts(reads=14 * 12 * 6 + 3 * 5 * 2, writes=3 * 5 * 6,
           elementwise={"mul": 4 * 3 * 5 * 6, "add": 3 * 3 * 5 * 6})),
    ("grid_sample", [X, Shape(3, 5, 2)], {"mode": "nearest"}, Shape(3, 5, 6),
     Facts(reads=14 * 12 * 6 + 3 * 5 * 2, writes=3 * 5 * 6)),
    ("topk", [X], {"count": 20}, Shape(20, 1, 6), Facts(reads=14 * 12 * 6, writes=20 * 6)),
    ("topk", [X], {"count": 2, "axis": "c"}, Shape(14, 12, 2),
     Facts(reads=14 * 12 * 6, writes=14 * 12 * 2)),
    # all channels of a place, or a place for each
    ("gather", [X, Shape(20, 1, 1)], {}, Shape(20, 1, 6),
     Facts(reads=20 * 6 + 20, writes=20 * 6)),
    ("gather", [X, Shape(3, 2, 6)], {}, Shape(3, 2, 6),
     Facts(reads=2 * 3 * 2 * 6, writes=3 * 2 * 6)),
    ("gather", [X, Shape(1, 12, 2)], {"axis": "c"}, Shape(14, 12, 2),
     Facts(reads=14 * 12 * 2 + 12 * 2, writes=14 * 12 * 2)),
    ("dynamic_conv", [X, Shape(1, 1, 3 * 5 * 6 * 8)], {"k": Kernel(3, 5), "out": 8, "s": 2},
     Shape(7, 6, 8),
     Facts(mult_adds=3 * 5 * 6 * 8 * 7 * 6, products=3 * 5 * 6 * 8 * 7 * 6,
           reads=14 * 12 * 6 + 3 * 5 * 6 * 8, writes=7 * 6 * 8)),
    ("dynamic_conv", [X, Shape(8, 9, 3), Shape(1, 1, 8)], {"k": Kernel(3, 3), "out": 8, "g": 2},
     Shape(14, 12, 8),
     Facts(mult_adds=9 * 3 * 8 * 168, products=9 * 3 * 8 * 168,
           reads=168 * 6 + 9 * 3 * 8 + 8, writes=168 * 8, elementwise={"add": 168 * 8})),
    ("to_rows", [Shape(14, 12, 6, 5)], {}, Shape(5 * 14, 12, 6), Facts()),
    ("to_maps", [Shape(14, 12, 6, 5)], {"count": 7}, Shape(2, 12, 6, 5 * 7), Facts()),
    ("deform_conv", [X, Shape(7, 6, 2 * 3 * 5)], {"k": Kernel(3, 5), "out": 8, "s": 2},
     Shape(7, 6, 8),
     Facts(weights=3 * 5 * 6 * 8, mult_adds=3 * 5 * 6 * 8 * 7 * 6,
           reads=14 * 12 * 6 + 7 * 6 * 30 + 3 * 5 * 6 * 8, writes=7 * 6 * 8,
           elementwise={"mul": 4 * 15 * 7 * 6 * 6, "add": 3 * 15 * 7 * 6 * 6})),
    # offsets for each of two groups of channels, a mask for all of them, groups of weights
    ("deform_conv", [X, Shape(14, 12, 2 * 9 * 2), Shape(14, 12, 9)],
     {"k": Kernel(3, 3), "out": 8, "g": 2, "bias": True}, Shape(14, 12, 8),
     Facts(weights=9 * 3 * 8, biases=8, mult_adds=9 * 3 * 8 * 168,
           reads=168 * (6 + 36 + 9) + 9 * 3 * 8, writes=168 * 8,
           elementwise={"mul": (4 + 1) * 9 * 168 * 6, "add": 3 * 9 * 168 * 6 + 168 * 8})),
    ("parameter", [X], {"size": Kernel(100, 1), "out": 256}, Shape(100, 1, 256),
     Facts(weights=100 * 256, reads=100 * 256, writes=100 * 256)),
    ("shuffle", [X], {"g": 3}, X, Facts(reads=X.size, writes=X.size)),
    ("split", [X], {"out": 2}, Shape(14, 12, 2), Facts()),
    ("zero_channels", [X], {"out": 8}, Shape(14, 12, 8),
     Facts(reads=X.size, writes=14 * 12 * 8)),
    ("flatten", [X], {}, Shape(1, 1, 14 * 12 * 6), Facts()),
    ("dropout", [X], {}, X, Facts()),
    *[
        (name, [X], arguments, X,
         Facts(norm=norm, buffers=2 * 6 if name == "batch_norm" else 0,
               reads=X.size + norm, writes=X.size,
               elementwise={kind: times * X.size for kind, times in work.items()}))
        for name, arguments, norm, work in [
            ("batch_norm", {}, 2 * 6, {"mul": 1, "add": 1}),
            ("batch_norm", {"scale": False}, 6, {"mul": 1, "add": 1}),
            ("batch_norm", {"scale": False, "shift": False}, 0, {"mul": 1, "add": 1}),
            ("layer_norm", {}, 2 * 6, {"add": 3, "mul": 3, "div": 1}),
            ("layer_norm", {"shift": False}, 6, {"add": 3, "mul": 3, "div": 1}),
            ("group_norm", {"g": 3}, 2 * 6, {"add": 3, "mul": 3, "div": 1}),
            ("instance_norm", {}, 2 * 6, {"add": 3, "mul": 3, "div": 1}),
            ("rms_norm", {}, 6, {"add": 1, "mul": 2, "div": 1}),
            ("rms_norm", {"scale": False}, 0, {"add": 1, "mul": 1, "div": 1}),
            ("prelu", {}, 6, {"max": 1, "mul": 1}),
            ("prelu", {"per": "layer"}, 1, {"max": 1, "mul": 1}),
            ("prelu", {"per": "element"}, X.size, {"max": 1, "mul": 1}),
            ("lrelu", {}, 0, {"max": 1, "mul": 1}),
            ("elu", {}, 0, {"exp": 1, "add": 1, "mul": 1, "max": 1}),
            ("tanh", {}, 0, {"exp": 1, "add": 2, "mul": 1, "div": 1}),
            ("htanh", {}, 0, {"max": 2}),
            ("softplus", {}, 0, {"exp": 2, "add": 1}),
            ("mish", {}, 0, {"exp": 3, "add": 3, "mul": 2, "div": 1}),
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


@at_once(
    ("name", "inputs", "arguments", "output", "facts"), ROWS,
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


def test_what_moves_computes_nothing():
    """The others compute something, but for boxes: how they are sorted depends on the image."""
    by_facts: dict[str, bool] = {}
    for name, inputs, arguments, *_ in ROWS:
        _, facts = OPERATORS[name].run(*inputs, **arguments)
        by_facts[name] = by_facts.get(name, True) and facts.moves_only
    assert by_facts.pop("regions")
    assert by_facts == {name: OPERATORS[name].moves for name in by_facts}


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


@at_once(
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
        ("mul", [X, Shape(2, 12, 6)], {}, "equal height, but they are 14x12x6 and 2x12x6"),
        ("attention", [X, X, Shape(14, 11, 6)], {}, "keys 14x12x6 and values 14x11x6 differ"),
        ("attention", [X, Shape(14, 12, 4), X], {"heads": 2}, "queries of 6 channels in 2 heads"),
        ("attention", [X, X, X], {"heads": 4}, "4 groups do not divide 6 channels of the queries"),
        ("attention", [X, X, X], {"window": 5}, "5 groups do not divide 14 rows"),
        ("attention", [X, Shape(7, 6, 6), Shape(7, 6, 6)], {"window": 2}, "equal positions"),
        ("attention", [X, X, X], {"table": -1}, "the size of the table must be at least 0"),
        ("matmul", [X, Shape(5, 1, 6)], {}, "6 columns meet 5 rows: 14x12x6 by 5x1x6"),
        ("tconv", [X], {"k": Kernel(3, 3), "out": 4, "s": 2, "out_pad": 2}, "must be below"),
        ("tconv", [Shape(1, 1, 6)], {"k": Kernel(1, 1), "out": 4, "pad": Kernel(1, 1)}, "nothing"),
        ("depth_to_space", [X], {"by": 2}, "4 groups do not divide 6 channels"),
        ("space_to_depth", [X], {"by": 5}, "5 groups do not divide 14 rows"),
        ("upsample", [X], {"by": 0}, "the factor must be at least 1"),
        ("fold", [X], {"size": Kernel(14, 12), "k": Kernel(1, 4)}, "4 groups do not divide 6"),
        ("fold", [X], {"size": Kernel(14, 12), "k": Kernel(3, 2)}, "132 windows, and here are 168"),
        ("zero_pad", [X], {"pad": "same"}, "does not say how many zeros"),
        ("crop", [X], {"size": Kernel(15, 2)}, "a height of 15 cannot be cut out of 14"),
        ("to_map", [X], {"size": Kernel(5, 5)}, "168 positions are no map of 5x5"),
        ("to_map", [X], {"size": Kernel(7, 12), "out": 6}, "14x12x6 elements are no map of 7x12x6"),
        ("fixed", [X], {"size": Kernel(7, 12)}, "its height is fixed to 7, and here it is 14"),
        ("fixed", [X], {"size": Kernel(14, 7)}, "its width is fixed to 7, and here it is 12"),
        ("fc", [X], {"out": 10, "fan_in": 6}, "weights for 6 inputs meet 1008"),
        ("concat", [X, Shape(14, 11, 6)], {"axis": "h"}, "equal width, but they are"),
        ("div", [X, Shape(1, 1, 7)], {}, "div needs branches of equal channels"),
        ("maximum", [X, Shape(1, 1, 7)], {}, "max needs branches of equal channels"),
        ("class_token", [X], {}, "tokens are n x 1, not 14x12x6"),
        ("group_norm", [X], {"g": 4}, "4 groups do not divide 6 channels"),
        ("regions", [X], {"count": 0}, "the number of regions must be at least 1, not 0"),
        ("roi_align", [BOXES], {"size": Kernel(7, 7)}, "boxes come first, each of one position"),
        ("roi_align", [X, BOXES], {"size": Kernel(7, 7)}, "and then maps: not 14x12x6"),
        ("roi_align", [BOXES, X, Shape(7, 7, 5)], {"size": Kernel(7, 7)}, "maps of 6 and of 5"),
        ("roi_align", [BOXES, X], {"size": Kernel(7, 7), "samples": 0}, "samples must be at le"),
        ("lstm", [X], {"hidden": 0}, "the number of hidden units must be at least 1"),
        ("lstm", [X], {"hidden": 4, "projection": 0}, "the number of projected units must be"),
        ("gru", [X], {"hidden": 4, "biases": -1}, "how many vectors of biases a gate has must be"),
        ("rnn", [X], {"hidden": 4, "axis": "c"}, "steps are positions, along h, w or hw"),
        ("grid_sample", [X, X], {}, "places are 2 numbers each, not the channels of 14x12x6"),
        ("topk", [X], {"count": 0}, "how many are chosen must be at least 1, not 0"),
        ("topk", [X], {"count": 169}, "the 169 largest of 168 elements are not there"),
        ("topk", [X], {"count": 7, "axis": "c"}, "the 7 largest of 6 elements are not there"),
        ("gather", [X, Shape(20, 1, 2)], {}, "places of 20x1x2 are not one for all of 14x12x6"),
        ("gather", [X, Shape(14, 1, 2)], {"axis": "h"}, "beside h, or each"),
        ("dynamic_conv", [X, X], {"k": Kernel(3, 3), "out": 8},
         "weights are 432 numbers, not the 1008 of 14x12x6"),
        ("dynamic_conv", [X, Shape(1, 1, 432), X], {"k": Kernel(3, 3), "out": 8},
         "biases are 8 numbers, not the 1008 of"),
        ("to_maps", [X], {"count": 4}, r"4 groups do not divide 14 rows"),
        ("deform_conv", [X, X], {"k": Kernel(3, 3), "out": 8}, "of 6 channels are not 18 for a"),
        ("deform_conv", [X, Shape(7, 12, 18)], {"k": Kernel(3, 3), "out": 8},
         "offsets of 7x12x18 are not of the output's 14x12 positions"),
        ("deform_conv", [X, Shape(14, 12, 36), Shape(14, 12, 8)], {"k": Kernel(3, 3), "out": 8},
         "a mask of 8 channels are not 9 for a window of 3x3"),
    ],
)  # fmt: skip
def test_refused(name, inputs, arguments, message):
    with pytest.raises(ShapeError, match=message):
        OPERATORS[name].run(*inputs, **arguments)
