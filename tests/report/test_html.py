"""`costcalc report`: one file, and in it what `--format json` says."""

from __future__ import annotations

import base64
import gzip
import json
import re
from fractions import Fraction
from html.parser import HTMLParser

import pytest

from costcalc import html_report, load
from costcalc.report.document import Column
from costcalc.report.html import page
from costcalc.report.html.elements import Html, element, script_json
from costcalc.report.html.table import table
from costcalc.report.result import Table
from tests.cli.test_output import USER_SPEC
from tests.conftest import TESTS

HOSTILE = """
name: "</script><script>document.title = 'taken'</script>"
paper: "<img src=x onerror=\\"document.title='taken'\\"> \\u202Egnp.exe & 'quotes'"
input: [8, 8, 3]
network:
- columns: [name, op, k, out]
  rows:
  - ["<b onclick='alert(1)'>\\"x\\"", conv, 3x3, 4]
  - ["\\u202Eevil\\u0007", conv, 3x3, 4]
  - ["<template><td>", conv, 1x1, 2]
"""
"""What tries to be more than text, wherever a spec may have some."""


class Page(HTMLParser):
    """Tables of a page: for each its heads' keys and its rows, as their cells are copied."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.tags, self.links = [], set(), []
        self.cell = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.add(tag)
        self.links += [v for k, v in attributes if k in ("href", "src", "action")]
        if tag == "table":
            self.tables.append({"label": found.get("aria-label"), "keys": [], "rows": []})
        elif tag == "tr":
            self.tables[-1]["rows"].append([])
        elif tag in ("th", "td"):
            self.cell = ["", found]

    def handle_data(self, data):
        if self.cell is not None:
            self.cell[0] += data

    def handle_endtag(self, tag):
        if tag not in ("th", "td"):
            return
        text, attributes = self.cell
        self.cell = None
        if attributes.get("scope") == "col":
            self.tables[-1]["keys"].append(attributes["title"])
            return
        number = "n" in (attributes.get("class") or "").split()
        raw = attributes.get("data-v", text.replace(",", "") if number else text)
        self.tables[-1]["rows"][-1].append(raw)

    def table(self, label):
        """Rows by key of the table of a label, the total left out."""
        (found,) = [one for one in self.tables if one["label"] == label]
        rows = [row for row in found["rows"] if row and row[0] != "total"]
        return [dict(zip(found["keys"], row, strict=True)) for row in rows]


def as_copied(value):
    """A value of JSON as a cell has it."""
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def said(costcalc, *arguments):
    return json.loads(costcalc(*arguments, "--format", "json").out)


@pytest.mark.parametrize(
    ("network", "options"),
    [
        ("squeezenet", ["--convention", "thop"]),
        *(
            pytest.param(*one, marks=pytest.mark.exhaustive)
            for one in (
                ("mobilenet_v2", []),
                ("shufflenet", ["--dtype", "fp16", "--batch", "8", "--unfused"]),
            )
        ),
    ],
)
def test_layers_are_copied_as_json_has_them(costcalc, tmp_path, network, options):
    path = tmp_path / "report.html"
    ran = costcalc("report", network, *options, "--device", "jetson_nano", "-o", str(path))
    assert ran.code == 0
    assert str(path) in ran.err
    shown = Page(path.read_text()).table(f"layers of {network}")
    layers = said(costcalc, network, *options)["layers"]
    keys = {"name", "type", "output", "params", "mult_adds", "memory_access"}
    assert [{k: row[k] for k in keys} | {"bytes": row["memory_access_bytes"]} for row in shown] == [
        {k: as_copied(layer[k]) for k in keys} | {"bytes": as_copied(layer["memory_access_bytes"])}
        for layer in layers
    ]
    if "--convention" not in options:
        (model,) = said(costcalc, "roofline", network, *options, "--device", "jetson_nano")[
            "models"
        ]
        seconds = {row["name"]: row["seconds"] for row in shown if row["bound_by"]}
        assert seconds == {
            layer["name"]: as_copied(layer["seconds"]) for layer in model["rooflines"][0]["layers"]
        }


@pytest.mark.exhaustive
def test_time_memory_and_tools_are_copied_as_json_has_them(costcalc):
    found = Page(html_report("mobilenet_v2", device="pixel_1"))
    (model,) = said(costcalc, "time", "mobilenet_v2", "--device", "pixel_1")["models"]
    shown = {row["name"]: row["milliseconds"] for row in found.table("layers of mobilenet_v2")}
    assert shown == {one["name"]: as_copied(one["milliseconds"]) for one in model["layers"]}
    steps = said(costcalc, "memory", "mobilenet_v2")["steps"]
    shown = [(row["layer"], row["bytes"]) for row in found.table("steps of mobilenet_v2")]
    assert shown == [(step["layer"], as_copied(step["bytes"])) for step in steps]
    conventions = said(costcalc, "reconcile", "mobilenet_v2")["conventions"]
    shown = [
        (row["convention"], row["figure"], row["value"])
        for row in found.table("what every tool prints")
        if row["figure"]
    ]
    assert shown == [
        (one["convention"], figure, as_copied(value["value"]))
        for one in conventions
        for figure, value in one["figures"].items()
    ]


@pytest.mark.parametrize(
    "options",
    [
        ["--dtype", "int8"],
        ["--definition", "in-place", "--batch", "4"],
        ["--definition", "blocks", "--dtype", "int8:fp16"],
        ["--order", "best", "--unfused"],
    ],
)
@pytest.mark.exhaustive
def test_memory_is_what_the_memory_command_says_of_it(options, costcalc):
    text = costcalc("report", USER_SPEC, *options).out
    found = Page(text)
    told = said(costcalc, "memory", USER_SPEC, *options)
    shown = [(row["layer"], row["bytes"]) for row in found.table("steps of user_net")]
    assert shown == [(step["layer"], as_copied(step["bytes"])) for step in told["steps"]]
    alive = found.table(f"alive at the peak, {told['step']}")
    assert [(row["name"], row["bytes"]) for row in alive] == [
        (one["name"], as_copied(one["bytes"])) for one in told["tensors"]
    ]
    assert sum(one["bytes"] for one in told["tensors"]) == told["peak_bytes"]
    assert f"definition {told['definition']}: " in text
    assert f"order {told['order']}: " in text


@pytest.mark.exhaustive
def test_every_bridge_is_the_one_that_reconcile_builds(costcalc):
    found = Page(html_report("mobilenet_v2"))
    bridges = [one for one in found.tables if one["label"] == "bridge"]
    built = said(costcalc, "reconcile", "mobilenet_v2", "--from", "thop", "--to", "fvcore")
    ends = (as_copied(built["from"]["value"]), as_copied(built["to"]["value"]))
    (bridge,) = [
        one["rows"]
        for one in bridges
        if [one["rows"][1][1], one["rows"][-1][1]] == ['["thop macs"]', '["fvcore flops"]']
    ]
    assert (bridge[1][0], bridge[-1][0]) == ends
    assert [row[0] for row in bridge[2:-1]] == [
        as_copied(term["difference"]) for term in built["terms"]
    ]


@pytest.mark.exhaustive
def test_a_layer_has_the_formulas_that_explain_prints(costcalc):
    text = html_report("mobilenet")
    data = re.findall(r'<script type="application/json">(.*?)</script>', text)
    (own,) = [one for one in map(json.loads, data) if "formulas" in one]
    tables = [one["rows"] for one in Page(text).tables if one["label"] == "formulas"]
    explained = said(costcalc, "explain", "mobilenet")["layers"]
    of = {name: layer for layer in explained for name in (layer["name"], *layer["same"])}
    for name, number in zip(own["names"], own["formulas"], strict=True):
        assert [row for row in tables[number] if row] == [
            [as_copied(step[key]) for key in ("quantity", "formula", "numbers", "result")]
            for step in of[name]["steps"]
        ]


@pytest.mark.parametrize("packed", [pytest.param(False, marks=pytest.mark.exhaustive), True])
def test_the_file_needs_nothing_else(packed, monkeypatch):
    monkeypatch.setattr(page, "PLAIN", 0 if packed else page.PLAIN)
    text = html_report("alexnet", "alexnet:classes=10", device="jetson_nano")
    found = Page(text)
    assert not found.tags & {"iframe", "object", "embed", "base"}
    assert all(link.startswith(("#", "data:,")) for link in found.links)
    assert "@import" not in text
    assert "url(" not in text
    assert ("layers of alexnet" in {one["label"] for one in found.tables}) is not packed
    assert html_report("alexnet", "alexnet:classes=10", device="jetson_nano") == text


@pytest.mark.exhaustive
def test_what_is_packed_is_what_is_not(monkeypatch):
    whole = html_report("squeezenet")
    monkeypatch.setattr(page, "PLAIN", 0)
    (packed,) = re.findall(r'class="packed">(.*?)</script>', html_report("squeezenet"))
    assert gzip.decompress(base64.b64decode(packed)).decode() in whole


def test_names_are_text(tmp_path, costcalc):
    path = tmp_path / "hostile.yaml"
    path.write_text(HOSTILE)
    written = tmp_path / "report.html"
    assert costcalc("report", str(path), "vgg", "-o", str(written)).code == 0
    text = written.read_text()
    found = Page(text)
    assert not found.tags & {"img", "b"}
    assert text.count("<script") == text.count("</script>")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", text)
    (layers,) = [one for one in found.tables if "hostile" in str(one["label"])
                 and "layers" in one["label"]]  # fmt: skip
    assert layers["rows"][1][0] == "<b onclick='alert(1)'>\"x\""
    assert layers["rows"][2][0] == "\\u202eevil\\x07"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mobilenet", "--device", "jetson_nano", "--dtype", "int8"], "no peak for int8"),
        (["mobilenet", "--device", "pixel_9"], "pixel_9"),
        (["mobile"], "unknown network"),
        (["mobilenet", "-o", "nowhere/report.html"], "folder does not exist"),
        ([], "NETWORKS"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    arguments, message, costcalc, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    file = () if "-o" in arguments else ("-o", "report.html")
    ran = costcalc("report", *file, *arguments)
    assert ran.code == 2
    assert message in ran.err
    assert list(tmp_path.iterdir()) == []


def test_without_a_file_it_goes_to_stdout(costcalc):
    ran = costcalc("report", "alexnet")
    assert ran.out.startswith("<!doctype html>")
    assert ran.out == html_report(load("alexnet"))


def test_elements_hold_text_unless_it_is_known_to_be_html():
    assert element("p", '<&"', Html("<br>"), title="'\"", hidden=True, id=None) == (
        '<p title="&#x27;&quot;" hidden>&lt;&amp;&quot;<br></p>'
    )
    assert "</script><" not in script_json("</script><script>")[:-9]


def test_a_share_has_a_bar_as_long_as_it_is_of_the_largest():
    rows = [{"share": Fraction(1, 2)}, {"share": Fraction(1, 4)}, {"share": None}]
    found = table(Table([Column("%", "share", "percent")], rows))
    assert re.findall(r"--p:([\d.]+)", found) == ["1.000", "0.500"]


@pytest.mark.exhaustive
def test_twenty_networks_are_a_small_file():
    """Two megabytes; as each network has a part of its own, so are three a sixth of them."""
    names = sorted(path.stem for path in (TESTS.parent / "specs").glob("*.yaml"))[::24][:3]
    assert len(names) == 3
    assert len(html_report(*names, device="rtx_3090").encode()) < 2_000_000 / 6


@pytest.mark.exhaustive
def test_two_thousand_layers_are_a_small_file(tmp_path):
    path = tmp_path / "deep.yaml"
    rows = "".join("  - [conv, 3x3, 16, 1]\n" for _ in range(2000))
    path.write_text(f"input: [32, 32, 3]\nnetwork:\n- columns: [op, k, out, s]\n  rows:\n{rows}")
    assert len(html_report(str(path), device="rtx_3090").encode()) < 2_000_000
