"""Commands whose options are the hyperparameters of the networks they are given."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import click

from costcalc.cli.networks import names_of
from costcalc.errors import CostcalcError
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Hyperparameter, Spec, Value
from costcalc.library import load_spec
from costcalc.safe_text import visible


class AxesCommand(click.Command):
    """A command with one option for each hyperparameter of its leading networks.

    `taken` are further names, beside those of its own options, that no hyperparameter can have.
    """

    def __init__(self, name: str, *, taken: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.taken = names_of(self.params) | set(taken)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the leading networks, then everything by their hyperparameters."""
        named = self.networks_among(args)
        if args and not named and args[0] not in ctx.help_option_names:
            raise click.UsageError("the networks come first, then the options", ctx)
        specs = [self.spec_of(argument) for argument in named]
        ctx.meta["costcalc.axes"] = self._options(specs)
        ctx.meta["costcalc.order"] = [
            argument.removeprefix("--").partition("=")[0].replace("-", "_") for argument in args
        ]
        return super().parse_args(ctx, args)

    def networks_among(self, args: list[str]) -> list[str]:
        """The arguments that name networks: those before the first option."""
        return list(itertools.takewhile(lambda argument: not argument.startswith("-"), args))

    def spec_of(self, argument: str) -> Spec:
        """The spec of the network that an argument names."""
        return load_spec(argument)

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
                flags = dict.fromkeys((f"--{name.replace('_', '-')}", f"--{name}"))
                options[name] = click.Option(
                    [name, *flags], metavar="VALUES", help=_help(parameter)
                )
        return list(options.values())


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
