"""What can be printed and measured."""

COUNTED = {
    "params": "parameters, as the paper or a convention counts them",
    "weights": "weights of convolutions and fully connected layers",
    "biases": "their biases",
    "norm": "trained scales and shifts of normalisations",
    "mult_adds": "multiply-adds of convolutions, fully connected layers and matrix products",
    "memory_access": "elements read and written, weights included",
    "pruned": "params left after pruning",
    "size": "params in bytes at 32 bits each",
    "pruned_size": "bytes of the params left after pruning, at the spec's bits",
    "layers": "how many layers carry weights",
    "activations": "elements that these put out",
    "cost": "a convention's headline number",
    "peak_memory": "bytes of activations alive at once, under a definition",
}
"""Whole numbers that costcalc computes."""
SWEPT = ("params", "weights", "biases", "norm", "mult_adds", "memory_access", "peak_memory", "cost")
"""Those of them that are a column of every sweep."""
SHAPES = {"input": "of the network's input", "in": "of a row's input", "out": "of a row's output"}
"""Shapes: height x width x channels."""
RATIOS = {"ratio": "one measurement over another", "share": "the same, of a whole"}
"""What a formula over measurements states."""
REPORTED = {
    "accuracy": "top-1, in percent",
    "error": "top-1, in percent",
    "top5_accuracy": "in percent",
    "mean_ap": "mean average precision, in percent",
}
"""What the paper measured by training; repeated beside the costs, never computed."""
ABOUT = {
    "label": "what the source calls the row",
    "network": "another spec that the number is about; none where the source does not describe it",
    "source": "where it was read",
    "rows_of": "the named rows that it is about; else all",
    "type": "the type of layer that a share is of",
    "without": "operators or rows that it leaves out",
    "counts": "what it calls params",
    "convention": "whose numbers params and cost are",
    "patches": "how many along each axis the first stage is run in",
    "rounding": "how the source rounds",
    "definition": "what is alive in a peak of memory",
    "dtype": "the type of sizes in bytes",
}
"""What a claim says of its number beside the settings it was printed for."""
DTYPES = {"fp64": 8, "fp32": 4, "fp16": 2, "bf16": 2, "fp8": 1, "int32": 4, "int16": 2, "int8": 1}
"""Types an element can be stored in, and the bytes it takes."""
DEFINITIONS = {
    "separate": "every step's inputs and outputs, and whatever later steps read",
    "in-place": "as separate, but depthwise and element-wise steps overwrite an input that ends",
    "blocks": "block by block; what is inside one is recomputed piece by piece and counts nothing",
}
"""What counts as alive in the peak of activation memory, in words."""
