"""Steps and blocks to the text of a spec, a table as a person types it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from costcalc.importers.tree import Program
from costcalc.importers.writing.folding import Block, folded
from costcalc.importers.writing.structure import Step, flat, structured
from costcalc.language.spec import INPUT
from costcalc.safe_text import visible, yaml_text

WIDTH = 100
COLUMNS = ("op", "name", "k", "out", "m", "s", "g", "norm", "act", "n")
"""The columns that a table has, in their order, where most rows fill them."""
SHARE = 4
"""A column is there where at least one row of so many fills it."""
_PLAIN = re.compile(r"[A-Za-z0-9_.][\w.%*+/() \-]*")


def folded_text(program: Program, name: str) -> str:
    """The spec that a model file is, to read, edit and scale."""
    return _text(program, name, *folded(structured(program)))


def flat_text(program: Program, name: str) -> str:
    """The same, a row for each row of the file under its name there."""
    return _text(program, name, flat(program), [])


def once_text(groups: Sequence[Sequence[str]]) -> str:
    """What the file stores once, as the last key of a spec."""
    if not groups:
        return ""
    lines = ["once:  # vectors that are equal, which the file stores once"]
    for group in groups:
        lines += _wrapped(list(map(_word, group)))
    return "\n".join(lines) + "\n"


def _wrapped(words: list[str]) -> list[str]:
    """A list in a list, over as many lines as it needs."""
    lines = [f"- [{words[0]}"]
    for word in words[1:]:
        if len(lines[-1]) + len(word) + 3 > WIDTH:
            lines[-1] += ","
            lines.append(f"   {word}")
        else:
            lines[-1] += f", {word}"
    lines[-1] += "]"
    return lines


def _text(program: Program, name: str, steps: list[Step], blocks: list[Block]) -> str:
    defaults = _defaults([steps, *(block.body for block in blocks)])
    left_out = ", ".join(f"{count} {kind}" for kind, count in program.uncounted.items())
    paper = program.file.format + (f" · NOT counted: {left_out}" if left_out else "")
    lines = [f"name: {_word(name)}", f"paper: {yaml_text(paper)}"]
    if program.parameters:
        lines.append("hyperparameters:")
        for parameter, said in program.parameters.items():
            inside = ", ".join(f"{key}: {_word(value)}" for key, value in said.items())
            lines.append(f"  {parameter}: {{{inside}}}")
    inputs = {key: f"[{', '.join(map(_word, sizes))}]" for key, sizes in program.inputs.items()}
    if list(inputs) == [INPUT]:
        lines.append(f"input: {inputs[INPUT]}")
    else:
        lines += ["input:", *(f"  {_word(key)}: {sizes}" for key, sizes in inputs.items())]
    if program.outputs != [program.rows[-1].name]:
        lines.append(f"outputs: [{', '.join(map(_word, program.outputs))}]")
    lines.append("implementation: {biases: stored}")
    if program.dtype:
        lines.append(f"dtype: {program.dtype}")
    if defaults:
        lines.append("defaults:")
        for op, cells in defaults.items():
            inside = ", ".join(f"{key}: {value}" for key, value in cells.items())
            lines.append(f"  {op}: {{{inside}}}")
    if blocks:
        lines.append("blocks:")
        for block in blocks:
            lines.append(f"  {block.name}:")
            if block.arguments:
                lines.append(f"    args: [{', '.join(block.arguments)}]")
            lines += [f"    {line}" for line in _table(block.body)]
    lines += ["network:", *_listed(_table(steps))]
    return "\n".join(lines) + "\n"


def _defaults(bodies: Sequence[Sequence[Step]]) -> dict[str, dict[str, str]]:
    """Cells that all rows of an operator have: said once, and taken out of the rows."""
    said: dict[str, list[Step]] = {}
    for body in bodies:
        for step in _all(body):
            said.setdefault(step.op, []).append(step)
    found: dict[str, dict[str, str]] = {}
    for op, steps in said.items():
        for column in ("bias", "pad", "mode", "round", "scale", "shift"):
            cells = {str(step.cells.get(column)) for step in steps}
            first = steps[0].cells.get(column)
            if len(steps) > 1 and len(cells) == 1 and isinstance(first, str) and _fixed(first):
                found.setdefault(op, {})[column] = first
                for step in steps:
                    del step.cells[column]
    return found


def _fixed(cell: str) -> bool:
    """Whether a cell says the same everywhere: no argument of a block is in it."""
    return cell in ("true", "false", "valid", "same", "nearest", "bilinear", "ceil") or bool(
        re.fullmatch(r"\d+(x\d+)?", cell)
    )


def _all(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for branch in step.branches or ():
            if isinstance(branch, list):
                yield from _all(branch)


def _listed(lines: list[str]) -> list[str]:
    """Lines as an entry of a list."""
    return [f"- {lines[0]}", *(f"  {line}" for line in lines[1:])]


def _table(steps: Sequence[Step]) -> list[str]:
    """Columns and rows."""
    rows = [step for step in _all(steps) if step.branches is None]
    filled = Counter(name for step in rows for name in _filled(step))
    columns = [c for c in COLUMNS if filled[c] * SHARE >= len(rows) and filled[c]]
    columns += sorted(
        c for c in filled if c not in COLUMNS and c != "from" and filled[c] * 2 >= len(rows)
    )
    if "op" not in columns:
        columns.insert(0, "op")
    lines = [f"columns: [{', '.join(columns)}]", "rows:"]
    return lines + _rows(steps, columns)


def _filled(step: Step) -> dict[str, str]:
    """Every cell of a row, as text."""
    cells = {"op": step.op}
    if step.name:
        cells["name"] = _word(step.name)
    if step.source:
        cells["from"] = _word(step.source)
    if step.times > 1:
        cells["n"] = str(step.times)
    for name, cell in step.cells.items():
        cells[name] = f"[{', '.join(map(_word, cell))}]" if isinstance(cell, list) else _word(cell)
    return cells


def _rows(steps: Sequence[Step], columns: Sequence[str]) -> list[str]:
    lines: list[str] = []
    written = [_join(step, columns) if step.branches is not None else None for step in steps]
    for step, join in zip(steps, written, strict=True):
        if join is not None:
            lines += join
            continue
        cells = _filled(step)
        row = [cells.pop(column, "~") for column in columns]
        while len(row) > 1 and row[-1] == "~":
            row.pop()
        if cells:
            row.append("{" + ", ".join(f"{key}: {cell}" for key, cell in cells.items()) + "}")
        line = f"- [{', '.join(row)}]"
        comment = f"  # {visible(step.comment)}" if step.comment and not step.name else ""
        lines.append(line + comment if len(line + comment) <= WIDTH else line)
    return lines


def _join(step: Step, columns: Sequence[str]) -> list[str]:
    """A join with its branches."""
    cells = _filled(step)
    del cells["op"]
    assert step.branches is not None
    if all(isinstance(branch, str) for branch in step.branches):
        entries = {step.op: f"[{', '.join(_word(str(b)) for b in step.branches)}]", **cells}
        return ["- {" + ", ".join(f"{key}: {cell}" for key, cell in entries.items()) + "}"]
    lines = [f"- {step.op}:"]
    for branch in step.branches:
        if isinstance(branch, str):
            lines.append(f"  - {_word(branch)}")
        elif not branch:
            lines.append("  - []")
        else:
            lines += [f"  {line}" for line in _listed(_rows(branch, columns))]
    return lines + [f"  {key}: {cell}" for key, cell in cells.items()]


def _word(text: str) -> str:
    """A word as YAML writes it, quoted where it would mean something else."""
    if _PLAIN.fullmatch(text) and ": " not in text and " #" not in text and "," not in text:
        return text
    return yaml_text(text)
