"""What the options of a sweep ask for: `--metrics`, `--where`, `--sort`, `--top`, `--pareto`."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.conventions.convention import Convention
from costcalc.errors import CostcalcError, suggest
from costcalc.hardware.devices import Device
from costcalc.language.quantities import REPORTED
from costcalc.sweeps.costs import OUTSIDE, TIME, known_metrics
from costcalc.sweeps.query import Query
from costcalc.sweeps.schema import Field, fields
from costcalc.sweeps.space import Space
from costcalc.sweeps.where import Filter


def read_query(
    metrics: str,
    where: str | None,
    sort: str | None,
    top: int | None,
    pareto: str | None,
    *,
    spaces: Sequence[Space],
    extra_columns: Sequence[Field],
    drawn: Sequence[str],
    convention: Convention | None,
    device: Device | None = None,
) -> Query:
    """What is wanted; whatever an option names is computed.

    `extra_columns` are columns that rows bring along, `drawn` those of a picture. Raises
    `CostcalcError` for names and expressions that fit nothing.
    """
    computed = known_metrics(convention, device)
    known = [*computed, *REPORTED]
    wanted = _names(metrics, known)
    if "cost" in computed and "cost" not in wanted:
        wanted.insert(0, "cost")
    wanted += [name for name in (TIME, OUTSIDE) if name in computed and name not in wanted]
    front = Filter.several(pareto, "--pareto") if pareto else ()
    condition = Filter(where, "--where") if where else None
    key = Filter(sort, "--sort") if sort else None
    ascending = None if key is None else key.without_minus()
    key, descending = ascending or key, ascending is not None
    every = {field.name for field in fields(spaces, known, extra_columns)}
    named = [*drawn]
    uses = [(condition, "condition"), (key, "key"), *((cost, "cost") for cost in front)]
    for filter_, use in uses:
        if filter_ is None:
            continue
        for name in (TIME, OUTSIDE):
            if name in filter_.names - every:
                what = f"{filter_.option}: {name} is that of a device"
                raise CostcalcError(f"{what}\nname one: --device")
        filter_.require(every, "columns")
        for space in spaces:
            own = {field.name: field for field in fields([space], known, extra_columns)}
            filter_.check(own, use)
        named += filter_.names
    extra_names = [field.name for field in extra_columns]
    wanted += [name for name in known if name in named and name not in (*wanted, *extra_names)]
    return Query(tuple(wanted), condition, key, descending, top, front, convention, device)


def _names(text: str | None, known: list[str]) -> list[str]:
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    for name in names:
        if name not in known:
            hint = suggest(name, known, "metrics")
            if name in (TIME, OUTSIDE):
                hint = f"{name} is that of a device: name one, as --device pixel_1"
            raise CostcalcError(f"unknown metric '{name}'\n{hint}")
    return list(dict.fromkeys(names))
