"""The `costcalc` command: reserved commands, then networks by name or by path."""

from __future__ import annotations

import gc
import importlib
import sys

import click

from costcalc import __version__
from costcalc.cli import color
from costcalc.cli.command import ANYWHERE, FLAGS
from costcalc.cli.messages import say, say_all, say_usage, silence, waiting
from costcalc.cli.network import network_command
from costcalc.cli.networks import NetworkGroup
from costcalc.cli.output import say_unused, whole_output
from costcalc.cli.signals import Ended
from costcalc.errors import CostcalcError
from costcalc.language.find import STDINS

COMMANDS = (
    "board",
    "budget",
    "calibrate",
    "check",
    "ci",
    "compare",
    "convert",
    "diff",
    "draw",
    "explain",
    "fit",
    "guidelines",
    "list",
    "lock",
    "lsp",
    "memory",
    "new",
    "reconcile",
    "report",
    "roofline",
    "schema",
    "storage",
    "sweep",
    "time",
    "watch",
)
"""The reserved names; a network of the same name is reached by its path."""

BAD_INPUT = 2
SIGNALLED = 128
INTERRUPTED = SIGNALLED + 2


class ReaderClosed(Exception):
    """Whoever read stdout has gone. click itself would end with 1, as if a check had failed."""


class Costcalc(NetworkGroup):
    """Reserved commands win over networks of the same name."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. Raises `ReaderClosed` where nobody reads what it writes."""
        try:
            with whole_output():
                result = super().invoke(ctx)
                say_unused()
                return result
        except BrokenPipeError:
            raise ReaderClosed from None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments; options of every command may stand anywhere among them.

        Settings of a spec on stdin (`-:alpha=0.5`) would be an option to click: there it has its
        other name.
        """
        written = [STDINS[1] + word[1:] if word.startswith("-:") else word for word in args]
        return super().parse_args(ctx, _options_first(written))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The reserved commands."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name. Raises `CostcalcError` for an unknown network."""
        if cmd_name in COMMANDS:
            module = importlib.import_module(f"costcalc.cli.{cmd_name}")
            command: click.Command = module.command
            return command
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Commands and networks under headings of their own."""
        width = formatter.width - 24
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, command.get_short_help_str(width))
                    for name in COMMANDS
                    if (command := self.get_command(ctx, name)) is not None
                ]
            )
        super().format_commands(ctx, formatter)


def _options_first(args: list[str]) -> list[str]:
    """Options of every command before the command, as click wants them."""
    first: list[str] = []
    rest: list[str] = []
    left = iter(args)
    for word in left:
        if word in ANYWHERE:
            first += [word, *(value for value in [next(left, None)] if value is not None)]
        elif word in FLAGS:
            first.append(word)
        else:
            (first if word.startswith(tuple(f"{o}=" for o in ANYWHERE)) else rest).append(word)
    return first + rest


def leave_out(ctx: click.Context, parameter: click.Parameter, operators: tuple[str, ...]) -> None:
    """Leave operators of model files out, before one is read, and no others."""
    if operators or "costcalc.library" in sys.modules:
        from costcalc import library  # nothing to pay unless asked for

        library.leave_out(*operators)


def keep_zeros(ctx: click.Context, parameter: click.Parameter, given: bool) -> None:
    """Read weights of model files, before one is read; not otherwise."""
    if given or "costcalc.library" in sys.modules:
        from costcalc import library  # nothing to pay unless asked for

        library.keep_zeros(given)


def load_own(ctx: click.Context, parameter: click.Parameter, modules: tuple[str, ...]) -> None:
    """Load operators of a project's own, before a network that calls them is read."""
    if modules:
        from costcalc.operators import load_operators  # nothing to pay unless asked for

        for module in modules:
            load_operators(module)


@click.group(
    cls=Costcalc,
    factory=network_command,
    reserved=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="NETWORK may also be the path of a spec, costcalc ./my_net.yaml --help, or - for one on"
    " stdin; settings may stand behind it, costcalc mobilenet:alpha=0.5 or -:alpha=0.5",
)
@click.option(
    "--operators",
    multiple=True,
    is_eager=True,
    expose_value=False,
    callback=load_own,
    metavar="MODULE",
    help="run a Python file (my_ops.py), or the module that an installed package offers by this"
    " name, for operators of your own",
)
@click.option(
    "--uncounted",
    multiple=True,
    is_eager=True,
    expose_value=False,
    callback=leave_out,
    metavar="OP",
    help="leave an operator of model files out that is not counted here; headers say so",
)
@click.option(
    "--color",
    type=click.Choice(color.CHOICES),
    default=color.AUTO,
    show_default=True,
    is_eager=True,
    expose_value=False,
    callback=color.choose,
    help="colours on a terminal, always or never; so do FORCE_COLOR and NO_COLOR",
)
@click.option(
    "--keep-zeros",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=keep_zeros,
    help="read the weights of model files: what pruning keeps are those that are not zero",
)
@click.version_option(__version__, "-V", "--version", prog_name="costcalc")
def cli() -> None:
    """What a convolutional network costs: parameters, Mult-Adds and memory access, exactly.

    \b
    costcalc mobilenet --alpha 0.5 --res 160
    costcalc mobilenet --by type
    costcalc compare mobilenet:alpha=0.5,res=160 shufflenet:g=3 squeezenet
    costcalc explain mobilenet --separable
    costcalc check
    """


def main() -> None:
    """Run the command line: exit 0 if fine, 1 if a check failed, 2 on bad input.

    A signal that ends it is 128 and its number, as shells have it: 130 for Ctrl-C.
    """
    try:
        code = _run()
    except Ended as ended:
        code = SIGNALLED + ended.number
    gc.freeze()  # all of it goes with the process: nobody needs to look for cycles once more
    sys.exit(code)


def _run() -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without "·" is no reason to fail
    if sys.stdout is None:  # closed by whoever started us
        say("costcalc: stdout: cannot be written: it is closed")
        return BAD_INPUT
    try:
        with waiting():
            code = cli.main(prog_name="costcalc", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        say_usage(error)
        return error.exit_code
    except CostcalcError as error:
        say_all(error)
        return BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except (ReaderClosed, BrokenPipeError):
        silence(sys.stdout)
        return 0
    except OSError as error:  # files are `CostcalcError`: this is stdout to a full disk or the like
        silence(sys.stdout)
        what = error.filename or "stdout"
        say(f"costcalc: {what}: cannot be written: {error.strerror or error}")
        return BAD_INPUT


if __name__ == "__main__":
    main()
