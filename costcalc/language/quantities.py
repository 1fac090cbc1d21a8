"""What can be printed and measured."""

COUNTED = (
    "params",
    "weights",
    "biases",
    "norm",
    "mult_adds",
    "memory_access",
    "pruned",
    "size",
    "pruned_size",
    "layers",
    "activations",
    "cost",
    "peak_memory",
)
"""Whole numbers costcalc computes. `size` is params in bytes at 32 bits each, `pruned` the
params left after pruning, `pruned_size` their bytes at the spec's bits, `layers` how many
layers carry weights, `activations` the elements these put out, `cost` a convention's
headline number, `peak_memory` the bytes of activations alive at once under a definition."""
SWEPT = ("params", "weights", "biases", "norm", "mult_adds", "memory_access", "peak_memory", "cost")
"""Those of them that are a column of every sweep."""
SHAPES = ("input", "in", "out")
"""Shapes: of the network's input, of a row's input and output."""
RATIOS = ("ratio", "share")
"""What a formula over measurements states."""
REPORTED = ("accuracy", "error", "top5_accuracy", "mean_ap")
"""What the paper measured by training; repeated beside the costs, never computed."""
ABOUT = (
    "label",
    "network",
    "source",
    "rows_of",
    "type",
    "without",
    "counts",
    "convention",
    "patches",
    "rounding",
    "definition",
    "dtype",
)
"""What a claim says of its number beside the settings it was printed for."""
DTYPES = {"fp64": 8, "fp32": 4, "fp16": 2, "bf16": 2, "fp8": 1, "int32": 4, "int16": 2, "int8": 1}
"""Types an element can be stored in, and the bytes it takes."""
DEFINITIONS = {
    "separate": "every step's inputs and outputs, and whatever later steps read",
    "in-place": "as separate, but depthwise and element-wise steps overwrite an input that ends",
    "blocks": "block by block; what is inside one is recomputed piece by piece and counts nothing",
}
"""What counts as alive in the peak of activation memory, in words."""
