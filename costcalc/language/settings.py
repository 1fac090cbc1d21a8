"""Values for hyperparameters: what was given, checked, over the defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from costcalc.errors import CostcalcError, suggest
from costcalc.language import fields
from costcalc.language.hyperparameters import unsuitable
from costcalc.language.model import Hyperparameter, Single, Value
from costcalc.language.numerals import require_short
from costcalc.language.spec import Spec
from costcalc.numbers.protocol import is_array
from costcalc.numbers.symbol import value_of


class Settled(dict[str, Value]):
    """A value for every hyperparameter of a spec, in the spec's order: exact, and allowed there.

    What is settled is looked at no more: `settle` hands it back as it is.
    """

    def __init__(self, spec: Spec, values: Mapping[str, Value]) -> None:
        super().__init__(values)
        self.spec = spec


def settle(spec: Spec, given: Mapping[str, Any]) -> Settled:
    """Every hyperparameter's value: the given ones, the defaults for the rest.

    Args:
        spec: whose hyperparameters they are.
        given: numbers may be int, float, Fraction or text; a float means the decimal it prints as.

    Raises `CostcalcError` for an unknown name or a value out of choices or bounds.

    >>> from costcalc.library import load_spec
    >>> settle(load_spec("mobilenet"), {"alpha": "0.50"})["alpha"]
    Fraction(1, 2)
    """
    if isinstance(given, Settled) and given.spec is spec:
        return given
    for name in given:
        if name not in spec.hyperparameters:
            hint = suggest(name, spec.hyperparameters, "hyperparameters")
            raise CostcalcError(f"{spec.key} has no hyperparameter '{name}'\n{hint}")
    return complete(
        spec, {name: read_value(spec.hyperparameters[name], value) for name, value in given.items()}
    )


def complete(spec: Spec, allowed: Mapping[str, Value]) -> Settled:
    """Every hyperparameter's value, where the given ones are allowed already.

    A spec may write `1.0` to say that a hyperparameter is a decimal; its value is 1.
    """
    independent = {name: one.default for name, one in spec.hyperparameters.items()} | {**allowed}
    return Settled(
        spec,
        {
            name: _reduced(allowed[name] if name in allowed else one.default_under(independent))
            for name, one in spec.hyperparameters.items()
        },
    )


def _reduced(value: Value) -> Value:
    return tuple(map(_whole, value)) if isinstance(value, tuple) else _whole(value)


def _whole(value: Single) -> Single:
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def changed(spec: Spec, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are not the defaults (arrays always are); symbols by their value."""
    plain_settings = {name: _plain(value) for name, value in settings.items()}
    return {
        name: value
        for name, value in plain_settings.items()
        if holds_array(value) or value != _default(spec.hyperparameters[name], plain_settings)
    }


def _plain(value: Any) -> Any:
    return tuple(map(value_of, value)) if isinstance(value, tuple) else value_of(value)


def holds_array(value: Any) -> bool:
    """Whether a setting is an array, or a list with one in it."""
    return any(map(is_array, value)) if isinstance(value, tuple) else is_array(value)


def is_plain(value: Any) -> bool:
    """Whether a setting is what people write, and no array or symbol, nor a list with one."""
    if isinstance(value, tuple):
        return all(map(is_plain, value))
    return value_of(value) is value and not is_array(value)


def _default(parameter: Hyperparameter, settings: Mapping[str, Any]) -> Value:
    by = settings.get(parameter.by)
    return parameter.default if is_array(by) else parameter.default_under(settings)


def read_value(parameter: Hyperparameter, value: Any) -> Value:
    """A value as the hyperparameter's kind. Raises `CostcalcError` where it does not suit."""
    exact = _exact(parameter, value) if parameter.length is None else _list(parameter, value)
    problem = unsuitable(parameter, exact)
    if problem:
        raise CostcalcError(f"{parameter.name} {problem} (declared at {parameter.mark})")
    return exact


def _list(parameter: Hyperparameter, value: Any) -> Value:
    """A list as given: `[3,3,5]`, `3,3,5`, a sequence, or one value for all of them."""
    assert parameter.length is not None
    if isinstance(value, str):
        inside = value.strip()
        if inside.startswith("[") != inside.endswith("]"):
            raise CostcalcError(f"{parameter.name}: a bracket is missing: {inside}")
        inside = inside.removeprefix("[").removesuffix("]")
        value = inside.split(",") if "," in inside or value.strip() != inside else inside
    if isinstance(value, str) or not isinstance(value, Iterable):
        return (_exact(parameter, value),) * parameter.length
    return tuple(_exact(parameter, one) for one in value)


def _exact(parameter: Hyperparameter, value: Any) -> Single:
    if getattr(value, "shape", None) == ():  # a scalar of numpy's, which may have fewer digits
        value = float(str(value)) if value.dtype.kind == "f" else value.item()
    if isinstance(value, str):
        written = require_short(value, f"{parameter.name}: a value").strip()
        value = fields.literal(written)
        if parameter.kind == "word" and value not in parameter.choices:  # 128 may be a choice
            value = written
    if isinstance(value, bool | str):
        return value
    if isinstance(value, float):
        try:
            value = Fraction(repr(value))
        except ValueError:  # nan, inf
            raise CostcalcError(f"{parameter.name} must be a number, not {value}") from None
    if isinstance(value, Fraction):
        return _whole(value)
    try:
        return int(value.__index__())
    except (AttributeError, TypeError):
        raise CostcalcError(
            f"{parameter.name} must be one value, not {type(value).__name__}"
        ) from None


def plain(value: Value) -> int | float | bool | str | list[Any]:
    """A value for JSON: exact decimals as the float that prints the same."""
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return float(value) if isinstance(value, Fraction) else value
