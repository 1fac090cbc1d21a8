"""How something is referred to with settings: `mobilenet:alpha=0.5,res=160`, `thop:gpool=mean`."""

from __future__ import annotations

import re

_REFERENCE = re.compile(r"(.+?)(?::(\w+=.*))?", re.DOTALL)
_COMMA = re.compile(r",(?![^\[]*\])")


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
