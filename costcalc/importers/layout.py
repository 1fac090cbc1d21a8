"""How a file's tensor lies in a map: which part of height, width or channels each axis is.

A file's tensors have any number of axes in any order, ours are maps of one example. Each axis of
a file's tensor is a product of atoms, and so is each side of the map; a reshape splits and joins
atoms, a transpose orders axes, and neither touches the map. Only where an operator needs certain
atoms as its channels, its rows or its columns, the map itself is rearranged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from costcalc.importers.sizes import Whole, product, same, value
from costcalc.numbers.dimensions import Shape
from costcalc.records import NamedTuple


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """A factor of an axis, and of a side of the map; of the batch, where `batch`."""

    size: Whole
    batch: bool = False


Atoms = tuple[Atom, ...]


class Sides(NamedTuple):
    """What a map's height, width and channels are made of, the most significant atom first."""

    h: Atoms
    w: Atoms
    c: Atoms

    @property
    def shape(self) -> Shape:
        """Height, width and channels."""
        return Shape(*(product(atom.size for atom in side) for side in self))


@dataclass(frozen=True, slots=True)
class Data:
    """A tensor of the file: the row that writes it, its axes, and the sides of that row's map, or
    of each of so many `maps`."""

    row: str
    axes: tuple[Atoms, ...]
    sides: Sides
    maps: Atoms = ()

    @property
    def sizes(self) -> list[Whole]:
        """How long each axis is."""
        return [product(atom.size for atom in axis) for axis in self.axes]

    @property
    def shape(self) -> Shape:
        """The map's height, width and channels, and how many maps."""
        return self.sides.shape._replace(n=product(atom.size for atom in self.maps))

    def axis(self, index: int) -> Atoms:
        """The atoms of an axis, without the batch's; of none where there is no such axis."""
        if not -len(self.axes) <= index < len(self.axes):
            return ()
        return example(self.axes[index])

    def with_axes(self, axes: Iterable[Atoms]) -> Data:
        """The same map under other axes."""
        return Data(self.row, tuple(axes), self.sides, self.maps)


def example(atoms: Iterable[Atom]) -> Atoms:
    """The atoms of one example."""
    return tuple(atom for atom in atoms if not atom.batch)


def atoms_of(size: Whole) -> Atoms:
    """A size as an axis: nothing where it is 1 under all settings."""
    return () if isinstance(size, int) and size == 1 else (Atom(size),)


def image(row: str, shape: Shape, batch: Atoms, channels: int = 1) -> Data:
    """A batch of maps with the axes of a file: channels at index 1 or 3, then rows and columns."""
    sides = Sides(*map(atoms_of, shape))
    space = [sides.h, sides.w]
    space.insert(channels - 1, sides.c)
    return Data(row, (batch, *space), sides)


def tokens(row: str, shape: Shape, batch: Atoms) -> Data:
    """A batch of n x 1 maps with the axes [batch, n, channels]."""
    sides = Sides(*map(atoms_of, shape))
    return Data(row, (batch, (*sides.h, *sides.w), sides.c), sides)


def vector(row: str, shape: Shape, batch: Atoms) -> Data:
    """A batch of 1 x 1 maps with the axes [batch, channels]."""
    sides = Sides(*map(atoms_of, shape))
    return Data(row, (batch, (*sides.h, *sides.w, *sides.c)), sides)


def like(row: str, data: Data, sides: Sides | None = None) -> Data:
    """The output of a row that keeps the axes of what it reads."""
    return Data(row, data.axes, sides or data.sides, data.maps)


def replaced(data: Data, new: Mapping[int, Atoms]) -> Data:
    """The same tensor with some atoms (by `id`) replaced by others, on its axes and its sides."""

    def over(atoms: Atoms) -> Atoms:
        return tuple(one for atom in atoms for one in new.get(id(atom), (atom,)))

    return Data(data.row, tuple(map(over, data.axes)), Sides(*map(over, data.sides)))


class Cut(Exception):
    """A reshape whose axes begin or end inside of an atom, in a way that no factor says."""


class Reshaped(NamedTuple):
    """A tensor under other axes; `pins` are the axes whose size the file fixes as a number while
    it depends on settings."""

    data: Data
    pins: list[int]

    @property
    def pinned(self) -> Atoms:
        """The atoms of these axes."""
        return tuple(atom for axis in self.pins for atom in self.data.axes[axis])


def reshape(data: Data, targets: Sequence[Whole]) -> Reshaped:
    """The same elements in row-major order under axes of other sizes.

    Raises `Cut` where the sizes do not meet.
    """
    queue = [atom for axis in data.axes for atom in axis][::-1]
    axes: list[Atoms] = []
    splits: dict[int, Atoms] = {}
    pins: list[int] = []
    for target in targets:
        axes.append(tuple(_taken(queue, target, splits)))
    if queue and axes:
        axes[-1] += tuple(reversed(queue))
        if any(value(atom.size) != 1 for atom in queue):
            raise Cut
    for number, (axis, target) in enumerate(zip(axes, targets, strict=True)):
        whole = product(atom.size for atom in axis)
        settled = product(atom.size for atom in example(axis))
        if not isinstance(target, int) or isinstance(settled, int):
            continue
        if not same(whole, target):
            pins.append(number)
    return Reshaped(replaced(data, splits).with_axes(axes), pins)


def _taken(queue: list[Atom], target: Whole, splits: dict[int, Atoms]) -> Iterator[Atom]:
    """The next atoms whose product is the target, the last one split where it is too much."""
    need = value(target)
    if need == 1:
        if queue and value(queue[-1].size) == 1:
            yield queue.pop()
        return
    left = target
    while need > 1:
        if not queue:
            raise Cut
        atom = queue.pop()
        size = value(atom.size)
        if size == need or need % size == 0:
            yield atom
            left, need = left // atom.size, need // size
            continue
        if size % need:
            raise Cut
        major = Atom(left if value(left) == need else need, atom.batch)
        minor = Atom(atom.size // major.size, atom.batch)
        _split(splits, atom, (major, minor))
        yield major
        queue.append(minor)
        need = 1


def _split(splits: dict[int, Atoms], atom: Atom, parts: Atoms) -> None:
    """Note that an atom is now these parts; one that is a part itself is replaced there."""
    for whole, atoms in splits.items():
        if any(one is atom for one in atoms):
            splits[whole] = tuple(
                new for one in atoms for new in (parts if one is atom else (one,))
            )
            return
    splits[id(atom)] = parts


def settled(data: Data, only: Atoms = ()) -> Data:
    """The same tensor with sizes that are numbers, as they are under the defaults: all sizes, or
    those of these atoms."""
    atoms = {id(atom): atom for side in data.sides for atom in side}
    chosen = {id(atom) for atom in only} or atoms.keys()
    fixed = {
        key: atoms_of(value(atom.size))
        for key, atom in atoms.items()
        if key in chosen and not isinstance(atom.size, int)
    }
    return replaced(data, fixed)


def whole_axes(data: Data) -> Sides | None:
    """The sides of a map each of which is an axis; None where there are more axes than sides."""
    axes = [example(axis) for axis in data.axes if example(axis)]
    if not 1 <= len(axes) <= 3:
        return None
    channels = next((axis for axis in axes if set(axis) == set(data.sides.c)), axes[-1])
    h, w, *_ = (*(axis for axis in axes if axis is not channels), (), ())
    return Sides(h, w, channels)


def merged(data: Data, targets: Sequence[Whole]) -> Data:
    """The same tensor, of whose axes those are one that only together are as long as some of these
    sizes are together: 4 x 9 x 10 for 6 x 6 x 10 is 36 x 10. Both are as many elements."""
    axes: list[Atoms] = []
    sizes, before, after = iter(map(value, targets)), 1, 1
    waiting: Atoms = ()
    for axis in data.axes:
        waiting += axis
        before *= value(product(atom.size for atom in axis))
        while after < before:
            after *= next(sizes, before)
        if after == before:
            axes.append(waiting)
            waiting = ()
    return data.with_axes((*axes, waiting) if waiting else axes)


def joined(data: Data) -> Data:
    """The same tensor with one atom in place of all that are a whole side of its map."""
    new: dict[int, Atoms] = {}
    for side in data.sides:
        if len(side) > 1 and any(equal(example(axis), side) for axis in data.axes):
            new |= dict.fromkeys(map(id, side), ())
            new[id(side[0])] = atoms_of(product(atom.size for atom in side))
    return replaced(data, new)


def equal(a: Atoms, b: Atoms) -> bool:
    """Whether two lists are of the same atoms."""
    return len(a) == len(b) and all(one is other for one, other in zip(a, b, strict=True))


def holds(side: Atoms, atoms: Atoms) -> bool:
    """Whether all of the atoms are in a side."""
    return all(any(one is atom for one in side) for atom in atoms)


def run(side: Atoms, atoms: Atoms) -> int | None:
    """Where the atoms begin that stand one after another in a side; None where they do not."""
    places = range(len(side) - len(atoms) + 1)
    return next((i for i in places if equal(side[i : i + len(atoms)], atoms)), None)
