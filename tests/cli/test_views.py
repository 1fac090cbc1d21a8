"""Networks that compute and move nothing: every command answers, or says why not."""

from __future__ import annotations

import json

import pytest

import costcalc as library

VIEWS = {
    "flatten": ("[[flatten]]", 192),
    "split": ("[[split, 2]]", 192),
    "both": ("[[split, 2], [flatten]]", 192),
    "branches": ("[{concat: [[[split, 1]]]}]", 192),
    "dropout": ("[[dropout], [flatten]]", 192),
}
"""Rows, and the elements that are in memory all the while: those of the input."""
FORMATS = ["table", "json", "csv", "md"]

COMMANDS = [
    *(["{}", *more] for more in ([], ["--expand"], ["--by", "type"], ["--by", "block"],
                                 ["--intensity", "--dtype", "int8"], ["--convention", "thop"])),
    ["compare", "{}", "vgg", "--sort", "mult_adds"], ["compare", "vgg", "{}"],
    ["explain", "{}"], ["explain", "{}", "--separable"],
    *(["memory", "{}", "--definition", definition, "--order", order]
      for definition in ("separate", "in-place", "blocks") for order in ("spec", "best")),
    ["storage", "{}"], ["storage", "{}", "--bits", "8"], ["guidelines", "{}"],
    ["roofline", "{}", "--device", "nvidia_v100"],
    ["roofline", "{}", "vgg", "--device", "nvidia_v100", "--device", "jetson_nano"],
    ["time", "{}", "--device", "pixel_1"], ["board", "{}", "--on", "stm32f746"],
    ["memory", "{}", "--arena"], ["storage", "{}", "--dtype", "int8"],
    ["sweep", "{}", "--metrics", "time", "--device", "pixel_1"],
    ["reconcile", "{}"], ["reconcile", "{}", "--from", "thop", "--to", "fvcore"],
    ["sweep", "{}", "--metrics", "params,mult_adds,peak_memory", "--pareto", "params,peak_memory"],
    ["check", "{}"], ["diff", "{}", "vgg"], ["diff", "vgg", "{}"], ["diff", "{}", "{}"],
]  # fmt: skip


@pytest.fixture(params=VIEWS)
def views(request, tmp_path):
    rows, elements = VIEWS[request.param]
    path = tmp_path / "views.yaml"
    path.write_text(f"input: [8, 8, 3]\nnetwork:\n- columns: [op, out]\n  rows: {rows}\n")
    return str(path), elements


def test_every_command_answers(views, request, costcalc):
    """In one format or another: over all views each command is in each."""
    path, _ = views
    name = request.node.callspec.params["views"]
    for number, command in enumerate(COMMANDS, start=[*VIEWS].index(name)):
        format_ = FORMATS[number % len(FORMATS)]
        ran = costcalc(*(part.format(path) for part in command), "--format", format_)
        assert (ran.code, ran.err) == (0, ""), command
        assert ran.out


def test_what_is_in_memory_is_the_input(views, costcalc):
    path, elements = views
    assert library.load(path).peak_memory().peak == elements
    found = json.loads(costcalc("memory", path, "--format", "json").out)
    assert found["peak_elements"] == elements
    assert [step["layer"] for step in found["steps"]] == ["input"]
    assert library.load(path).mult_adds == library.load(path).memory_access == 0


def test_what_has_no_answer_says_why(views, costcalc):
    path, _ = views
    found = costcalc("reconcile", path, "--number", "3")
    assert found.code == 1
    assert "no convention prints this number" in found.out
    fitted = costcalc("fit", path, "--max", "params=1")
    assert fitted.code == 2
    assert "has no width multiplier" in fitted.err
