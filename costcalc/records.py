"""Named tuples that are made quickly.

`typing.NamedTuple` looks at every annotation, and compiles it where it is text. For the dozens of
records on the way of the main job that is a fifth of its own time, and nobody asks for these
annotations while it runs.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class _Declared(type):
        """Makes of a class with annotations the named tuple that `typing` makes of it."""

        def __new__(meta, name, bases, body):
            fields = body["__annotations__"]
            defaults = [body[field] for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])
            places = {field: place for place, field in enumerate(fields)}

            def replace(self, /, **changes):
                values = list(self)
                for field, value in changes.items():
                    values[places[field]] = value
                return tuple.__new__(type(self), values)

            made._replace = replace  # namedtuple's own takes three times as long
            for key, value in body.items():
                if key not in fields:
                    setattr(made, key, value)
            return made

    NamedTuple = type.__new__(_Declared, "NamedTuple", (), {})
