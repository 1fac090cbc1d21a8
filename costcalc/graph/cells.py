"""Reading a cell once its column and the names around it are known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from fractions import Fraction
from typing import Any

from costcalc.errors import SpecError
from costcalc.graph.tensors import Tensor
from costcalc.language import aliases, limits
from costcalc.language.expressions import STRIDE, WINDOW, Environment, StructureDiffers, say
from costcalc.language.model import Cell
from costcalc.numbers.conditions import require_everywhere
from costcalc.numbers.dimensions import Kernel, as_whole, is_whole
from costcalc.numbers.protocol import Undecided
from costcalc.numbers.symbol import let, value_of
from costcalc.ops import ACTIVATIONS, NORMS
from costcalc.ops.window import Sides

PADS = ("same", "valid")
ZEROS = "1, 1x2, [top, left, bottom, right]"
ROUNDINGS = ("floor", "ceil")
MODES = ("nearest", "bilinear")
REDUCTIONS = ("mean", "sum", "max")
AXES = ("h", "w", "c", "hw")
SIDES = ("h", "w", "c")
WORK = ("add", "mul", "div", "exp", "max")
PER = ("channel", "layer", "element")
WORDS = {*NORMS, *ACTIVATIONS, *PADS, *ROUNDINGS, *MODES, *REDUCTIONS, *WORK, *PER, "hw"}
"""What a bare word can mean where no name has it."""
_TRUTHS = {"true": True, "false": False}
_SHORT = 9
"""Digits of a number that is surely within the limit."""


def plain(cell: Cell, env: Environment, words: Collection[str] = WORDS) -> Any:
    """The value of a cell by its form alone: a window, a number, a truth value or a word.

    `words` are those that an error can answer a foreign one with.

    Quotes make a word, except around a call or an element of a list: these they only protect.
    Raises `SpecError` for a name that nothing has.
    """
    if cell.constant is not None:
        return cell.constant
    text = cell.text
    if cell.items is not None:
        return tuple(plain(item, env) for item in cell.items)
    if cell.quoted and not any(mark in text for mark in "(["):
        return text
    # most cells are one word of the language: no tree is made of it
    if text.isidentifier():
        if text in env:
            return env[text] if type(env[text]) is int else _no_tensor(env[text], cell)
        if text in WORDS:
            return text
        if text in _TRUTHS:
            return _TRUTHS[text]
        if stride_ := STRIDE.fullmatch(text):
            return int(stride_[1])
    elif text.isdigit() and text.isascii() and len(text) <= _SHORT:
        cell.constant = int(text)
        return cell.constant
    elif window := WINDOW.fullmatch(text):
        cell.constant = Kernel(int(window[1]), int(window[2]))
        return cell.constant
    try:
        return cell.expression.evaluate(env)
    except SpecError as error:
        if text.isidentifier():
            error.hint = aliases.answer(text, words) or error.hint
        raise


def _no_tensor(value: Any, cell: Cell) -> Any:
    """A value that a cell can have: a tensor, which a call handed in, is read by its name alone."""
    if isinstance(value, Tensor):
        raise SpecError(f"'{cell.text}' is a tensor, and no value of a cell", cell.mark)
    return value


def word(cell: Cell, env: Environment) -> Any:
    """The value of a cell that takes words: what nothing has the name of is a word itself.

    So is what no expression is, but a word of others: `hard-swish`, `nn.SiLU`.
    """
    if cell.items is not None:
        return plain(cell, env)
    text = cell.text
    if text.isidentifier() and text not in env and text not in ("true", "false"):
        return text
    try:
        return plain(cell, env)
    except SpecError:
        if aliases.answer(text, WORDS):
            return text
        raise


def computed(cell: Cell, env: Environment) -> Any:
    """The value of a cell that cannot be a word: quotes only protect an expression's commas."""
    return cell.expression.evaluate(env) if cell.quoted else plain(cell, env, _TRUTHS)


def size(value: Any, cell: Cell, what: str) -> Any:
    """A whole number. Raises `SpecError` for a rational or a word."""
    if isinstance(value, bool | str | tuple):
        raise SpecError(f"{what} must be a whole number, not {say(value)}", cell.mark)
    if not is_whole(value):
        raise SpecError(
            f"{what} is not a whole number: {_calculation(cell, value)}",
            cell.mark,
            "say how to round it: floor(…), ceil(…), round(…) or divisible(…, 8)",
        )
    return as_whole(value)


def _calculation(cell: Cell, value: Any) -> str:
    from costcalc.numbers.symbol import write_number

    shown = write_number(value) if isinstance(value, Fraction) else str(value_of(value))
    return shown if cell.text == shown else f"{cell.text} = {shown}"


def kernel(value: Any, cell: Cell, what: str) -> Kernel:
    """A window: `3x3`, `1x7`, `[h, w / 2]`, or a whole number for a square one."""
    window = _along_axes(value, cell, what) or Kernel(*[size(value, cell, what)] * 2)
    if not (
        require_everywhere(value_of(window.h) >= 1) and require_everywhere(value_of(window.w) >= 1)
    ):
        raise SpecError(f"{what} must be at least 1x1, not {window}", cell.mark)
    return window


def _along_axes(value: Any, cell: Cell, what: str) -> Kernel | None:
    """A window, or a list of two sizes, along height and width; None for anything else."""
    if isinstance(value, Kernel):
        return value
    if isinstance(value, tuple) and len(value) == 2:
        return Kernel(*(size(one, at, what) for one, at in _items(value, cell)))
    return None


def _items(value: tuple[Any, ...], cell: Cell) -> list[tuple[Any, Cell]]:
    """The values of a list, each with the cell it is from."""
    return list(zip(value, cell.items or [cell] * len(value), strict=True))


def pad(value: Any, cell: Cell, what: str) -> str | Kernel | Sides:
    """`same`, `valid`, or zeros: on all sides, `1x2`, or `[top, left, bottom, right]`."""
    if isinstance(value, str):
        return choice(PADS, f", or zeros on each side: {ZEROS}")(value, cell, what)
    if isinstance(value, tuple) and len(value) == len(Sides._fields):
        return Sides(*(size(one, at, what) for one, at in _items(value, cell)))
    if isinstance(value, tuple) and len(value) != len(Kernel._fields):
        raise SpecError(f"{what} cannot be {say(value)}", cell.mark, f"zeros are {ZEROS}")
    return _along_axes(value, cell, what) or Kernel(*[size(value, cell, what)] * 2)


def truth(value: Any, cell: Cell, what: str) -> bool:
    """True or false, of all configurations. Raises `StructureDiffers` where it is not the same."""
    if isinstance(value, Undecided):
        raise StructureDiffers(value.present)
    if not isinstance(value, bool):
        raise SpecError(f"{what} must be true or false, not {say(value)}", cell.mark)
    return value


def unknown_word(
    value: Any, cell: Cell, known: Iterable[str], what: str, more: str = ""
) -> SpecError:
    """A column's words in full, and this language's for the one that is wrong."""
    written = value if isinstance(value, str) else say(value)
    listed = aliases.hint(written, known, f"{what} is one of", in_full=True)
    return SpecError(f"unknown {what} '{written}'", cell.mark, listed + more)


def choice(known: tuple[str, ...], more: str = "") -> Callable[[Any, Cell, str], str]:
    """A reader of one of a few words; `more` says what may stand there besides."""

    def read(value: Any, cell: Cell, what: str) -> str:
        if value not in known:
            raise unknown_word(value, cell, known, what, more)
        return str(value)

    return read


def stride(value: Any, cell: Cell, what: str) -> Any:
    """One whole number, or `2x1`: one along each axis."""
    if isinstance(value, tuple) and len(value) != len(Kernel._fields):
        raise SpecError(f"{what} cannot be {say(value)}", cell.mark, "one for both axes, or 2x1")
    return _along_axes(value, cell, what) or size(value, cell, what)


def axis(known: tuple[str, ...]) -> Callable[[Any, Cell, str], str]:
    """A reader of an axis: `h`, `w` and `c` are its names here, not the sizes along them."""
    read = choice(known)
    return lambda value, cell, what: read(cell.text if cell.text in known else value, cell, what)


NUMBERS = ("Dim", "Stride")
"""Kinds of arguments that a whole number is as it stands."""

COMPUTED = ("Dim", "Kernel", "Stride", "bool")
"""Kinds of arguments that are never words."""

READERS: dict[str, Callable[[Any, Cell, str], Any]] = {
    "Dim": size,
    "Kernel": kernel,
    "Stride": stride,
    "Pad": pad,
    "Rounding": choice(ROUNDINGS),
    "Mode": choice(MODES),
    "Reduction": choice(REDUCTIONS),
    "Axis": axis(AXES),
    "Side": axis(SIDES),
    "Work": choice(WORK),
    "Per": choice(PER),
    "bool": truth,
}
"""How a cell is read for an argument of each annotated kind."""


def argument(value: Any, cell: Cell, kind: str, name: str) -> Any:
    """A cell's value as an operator's argument of a kind; symbols are named after it."""
    if type(value) is int and kind in NUMBERS:  # of one network, which is what is built most
        return value
    return let(name, READERS[kind](value, cell, name))


def share(cell: Cell, env: Environment) -> Fraction:
    """A share between 0 and 1: `33%` or `0.33`."""
    value = plain(cell, env)
    if isinstance(value, bool | str | tuple) or not 0 <= value <= 1:
        raise SpecError(f"a share must be between 0 and 100 %, not {cell.text}", cell.mark)
    return Fraction(value)


def bits(cell: Cell, env: Environment) -> int:
    """Bits per weight: `6bit` or `6`, 1 to 64."""
    value = plain(cell, env)
    each = int(size(value, cell, "bits"))
    if not 1 <= each <= limits.BITS:
        raise SpecError(f"bits must be 1 to {limits.BITS}, not {each}", cell.mark)
    return each
