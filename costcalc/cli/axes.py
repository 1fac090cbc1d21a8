"""Commands whose options are the hyperparameters of the networks they are given."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import click

from costcalc.cli.command import Command
from costcalc.cli.networks import as_options, names_of
from costcalc.errors import CostcalcError
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Hyperparameter, Value
from costcalc.language.references import divide_reference, split_reference
from costcalc.language.spec import Spec
from costcalc.library import load_spec
from costcalc.safe_text import visible


class AxesCommand(Command):
    """A command with one option for each hyperparameter of its leading networks.

    `taken` are further names, beside those of its own options, that no hyperparameter can have.
    """

    references = False
    """Whether each network may have settings of its own. Otherwise those of one are its options."""

    def __init__(self, name: str, *, taken: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.taken = names_of(self.params) | set(taken)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the leading networks, then everything by their hyperparameters."""
        named = self.networks_among(args)
        if args and not named and args[0] not in ctx.help_option_names:
            raise click.UsageError("the networks come first, then the options", ctx)
        if not self.references and len(named) == 1:
            name, settings = divide_reference(named[0])
            if settings is not None:
                args = [name, *as_options(named[0], args[1:]), *args[1:]]
                named = [name]
        specs = [self.spec_of(argument) for argument in named]
        ctx.meta["costcalc.axes"] = self._options(specs)
        ctx.meta["costcalc.order"] = [
            argument.removeprefix("--").partition("=")[0].replace("-", "_") for argument in args
        ]
        return super().parse_args(ctx, args)

    def networks_among(self, args: list[str]) -> list[str]:
        """The arguments that name networks: those before the first option."""
        return list(itertools.takewhile(lambda one: one == "-" or not one.startswith("-"), args))

    def spec_of(self, argument: str) -> Spec:
        """The spec of the network that an argument names."""
        return load_spec(split_reference(argument)[0] if self.references else argument)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own options and one for each hyperparameter."""
        axes: list[click.Parameter] = ctx.meta.get("costcalc.axes", [])
        return [*axes, *super().get_params(ctx)]

    def _options(self, specs: list[Spec]) -> list[click.Parameter]:
        options: dict[str, click.Parameter] = {}
        for spec in specs:
            for parameter in spec.hyperparameters.values():
                name = parameter.name
                if name in self.taken:
                    raise CostcalcError(
                        f"'{name}' of {spec.key} is an option of {self.name} already"
                    )
                options[name] = self.option(parameter)
        return list(options.values())

    def option(self, parameter: Hyperparameter) -> click.Option:
        """The option of a hyperparameter."""
        return click.Option(_flags(parameter), metavar="VALUES", help=_help(parameter))


class SettingsCommand(AxesCommand):
    """The same where a hyperparameter has one value, and networks may be references.

    `yielding` are options of its own that give way to a hyperparameter of that name.
    """

    references = True

    def __init__(self, name: str, *, yielding: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.yielding = yielding
        self.taken -= {*yielding}

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own options, but for those that give way, and the hyperparameters."""
        axes = ctx.meta.get("costcalc.axes", [])
        yielded = {f"--{one.name}" for one in axes if one.name in self.yielding}
        params = super().get_params(ctx)
        return [one for one in params if one in axes or yielded.isdisjoint(one.opts)]

    def option(self, parameter: Hyperparameter) -> click.Option:
        """The option of a hyperparameter, which reads no value: that may differ by network."""
        kind = "|".join(map(show_value, parameter.choices)) or parameter.kind.upper()
        return click.Option(_flags(parameter), metavar=visible(kind), help=_help(parameter))


def settings_of(reference: str, values: dict[str, Any]) -> dict[str, Any]:
    """The options that are hyperparameters of a network, where they were given."""
    spec = load_spec(split_reference(reference)[0])
    return {n: values[n] for n in spec.hyperparameters if values.get(n) is not None}


def _flags(parameter: Hyperparameter) -> list[str]:
    name = parameter.name
    return [name, *dict.fromkeys((f"--{name.replace('_', '-')}", f"--{name}"))]


def _help(parameter: Hyperparameter) -> str:
    of = f"{parameter.length} values, each " if parameter.length else ""
    choices = ", ".join(map(show_value, parameter.choices))
    default = parameter.element().default if parameter.length else parameter.default
    said = f"one of {choices}" if choices else f"default: {show_value(default)}"
    return visible(f"{parameter.help or parameter.name}  [{of}{said}]")


def read_axes(spec: Spec, values: dict[str, Any]) -> dict[str, Sequence[Value]]:
    """The axes of the hyperparameters that were given, in the order of the command line.

    Raises `CostcalcError` for what suits none.
    """
    from costcalc.sweeps import space  # numbers in arrays: nothing to pay for help

    order = click.get_current_context().meta["costcalc.order"]
    axes: dict[str, Sequence[Value]] = {}
    for name in sorted((name for name in values if values[name] is not None), key=order.index):
        if name in spec.hyperparameters:
            axes |= space.read_axes(spec.hyperparameters[name], values[name])
    return axes
