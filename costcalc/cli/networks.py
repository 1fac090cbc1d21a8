"""Networks as commands: names and paths to specs, hyperparameters to options."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from costcalc.cli.command import ANYWHERE, FLAGS, Command
from costcalc.errors import CostcalcError, SpecError
from costcalc.language import find
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Hyperparameter
from costcalc.language.references import divide_reference, split_reference
from costcalc.language.settings import Settled, complete, read_value, settle
from costcalc.language.spec import Spec
from costcalc.library import built_in, load_spec
from costcalc.safe_text import visible

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class NetworkGroup(click.Group):
    """A group whose commands are networks: `factory` makes the command of a spec.

    `reserved` are the names of other commands, to suggest beside the networks for a misspelt one.
    """

    def __init__(
        self,
        *args: Any,
        factory: Callable[[Spec, str], click.Command],
        reserved: tuple[str, ...] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.factory, self.reserved = factory, reserved

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands that are no networks: of a network there is one once its spec is read."""
        return []

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The network's command. Raises `CostcalcError` for an unknown name or a bad spec."""
        if cmd_name not in find.names() and not find.is_path(cmd_name):
            what = "network or command" if self.reserved else "network"
            hint = find.instead(cmd_name, self.reserved)
            raise CostcalcError(f"unknown {what} '{cmd_name}'\n{hint}")
        return self.factory(load_spec(cmd_name), cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the first argument, whose name the help shows.

        Settings behind a name (`mobilenet:alpha=0.5`) are options of its command.
        """
        reference, written = divide_reference(args[0])
        if written is not None and reference not in self.reserved:
            args = [reference, *as_options(args[0], args[1:]), *args[1:]]
        name, command, rest = super().resolve_command(ctx, args)
        return name and visible(name), command, rest

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands, networks and options that begin like this; else files, for a spec's path."""
        from click.shell_completion import CompletionItem  # nothing to pay unless asked for

        networks = [
            CompletionItem(one.key, help=visible(one.paper))
            for one in built_in()
            if one.key.startswith(incomplete)
        ]
        found = super().shell_complete(ctx, incomplete)
        return [*found, *networks] or _offered((), incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The networks by task and family."""
        found: dict[str, dict[str, list[str]]] = {}
        for one in built_in():
            for task in one.tasks or ("other",):
                found.setdefault(task, {}).setdefault(one.family, []).append(one.key)
        for task, families in found.items():
            with formatter.section(f"Networks, {task}"):
                formatter.write_dl(
                    [(visible(family), visible(", ".join(keys)))
                     for family, keys in families.items()]
                )  # fmt: skip


def _offered(words: Iterable[str], file: str | None = None) -> list[CompletionItem]:
    """Words for the shell to offer; where there are none, the files that begin like `file`."""
    from click.shell_completion import CompletionItem  # nothing to pay unless asked for

    found = [CompletionItem(word) for word in words]
    return found if found or file is None else [CompletionItem(file, type="file")]


def as_options(reference: str, others: Sequence[str]) -> list[str]:
    """The settings of a reference as options. Raises `CostcalcError` for one that is set twice."""
    name, given = split_reference(reference)
    settle(load_spec(name), given)
    options = []
    for key, value in given.items():
        option = f"--{key.replace('_', '-')}"
        if any(word.partition("=")[0] in (option, f"--{key}") for word in others):
            raise CostcalcError(f"'{key}' is set twice: in '{reference}' and by {option}")
        options.append(f"{option}={value}")
    return options


class HyperparameterType(click.ParamType):  # type: ignore[type-arg]  # generic only for newer clicks
    """An option's value, read as the hyperparameter it sets."""

    def __init__(self, parameter: Hyperparameter) -> None:
        self.parameter = parameter
        self.name = {
            "integer": "integer",
            "decimal": "decimal",
            "boolean": "true|false",
            "word": "word",
        }[parameter.kind]
        if parameter.choices:
            self.name = visible("|".join(map(show_value, parameter.choices)))
        if parameter.length is not None:
            self.name += f",... ({parameter.length} values, or one for all)"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The exact value; a usage error if it does not suit."""
        try:
            return read_value(self.parameter, value)
        except CostcalcError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The choices that begin like this."""
        words = (
            ["true", "false"]
            if self.parameter.kind == "boolean"
            else [show_value(c) for c in self.parameter.choices]
        )
        return _offered(visible(word) for word in words if word.startswith(incomplete))


def names_of(options: Iterable[click.Parameter]) -> set[str]:
    """What no hyperparameter can be called beside these options: theirs, and those of all."""
    named = list(options)
    flags = [flag for option in named for flag in option.opts if flag.startswith("--")]
    every = ("--help", *ANYWHERE, *FLAGS)
    words = {flag.removeprefix("--").replace("-", "_") for flag in (*every, *flags)}
    return {*words, *(option.name for option in named if option.name)}


def spec_command(
    spec: Spec,
    name: str,
    does: str,
    options: Sequence[click.Parameter],
    run: Callable[..., Any],
) -> click.Command:
    """A command about one spec: its hyperparameters as options, then the command's own."""
    return Command(
        name,
        params=[*hyperparameter_options(spec, names_of(options)), *options],
        callback=run,
        help=f"{visible(spec.name)}: {does}.\n\n{visible(spec.paper)}",
        short_help=visible(spec.paper),
    )


def hyperparameter_options(spec: Spec, taken: Container[str]) -> list[click.Parameter]:
    """One option a hyperparameter. Raises `SpecError` for a name a command's option has."""
    options: list[click.Parameter] = []
    for parameter in spec.hyperparameters.values():
        if parameter.name in taken:
            raise SpecError(
                f"'{parameter.name}' is an option of the command already",
                parameter.mark,
                "name the hyperparameter otherwise",
            )
        dashed = parameter.name.replace("_", "-")
        names = [parameter.name, f"--{dashed}"]
        if dashed != parameter.name:
            names.append(f"--{parameter.name}")
        type_ = HyperparameterType(parameter)
        options.append(
            click.Option(
                names,
                type=type_,
                help=_help(parameter),
                metavar=f"[{type_.name}]" if parameter.choices else type_.name.upper(),
            )
        )
    return options


def _help(parameter: Hyperparameter) -> str:
    by = f" (by {parameter.by})" if parameter.by else ""
    bounds = [f"default: {show_value(parameter.default)}{by}"]
    if parameter.min is not None:
        bounds.append(f"at least {show_value(parameter.min)}")
    if parameter.max is not None:
        bounds.append(f"at most {show_value(parameter.max)}")
    return visible(f"{parameter.help or parameter.name}  [{'; '.join(bounds)}]")


class ConventionReference(click.ParamType):  # type: ignore[type-arg]
    """An option that names a convention (completed by the shell; read by the command)."""

    name = "convention"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The conventions that ship; else files."""
        from costcalc.conventions.reading import names

        return _offered((name for name in names() if name.startswith(incomplete)), incomplete)


def convention_option(*names: str, help_: str = "", multiple: bool = False) -> click.Option:
    """`--convention NAME|FILE`, or an option of another name that takes the same."""
    return click.Option(
        list(names) or ["--convention"],
        type=ConventionReference(),
        metavar="NAME|FILE",
        multiple=multiple,
        help=help_ or "count as a tool does: paper, framework, flops, fvcore, thop, ...",
    )


def settled(values: dict[str, Any], spec: Spec) -> Settled:
    """Every hyperparameter: as a command's options were read, at its default for the rest."""
    given = {name: values[name] for name in spec.hyperparameters if values.get(name) is not None}
    return complete(spec, given)


class NetworkReference(click.ParamType):  # type: ignore[type-arg]  # generic only for newer clicks
    """An argument that names a network (completed by the shell; read by the command)."""

    name = "network"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Built-in names, and after a colon the hyperparameters; else files."""
        network, colon, rest = incomplete.partition(":")
        if colon and network in find.names():
            done, comma, last = rest.rpartition(",")
            start = f"{network}:{done}{comma}"
            return _offered(
                f"{start}{name}="
                for name in load_spec(network).hyperparameters
                if name.startswith(last)
            )
        return _offered((n for n in find.names() if n.startswith(incomplete)), incomplete)
