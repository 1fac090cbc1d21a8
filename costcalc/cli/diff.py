"""`costcalc diff`: what a change to a network costs, and where it comes from."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.axes import AxesCommand
from costcalc.cli.budget import base_option
from costcalc.cli.execution import execution_options, read_execution
from costcalc.cli.networks import NetworkReference, convention_option
from costcalc.cli.output import report_options, write_report
from costcalc.errors import CostcalcError
from costcalc.language.find import is_path, names
from costcalc.language.references import split_reference
from costcalc.language.spec import Spec
from costcalc.library import load_spec
from costcalc.network import Network, read_convention


def run(
    networks: tuple[str, ...],
    base: str | None,
    expand: bool,
    convention: str | None,
    format_: str,
    **values: Any,
) -> None:
    """Write the difference."""
    from costcalc.control.diff import diff
    from costcalc.report.diff import diff_report

    if len(networks) != (2 if base is None else 1):
        raise click.UsageError("two networks, A and B; or one file, and its --base REVISION")
    execution, _ = read_execution(values)
    counting = read_convention(convention)
    read = [split_reference(network) for network in networks]
    specs: list[Spec | None] = [load_spec(name) for name, _ in read]
    notes: list[str] = []
    if base is not None:
        before, notes = _before(base, read[0][0])
        read, specs = [*read, *read], [before, *specs]
    a, b = (
        None
        if spec is None
        else Network(spec, _settings(spec, given, values, base), counting, execution)
        for spec, (_, given) in zip(specs, read, strict=True)
    )
    assert b is not None
    found = diff(a, b, by="layer" if expand else None)
    write_report(format_, diff_report(found, notes))


def _before(base: str, path: str) -> tuple[Spec | None, list[str]]:
    """What a file was at a revision, and what is worth a line about that."""
    from costcalc.control.revision import revision

    if path in names() or not is_path(path):
        raise CostcalcError(f"'{path}' is built in\n--base compares a file of your repository")
    return revision(base, path).before(path)


def _settings(
    spec: Spec, given: dict[str, str], options: dict[str, Any], base: str | None
) -> dict[str, Any]:
    """A network's own settings, and those of options where it has such a hyperparameter.

    What a file was at a revision may have had others.
    """
    own = {name: value for name, value in options.items() if value is not None}
    if base is not None:
        own |= given
    known = {name: value for name, value in own.items() if name in spec.hyperparameters}
    return known if base is not None else known | given


class DiffCommand(AxesCommand):
    """Its networks may have settings of their own, and may stand behind options."""

    references = True

    def networks_among(self, args: list[str]) -> list[str]:
        """Everything that is neither an option nor the value of one."""
        flags = {
            flag for param in self.params if getattr(param, "is_flag", False) for flag in param.opts
        }
        found: list[str] = []
        value = False
        for number, argument in enumerate(args):
            if argument == "--":
                return found + args[number + 1 :]
            named = argument == "-" or not argument.startswith("-")
            if not value and named:
                found.append(argument)
            option = not value and not named
            value = option and "=" not in argument and argument not in (*flags, "-h", "--help")
        return found


command = DiffCommand(
    "diff",
    callback=run,
    params=[
        click.Argument(["networks"], type=NetworkReference(), nargs=-1, metavar="A B | FILE"),
        base_option("compare FILE with what it was at this revision of its git repository"),
        click.Option(
            ["--expand"],
            is_flag=True,
            help="layer by layer, not row by row; so it is where one of both is a model file",
        ),
        convention_option(),
        *execution_options(),
        *report_options(),
    ],
    help="What network B costs beside A, or FILE beside itself at a git revision: totals, then"
    " every row that was added, removed or changed, and why.\n\n"
    "A and B are names or paths, with settings of their own after a colon"
    " (mobilenet:alpha=0.5). Hyperparameters given as options are those of both.",
    short_help="what a change costs, row by row, and why",
)
