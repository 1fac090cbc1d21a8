"""Blocks where nobody names them: a model file lists a thousand rows, one after another.

Where one tensor alone passes from what is above to what is below, a block ends. Blocks that are
too many are stages: by the modules that their names tell of, else by the size of the map.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from costcalc.drawing.parts import Looks, Part
from costcalc.drawing.repeats import together

ROWS = 48
"""More rows than a paper's table has."""
MANY = 28
"""More boxes one after another than one looks at, of what nobody has put in order."""
FEW = 3
"""Fewer stages say nothing."""
SHORT = 4
"""A tensor that passes by more than a fourth of some parts is no reason to hold them together."""


def gathered(parts: list[Part], looks: Looks) -> list[Part]:
    """The parts with repeats together, and where there are many in groups of what belongs together.

    Args:
        parts: what stands one after another.
        looks: of the graph that they are of.
    """
    if looks.flat and len(parts) > 1:
        parts = [_one(run, looks) for run in _with_pointwise(parts, looks)]
    repeated = together(parts, looks)
    boxes = sum(1 if part.closable else len(part.inside) for part in repeated)
    if boxes <= (MANY if looks.flat else ROWS):
        return repeated
    steps = [_one(run, looks) for run in _with_pointwise(parts, looks)]
    if len(steps) <= MANY:
        return together(steps, looks)
    blocks = together(_blocks(steps, looks), looks)
    return blocks if len(blocks) <= MANY else _stages(blocks, looks)


def _one(run: Sequence[Part], looks: Looks) -> Part:
    """Parts as one, called by the modules that their layers are in."""
    if len(run) == 1:
        return run[0]
    first, last = run[0], run[-1]
    if not any(part.inside for part in run) and _is_step(run, looks):
        return Part(first.begin, last.end, first.key, first.label, first.type, list(run), step=True)
    names = [looks.graph.layers[index].name for index in (first.begin, last.end - 1)]
    key = " … ".join(names)
    label = ".".join(_module(run, looks)[looks.shared :]) or " … ".join(map(looks.short, names))
    return Part(first.begin, last.end, key, label, "", together(run, looks))


def _is_step(run: Sequence[Part], looks: Looks) -> bool:
    return all(looks.graph.layers[part.begin].operator.pointwise for part in run[1:])


def _module(parts: Sequence[Part], looks: Looks) -> list[str]:
    """What the dotted names of layers with weights begin with; of all where none has some."""
    layers = looks.graph.layers[parts[0].begin : parts[-1].end]
    heavy = [layer for layer in layers if layer.operator.weighted] or layers
    paths = [layer.name.split("/")[-1].split(".")[:-1] for layer in heavy]
    common: list[str] = []
    for words in zip(*paths, strict=False):
        if len(set(words)) > 1:
            break
        common.append(words[0])
    return common


def _with_pointwise(parts: Sequence[Part], looks: Looks) -> Iterator[list[Part]]:
    """Each part with the normalisations and activations that alone read it."""
    layers, run = looks.graph.layers, [parts[0]]
    for part in parts[1:]:
        layer, before = layers[part.begin], run[-1].end - 1
        rides = (
            part.end == part.begin + 1
            and layer.operator.pointwise
            and layer.inputs == (before,)
            and looks.readers[before] == [part.begin]
        )
        if rides:
            run.append(part)
        else:
            yield run
            run = [part]
    yield run


def _blocks(parts: Sequence[Part], looks: Looks) -> list[Part]:
    """Parts in blocks: each ends where one tensor alone goes on.

    Where next to nothing ends so, modules are the blocks; without these, tensors that pass by
    many parts do not count.
    """
    cuts = list(_cuts(parts, looks, len(parts)))
    most = max(len(run) for run in cuts)
    if most > len(parts) // 2 and most > MANY:
        named = _modules(parts, looks)
        if named:
            return [_one(run, looks) for run in named]
        longest = most // SHORT
        while most > MANY and longest > SHORT:
            cuts = list(_cuts(parts, looks, longest))
            most, longest = max(len(run) for run in cuts), longest // 2
    return [_one(run, looks) for run in cuts]


def _cuts(parts: Sequence[Part], looks: Looks, longest: int) -> Iterator[Sequence[Part]]:
    """The parts between places where one tensor goes on, beside those that pass by many parts."""
    number = {index: n for n, part in enumerate(parts) for index in range(part.begin, part.end)}
    passing = [0] * (len(parts) + 1)  # the part up to which something of these is read
    for n, part in enumerate(parts):
        for index in range(part.begin, part.end):
            for source in looks.graph.layers[index].inputs:
                writer = number.get(source)
                if writer is not None and n - writer <= longest:
                    alone = source == parts[writer].end - 1
                    # what leaves a part at its end may be read by the next ones
                    passing[writer + alone] = max(passing[writer + alone], n)
    begin, reach = 0, 0
    for n in range(len(parts)):
        reach = max(reach, passing[n])
        if reach <= n:
            yield parts[begin : n + 1]
            begin = n + 1


def _stages(blocks: list[Part], looks: Looks) -> list[Part]:
    """Blocks in stages: as few as one looks at, by their modules or by the size of the map."""
    layers = looks.graph.layers
    found = _modules(blocks, looks) or _runs(
        blocks, [layers[block.end - 1].output[:2] for block in blocks]
    )
    return [_one(run, looks) for run in found] if FEW <= len(found) <= MANY else blocks


def _modules(parts: Sequence[Part], looks: Looks) -> list[list[Part]]:
    """The parts by the innermost modules that are few enough, none where names do not tell."""
    paths = [_module([part], looks) for part in parts]
    for depth in (3, 2, 1):
        found = _runs(parts, [tuple(path[:depth]) or None for path in paths])
        if FEW <= len(found) <= MANY:
            return found
    return []


def _runs(blocks: Sequence[Part], words: Sequence[Hashable | None]) -> list[list[Part]]:
    """Blocks of the same word after each other; one without a word goes with those before it."""
    runs: list[list[Part]] = []
    last: Hashable | None = object()
    for block, word in zip(blocks, words, strict=True):
        if runs and (word is None or word == last):
            runs[-1].append(block)
        else:
            runs.append([block])
            last = word
    return runs
