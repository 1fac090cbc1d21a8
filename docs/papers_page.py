"""The ledger as pages: papers.md with errata, papers by year and sources; a page a network."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

from costcalc.claims.checker import ClaimChecker
from costcalc.claims.ledger import FAILURES, VERDICTS, Ledger, Line
from costcalc.language.find import names
from costcalc.language.hyperparameters import show_value
from costcalc.language.provenance import KINDS
from costcalc.language.spec import Spec
from costcalc.library import load_spec
from costcalc.report import claims
from costcalc.report.document import Column, Sheet, exact
from costcalc.report.formats import markdown

FOLDER = "papers"
"""Where the pages of single networks are, seen from papers.md."""
_SHOWN = [verdict for verdict in VERDICTS if verdict not in FAILURES]
_LINK = re.compile(r"arXiv:\d{4}\.\d{4,5}|[\w-]+(?:\.[\w-]+)*\.(?:com|org|io)(?:/[\w./\\-]*\w)?")


def pages() -> dict[str, str]:
    """Every page by its path below docs/."""
    specs, ledgers = [load_spec(name) for name in names()], checked()
    own = {f"{FOLDER}/{spec.key}.md": _network(spec, ledgers[spec.key]) for spec in specs}
    return {"papers.md": _overview(specs, ledgers), **own}


@functools.cache
def checked() -> dict[str, Ledger]:
    """The ledger of every built-in network: README counts its lines too."""
    checker = ClaimChecker()
    return {name: Ledger(checker.lines(load_spec(name))) for name in names()}


def summary(ledger: Ledger) -> str:
    """How many lines there are, and of each verdict, in words."""
    counted = ", ".join(f"{count} {verdict}" for verdict, count in ledger.summary().items())
    return f"{len(ledger):,} published numbers: {counted}"


def _overview(specs: list[Spec], ledgers: Mapping[str, Ledger]) -> str:
    everything = Ledger(line for spec in specs for line in ledgers[spec.key])
    errata = [line for line in everything if line.verdict == "erratum"]
    return _page(
        "# Printed beside computed",
        f"{summary(everything)}. The verdicts:",
        "\n".join(f"- **{verdict}**: {VERDICTS[verdict]}" for verdict in _SHOWN),
        "`costcalc check --verbose` prints the same lines; `costcalc check` fails when one of them"
        " changes its verdict. Every number of a network stands on its page: see"
        " [the papers](#papers-by-year).",
        "## Errata",
        "Numbers that their own source contradicts, each read in that source, with a proof to"
        " verify by hand.",
        _table(errata, with_note=True),
        "## Papers by year",
        _by_year(specs, ledgers),
        "## Sources",
        "Where the numbers were read. The kinds: "
        + "; ".join(f"**{kind}**, {meaning}" for kind, meaning in KINDS.items())
        + ". Only the first two can make an erratum.",
        _sources(everything),
    )


def _by_year(specs: Iterable[Spec], ledgers: Mapping[str, Ledger]) -> str:
    columns = [Column(head, head) for head in ("year", "network", "paper", "lines", *_SHOWN)]
    rows = []
    for spec in sorted(specs, key=lambda spec: (spec.year or 0, spec.name.lower())):
        counted = ledgers[spec.key].summary()
        rows.append(
            [
                str(spec.year or ""),
                f"[{spec.name}]({FOLDER}/{spec.key}.md)",
                spec.paper,
                len(ledgers[spec.key]),
                *(counted.get(verdict, "") for verdict in _SHOWN),
            ]
        )
    table = _linked(markdown.sheet_table(Sheet.of_rows(columns, rows)))
    return re.sub(r"\]\(.*?\)", lambda link: link[0].replace("\\", ""), table)


def _sources(lines: Iterable[Line]) -> str:
    """Every document, how many numbers were read in it, and for which networks."""
    found: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        found.setdefault((line.source, line.claim.source.kind), []).append(line)
    order = list(KINDS)
    columns = [Column(head, head) for head in ("source", "kind", "lines", "networks")]
    rows = [
        [source, kind, len(read), ", ".join(dict.fromkeys(line.spec.name for line in read))]
        for (source, kind), read in sorted(
            found.items(), key=lambda item: (order.index(item[0][1]), item[0][0].lower())
        )
    ]
    return _linked(markdown.sheet_table(Sheet.of_rows(columns, rows)))


def _network(spec: Spec, ledger: Ledger) -> str:
    parts = [
        f"# {spec.name}",
        f"{_linked(spec.paper)}. Unless a line says otherwise, params are"
        f" {' + '.join(spec.counts)}. `costcalc {spec.key}` computes it;"
        f" [all papers](../papers.md).",
    ]
    if not ledger:
        return _page(*parts, "Its source prints no number that is recorded here.")
    notes = [
        f"- {line.where}, {claims.quantity(line)} {claims.printed(line)}:"
        f" **{line.verdict}**, {line.note}."
        for line in ledger
        if line.note
    ]
    return _page(
        *parts,
        f"{summary(ledger)}.",
        _table(ledger, with_note=False),
        *(["\n".join(dict.fromkeys(notes))] if notes else []),
    )


def _table(lines: Iterable[Line], with_note: bool) -> str:
    columns = [
        *([Column("network", "network")] if with_note else []),
        Column("where", "where"), Column("configuration", "configuration"),
        Column("quantity", "quantity"), Column("printed", "printed"),
        Column("computed", "computed"), Column("why" if with_note else "verdict", "verdict"),
    ]  # fmt: skip
    rows = []
    for line in lines:
        settings = ", ".join(f"{k} {show_value(v)}" for k, v in line.claim.settings.items())
        rows.append([*([line.spec.name] if with_note else []), line.where, settings,
                     claims.quantity(line),
                     claims.printed(line), exact(line.computed),
                     line.note if with_note else line.verdict])  # fmt: skip
    return markdown.sheet_table(Sheet.of_rows(columns, rows))


def _linked(text: str) -> str:
    """The text with what can be opened as links."""

    def link(match: re.Match[str]) -> str:
        found = match[0].replace("\\", "")
        where = found.replace("arXiv:", "https://arxiv.org/abs/")
        return f"[{match[0]}]({where if where.startswith('https') else f'https://{where}'})"

    return _LINK.sub(link, text)


def _page(*parts: str) -> str:
    note = "<!-- generated by docs/generate.py; edit the specs or the code, not this page -->\n"
    return "\n\n".join((note, *parts)) + "\n"
