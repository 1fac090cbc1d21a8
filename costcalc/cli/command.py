"""What every command has in common."""

from __future__ import annotations

from collections import Counter

import click

ANYWHERE = ("--operators", "--uncounted", "--color")
"""Options that say how networks are read and results written, whatever is done with them."""
FLAGS = ("--keep-zeros",)
"""Those of them without a value."""


class Command(click.Command):
    """A command that takes each option once: click itself takes the last one, and says nothing."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments. Raises `UsageError` for an option whose first value would be lost."""
        if not ctx.resilient_parsing:
            _, _, given = self.make_parser(ctx).parse_args(args=list(args))
            for param, times in Counter(given).items():
                if isinstance(param, click.Option) and times > 1 and _has_one_value(param):
                    names = " / ".join(param.opts)
                    raise click.UsageError(f"{names} is given {_times(times)}", ctx)
        return super().parse_args(ctx, args)


def _has_one_value(option: click.Option) -> bool:
    return not (option.multiple or option.is_flag or option.count)


def _times(number: int) -> str:
    return "twice" if number == 2 else f"{number} times"
