"""PyTorch's products of matrices in the words of ONNX."""

from __future__ import annotations

from costcalc.importers.composer import Composer
from costcalc.importers.pt2.call import Call


def linear(call: Call, to: Composer) -> None:
    """A product with a matrix of outputs by inputs, and a bias."""
    data, weight, bias = call.tensor(), call.tensor("weight"), call.optional("bias")
    if call.rank() == call.rank("weight") == 2:
        to.emit("Gemm", data, weight, bias, out=call.out, transB=1)
        return
    order = tuple(reversed(range(call.rank("weight"))))
    product = to.emit("MatMul", data, to.transposed(weight, order), out="" if bias else call.out)
    if bias:
        to.emit("Add", product, bias, out=call.out)


def addmm(call: Call, to: Composer) -> None:
    """A product of matrices and a bias."""
    matrices = call.tensor("mat1"), call.tensor("mat2")
    to.emit("Gemm", *matrices, call.tensor(), out=call.out)


def baddbmm(call: Call, to: Composer) -> None:
    """Products of matrices, one for each example, and what is added."""
    product = to.emit("MatMul", call.tensor("batch1"), call.tensor("batch2"))
    to.emit("Add", product, call.tensor(), out=call.out)


def einsum(call: Call, to: Composer) -> None:
    """A product by the letters of its axes."""
    reads = call.listed("tensors")
    to.emit("Einsum", *reads, out=call.out, equation=str(call.option("equation", "")))


def attention(call: Call, to: Composer) -> None:
    """Queries with keys, a softmax, and its product with values."""
    order = list(range(call.rank("key")))
    order[-2:] = reversed(order[-2:])
    scores = to.emit("MatMul", call.tensor("query"), to.transposed(call.tensor("key"), order))
    mask = call.optional("attn_mask") or call.optional("attn_bias")
    if mask:
        scores = to.emit("Add", scores, mask)
    weights = to.emit("Softmax", scores, axis=-1)
    to.emit("MatMul", weights, call.tensor("value"), out=call.out)
