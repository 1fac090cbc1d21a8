"""How something is referred to with settings: `mobilenet:alpha=0.5,res=160`, `thop:gpool=mean`."""

from __future__ import annotations

import os
import re

from costcalc.errors import CostcalcError

_REFERENCE = re.compile(r"(.+?)(?::(\w+=.*))?", re.DOTALL)
_COMMA = re.compile(r",(?![^\[]*\])")


def as_text(reference: object) -> str:
    """A reference as text: a library's caller may pass a path object.

    Raises `CostcalcError` for what is neither.
    """
    if isinstance(reference, os.PathLike):
        reference = os.fspath(reference)
    if not isinstance(reference, str):
        raise CostcalcError(f"{reference!r}: cannot be read: a name or a path is text")
    return reference


def divide_reference(text: str) -> tuple[str, str | None]:
    """What is referred to, and the settings behind its colon, None without any.

    >>> divide_reference("mobilenet:alpha=0.5"), divide_reference("C:/nets/x.yaml")
    (('mobilenet', 'alpha=0.5'), ('C:/nets/x.yaml', None))
    """
    match = _REFERENCE.fullmatch(text)
    return (match[1], match[2]) if match else (text, None)


def split_at_commas(text: str) -> list[str]:
    """The parts between commas; a list in brackets is one.

    >>> split_at_commas("k=[3,5],d=2")
    ['k=[3,5]', 'd=2']
    """
    return _COMMA.split(text)


def split_reference(text: str) -> tuple[str, dict[str, str]]:
    """The name or path of a reference, and its settings as they are written.

    Raises `CostcalcError` for what is no setting.
    """
    text = as_text(text)
    name, settings = divide_reference(text)
    values: dict[str, str] = {}
    for setting in split_at_commas(settings or ""):
        key, equals, value = setting.partition("=")
        if setting and not equals:
            raise CostcalcError(
                f"'{setting}' in '{text}' is no setting\nwrite NETWORK:name=value,name=value"
            )
        if key in values:
            raise CostcalcError(f"'{key}' is set twice in '{text}'")
        if setting:
            values[key] = value
    return name, values
