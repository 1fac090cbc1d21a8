"""Products that a file says by the letters of their axes, as products of matrices.

Einstein's summation: each letter of two tensors and of their product is an axis of both and of
the product (a stack of products), of both (it is summed over), or of one of them and the product
(rows and columns).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from costcalc.importers import constants
from costcalc.importers.operators.products import matmul
from costcalc.importers.operators.registry import handles
from costcalc.importers.records import Constant, Node
from costcalc.importers.scores import Scores
from costcalc.importers.sizes import product
from costcalc.importers.translate import Translator

_EQUATION = re.compile(r"([A-Za-z.]+)(?:,([A-Za-z.]+))?(?:->([A-Za-z.]*))?")


@handles("Einsum")
def einsum(t: Translator, node: Node) -> None:
    """A product of two tensors, or one tensor with its axes in another order."""
    left, right, result = _letters(t, node)
    if not right:
        if sorted(left) != sorted(result):
            raise t.error(node, "it sums over an axis of one tensor")
        data = t.data(node)
        t.give(node, data.with_axes(data.axes[left.index(one)] for one in result))
        return
    batch = [one for one in result if one in left and one in right]
    summed = [one for one in left if one in right and one not in result]
    rows = [one for one in left if one not in right]
    columns = [one for one in right if one not in left]
    if sorted(result) != sorted(batch + rows + columns):
        raise t.error(node, "it sums over an axis of one tensor alone")
    reads = (
        _ordered(t, node, 0, left, [*([one] for one in batch), rows, summed]),
        _ordered(t, node, 1, right, [*([one] for one in batch), summed, columns]),
    )
    sizes = {
        one: size
        for place, letters in enumerate((left, right))
        for one, size in zip(letters, _sizes(t, node, place), strict=True)
    }
    matmul(t, Node("MatMul", node.name, reads, node.outputs, {}, node.line))
    made = [*batch, *rows, *columns]
    if len(rows) == len(columns) == 1 and made == result:
        return
    data = t.reshaped(node, t.data(Node("", "", node.outputs, ())), [sizes[one] for one in made])
    t.give(node, data.with_axes(data.axes[made.index(one)] for one in result))


def _letters(t: Translator, node: Node) -> tuple[list[str], list[str], list[str]]:
    """The letters of both tensors and of the result; an ellipsis as letters of its own."""
    equation = str(node.attributes.get("equation", "")).replace(" ", "")
    match = _EQUATION.fullmatch(equation)
    if not match or len(node.inputs) > 2 or (match[2] is None) != (len(node.inputs) == 1):
        raise t.error(node, f"its equation '{equation}' is not read")
    more = 0
    parts = [match[1], match[2] or ""]
    for place, part in enumerate(parts[: len(node.inputs)]):
        rank = len(_sizes(t, node, place))
        extra = rank - len(part.replace("...", ""))
        if extra < 0 or (extra and "..." not in part):
            raise t.error(node, f"its equation '{equation}' is of other axes than its tensors")
        more = max(more, extra)
        parts[place] = part.replace("...", "".join(map(chr, range(1 + extra, 1, -1))))
    result = match[3]
    if result is None:
        every = "".join(parts)
        result = "".join(sorted({one for one in every if every.count(one) == 1}))
    parts.append(result.replace("...", "".join(map(chr, range(1 + more, 1, -1)))))
    if any(len(set(part)) != len(part) for part in parts):
        raise t.error(node, f"its equation '{equation}' names an axis twice")
    left, right, result = parts
    return list(left), list(right), list(result)


def _sizes(t: Translator, node: Node, place: int) -> Sequence[object]:
    constant, found = t.constant(node, place), t.tensor(node, place)
    if constant is not None:
        return constant.shape
    return (found if isinstance(found, Scores) else t.data(node, place)).sizes


def _ordered(
    t: Translator, node: Node, place: int, letters: list[str], wanted: list[list[str]]
) -> str:
    """The name of an input with its axes in another order, some of them as one."""
    if [[one] for one in letters] == wanted:
        return node.inputs[place]
    name = f"{node.inputs[place]}:{node.outputs[0]}:{place}"
    groups = [[letters.index(one) for one in group] for group in wanted]
    constant = t.constant(node, place)
    if constant is None:
        data = t.data(node, place)
        t.tensors[name] = data.with_axes(
            tuple(atom for axis in group for atom in data.axes[axis]) for group in groups
        )
        return name
    shape, values = constants.transposed(
        constant.shape, constant.values, [axis for group in groups for axis in group]
    )
    sizes, rest = [], iter(shape)
    for group in groups:
        sizes.append(int(product(next(rest) for _ in group)))
    t.constants[name] = Constant(name, tuple(sizes), constant.type, values, constant.owner)
    return name
