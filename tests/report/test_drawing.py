"""Pictures in every format: golden small graphs, valid files, text that stays text."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import pytest

import costcalc
from costcalc.drawing.box import all_boxes
from costcalc.drawing.structure import MANY
from costcalc.drawing.text import cells
from costcalc.errors import CostcalcError
from costcalc.importers import is_model
from costcalc.report.drawing.drawing import WRITERS
from costcalc.report.drawing.scale import Scale
from tests.cli.test_hostile_text import HOSTILE, quoted
from tests.conftest import TESTS
from tests.covering import FEW, mostly, networks

GOLDEN = TESTS / "golden" / "draw"
SVG = "{http://www.w3.org/2000/svg}"
TWO_HEADS = """\
name: Two heads
input: {image: [16, 16, 3], mask: [16, 16, 1]}
outputs: [box, class]
blocks:
  unit:
    args: [out]
    columns: [op, k, out]
    rows:
    - [conv, 3x3, out]
    - add: [[[conv, 3x3, out]], []]
network:
- columns: [name, op, from, k, out, n]
  rows:
  - [stem, conv, ~, 3x3, 8]
  - [side, conv, mask, 3x3, 8]
  - {name: both, concat: [stem, side]}
  - [body, unit, ~, ~, 16, 3]
  - [box, conv, ~, 1x1, 4]
  - [class, conv, body, 1x1, 10]
"""
SPECIAL = "<script>alert(1)</script> \"quoted\" 'single' & ; # % ` \\ \\n %%{init}%% --> end 卷积"
HOSTILE_SPEC = """\
name: {text}
input: [8, 8, 3]
blocks:
  {key}:
    columns: [name, op, k, out]
    rows: [[{row}, conv, 3x3, 8], [c2, conv, 3x3, 8]]
network:
- columns: [name, op, n]
  rows: [[{row}, {key}, 2]]
"""


@pytest.fixture
def two_heads(tmp_path):
    path = tmp_path / "two_heads.yaml"
    path.write_text(TWO_HEADS)
    return costcalc.load(path)


@pytest.mark.parametrize("ending", [".svg", ".dot", ".mmd", ".txt"])
@pytest.mark.parametrize("depth", [1, 2])
def test_a_small_graph_to_the_character(two_heads, golden, ending, depth):
    drawing = costcalc.draw(two_heads, depth=depth)
    golden(GOLDEN / f"two_heads_{depth}{ending}", WRITERS[ending](drawing))


@pytest.mark.parametrize("name", networks(3, FEW[::4]))
def test_every_network_in_every_format(name):
    for expand in (False, True)[: 1 + (name in FEW)]:
        drawing = costcalc.draw(name, expand=expand)
        boxes = [box for box in all_boxes(drawing.pictures[0].boxes) if not box.inside]
        root = ElementTree.fromstring(drawing.svg())
        classes = [element.get("class") for element in root.iter(f"{SVG}g")]
        assert classes.count("box") == sum(bool(box.layers) for box in boxes)
        lines = [element.get("d") or "" for element in root.iter(f"{SVG}path")]
        assert not [line for line in lines if re.search(r"(\d+\.\d)V\1\b", line)]
        assert len(nodes_of(drawing.dot())) == len(boxes)
        assert drawing.mermaid().count("\n") > len(boxes)
        assert drawing.text().count("●") == len(boxes)


MODELS = sorted(path for path in (TESTS / "facts" / "models").iterdir() if is_model(path.name))


@pytest.mark.exhaustive
@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.name)
def test_model_files_fit_a_page(path):
    (made,) = costcalc.draw(str(path)).pictures
    boxes = [box for box in all_boxes(made.boxes) if not box.inside and box.layers]
    assert len(boxes) <= MANY
    assert sum(made.costs.of(box.layers) for box in boxes) == made.costs.total
    assert not made.crossings
    widest = max(cells(line) for line in costcalc.draw(str(path)).text(80).splitlines())
    assert widest <= 80


def nodes_of(dot: str) -> list[str]:
    return re.findall(r"^ *(n\d+) \[label=", dot, re.MULTILINE)


def test_several_networks_have_one_scale(two_heads):
    drawing = costcalc.draw("mobilenet_v2", two_heads)
    shares = [
        made.costs.share(box.layers)
        for made in drawing.pictures
        for box in all_boxes(made.boxes)
        if not box.inside
    ]
    assert Scale.of(drawing.pictures).most == max(shares)
    root = ElementTree.fromstring(drawing.svg())
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert {"MobileNetV2", "Two heads"} <= {*texts}


def test_darker_is_more():
    scale = Scale.of(costcalc.draw("googlenet").pictures)
    colours = [int(colour[1:3], 16) + int(colour[5:7], 16) for colour in scale.stops()]
    assert colours == sorted(colours, reverse=True)


@pytest.fixture
def hostile(tmp_path):
    def make(text: str) -> costcalc.Network:
        path = tmp_path / "net.yaml"
        path.write_text(
            HOSTILE_SPEC.format(
                text=quoted(text), key=quoted(f"k{text[:40]}"), row=quoted(f"r{text}")
            )
        )
        return costcalc.load(path)

    return make


@pytest.mark.parametrize("text", [SPECIAL, HOSTILE], ids=["special", "unseen"])
def test_names_are_text_in_every_format(hostile, text):
    drawing = costcalc.draw(hostile(text.replace("/", "|").replace(".", ":")), depth=2)
    for ending in (".svg", ".dot", ".mmd", ".txt"):
        written = WRITERS[ending](drawing)
        assert isinstance(written, str)
        unseen = {c for c in written if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
        assert unseen <= {"\n"}, ending
    root = ElementTree.fromstring(drawing.svg())
    known = {
        "svg",
        "g",
        "rect",
        "text",
        "path",
        "title",
        "defs",
        "linearGradient",
        "stop",
        "marker",
    }
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {*known, "marker"}
    for statement in dot_statements(drawing.dot()):
        assert re.fullmatch(DOT_STATEMENT, statement), statement
    for line in drawing.mermaid().splitlines()[4:]:
        assert re.fullmatch(MERMAID_LINE, line), line


DOT_ID = r'(?:"(?:[^"\\]|\\.)*"|[\w.#]+)'
DOT_LIST = rf"\w+={DOT_ID}(?:[,;] \w+={DOT_ID})*"
DOT_STATEMENT = (
    rf"digraph {DOT_ID} \{{|subgraph \w+ \{{|\}}|{DOT_LIST};|(?:node|edge) \[{DOT_LIST}\];"
    rf"|n\d+(?: -> n\d+)? \[{DOT_LIST}\];"
)
"""What we write of DOT's grammar (https://graphviz.org/doc/info/lang.html)."""
MERMAID_LABEL = r'"(?:[^#"<>&`%;\\]|#\d+;|<br>)*"'
MERMAID_LINE = (
    rf" *(?:n\d+(?:\[\[|\(\[|\[|\(){MERMAID_LABEL}(?:\]\]|\]\)|\]|\))"
    rf"|subgraph s\d+\[{MERMAID_LABEL}\]|end|n\d+ --> n\d+"
    r"|style n\d+ fill:#[0-9a-f]{6},color:#[0-9a-f]{6})"
)


def dot_statements(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


@pytest.mark.parametrize("name", mostly(["mobilenet_v2", "unet", "yolov3_tiny"], FEW))
def test_files_of_text_follow_their_grammar(name):
    drawing = costcalc.draw(name, depth=2)
    assert all(re.fullmatch(DOT_STATEMENT, line) for line in dot_statements(drawing.dot()))
    body = drawing.mermaid().splitlines()[4:]
    assert all(re.fullmatch(MERMAID_LINE, line) for line in body)
    depth = 0
    for line in body:
        depth += (line.strip().startswith("subgraph")) - (line.strip() == "end")
        assert depth >= 0
    assert depth == 0


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_a_terminal_of_any_width_breaks_no_word(width):
    for name in ("mobilenet_v2", "unet", "yolov8"):
        for line in costcalc.draw(name, depth=2).text(width).splitlines()[3:]:
            assert cells(line) <= width, line
            assert "%" in line or "●" not in line or "input" in line or "output" in line or (
                name == "yolov8"
            )  # fmt: skip


def test_rails_come_together_where_tensors_are_read():
    lines = costcalc.draw("unet").text().splitlines()
    place = next(number for number, line in enumerate(lines) if " skip1 " in line)
    assert lines[place - 1].strip() == "├─╯"
    assert lines[place].startswith("● ")
    for line in lines[4:]:  # the first tensor goes through to the end
        assert line[0] in "●│├"


def test_a_png_is_one_of_the_size(tmp_path):
    drawing = costcalc.draw("mlperf_tiny")
    drawing.save(tmp_path / "x.png")
    data = (tmp_path / "x.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    root = ElementTree.fromstring(drawing.svg())
    width, height = (int.from_bytes(data[at : at + 4]) for at in (16, 20))
    assert abs(width - 2 * float(root.get("width", 0))) <= 2
    assert abs(height - 2 * float(root.get("height", 0))) <= 2


def test_a_png_that_nobody_opens_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr("costcalc.report.drawing.drawing.LONGEST_SIDE", 500)
    with pytest.raises(CostcalcError, match="too large for PNG"):
        costcalc.draw("mlperf_tiny").save(tmp_path / "x.png")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x.svg", "x.dot", "x.gv", "x.mmd", "x.mermaid", "x.txt", "X.SVG"])
def test_the_ending_says_how(tmp_path, name, costcalc):
    ran = costcalc("draw", "mlperf_tiny", "-o", name, cwd=tmp_path)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"{name}: 5 boxes\n"
    assert (tmp_path / name).read_text()


def test_what_cannot_be_drawn_is_said_before_anything_is_written(tmp_path, costcalc):
    for line, said in (
        (["-o", "x.pdf"], "the ending says no format"),
        (["-o", "nowhere/x.svg"], "its folder does not exist"),
        (["--open", "stemm"], "has no row or block 'stemm'"),
        (["--by", "speed"], "no picture is by 'speed'"),
        (["--by", "time"], "needs --device"),
        (["--depth", "0"], "0"),
        (["--alpha", "x"], "alpha"),
    ):
        ran = costcalc("draw", "mobilenet", *line, cwd=tmp_path)
        assert (ran.code, ran.out) == (2, ""), ran
        assert said in ran.err
    assert not any(tmp_path.iterdir())


def test_settings_are_options_for_all_that_have_them(costcalc):
    ran = costcalc("draw", "mobilenet", "mobilenet_v2:alpha=0.75", "resnet", "--alpha", "0.5",
                   "--depth", "18", "--res", "192")  # fmt: skip
    assert ran.code == 0, ran
    assert "alpha 0.5 · res 192" in ran.out
    assert "alpha 0.75 · depth 18" in ran.out
    assert "depth 18" in ran.out


def test_depth_opens_where_it_is_no_hyperparameter(costcalc):
    assert "▾ 3a " in costcalc("draw", "googlenet", "--depth", "2").out
    opened = costcalc("draw", "resnet", "--depth", "18", "--open", "2").out
    assert "▾ 2× conv2_x" in opened


@pytest.mark.parametrize("name", ["x.json", "x.csv", "x.md"])
def test_data_is_written_to_files_too(tmp_path, costcalc, name):
    format_ = name.partition(".")[2]
    ran = costcalc("draw", "mlperf_tiny", "-o", name, cwd=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert (tmp_path / name).read_text() == costcalc(
        "draw", "mlperf_tiny", "--format", format_
    ).out  # fmt: skip
    ran = costcalc("draw", "mlperf_tiny", "--format", "dot", "-o", "y.txt", cwd=tmp_path)
    assert (tmp_path / "y.txt").read_text().startswith("digraph")
    assert costcalc("draw", "mlperf_tiny", "-o", "-").out.startswith("MLPerf")


def test_colour_is_that_of_the_command_line(costcalc):
    assert "\x1b[38;2;" in costcalc("draw", "mlperf_tiny", "--color", "always").out
    assert "\x1b" not in costcalc("draw", "mlperf_tiny", "--color", "auto").out


def test_markdown_is_a_diagram(costcalc):
    out = costcalc("draw", "mobilenet_v2", "--format", "md").out
    assert out.startswith("```mermaid\n---\n")
    assert out.endswith("```\n")


def test_a_diagram_that_mermaid_does_not_draw_is_said(tmp_path, costcalc):
    ran = costcalc("draw", "nasnet", "--expand", "-o", "x.mmd", cwd=tmp_path)
    assert ran.code == 0
    assert "Mermaid draws 500 and 50,000" in ran.err


def test_weights_that_are_shared_are_said():
    text = costcalc.draw("retinanet", by="params").text(120)
    assert re.search(r"classes3 +subnet +80x80x720 +10\.6 %", text)
    assert re.search(r"classes4 +subnet, shared +40x40x720 +0 %", text)


@pytest.mark.exhaustive
def test_in_a_browser_all_text_is_within_its_box(browser, hostile):
    networks = ["googlenet", "yolov8", "hrnet", "retinanet", hostile(SPECIAL.replace("/", "|"))]
    with contextlib.closing(browser.new_page()) as page:
        for network in networks:
            page.set_content(costcalc.draw(network, depth=2).svg())
            assert page.evaluate(OUTSIDE) == []


OUTSIDE = """() => {
  const found = [];
  const bottom = document.querySelector("svg").getBoundingClientRect();
  for (const group of document.querySelectorAll("g.box, g.tensor")) {
    const box = [...group.querySelectorAll("rect")].at(-1).getBBox();
    const all = [...group.querySelectorAll("text")];
    const texts = all.map(text => [text.textContent, text.getBBox()]);
    for (const [words, at] of texts)
      if (at.x < box.x + 3 || at.x + at.width > box.x + box.width - 3) found.push(words);
    for (const [words, at] of texts)
      for (const [others, next] of texts)
        if (words !== others && Math.abs(at.y - next.y) < 3 && at.x < next.x
            && at.x + at.width + 3 > next.x) found.push(words + others);
  }
  for (const text of document.querySelectorAll("text"))
    if (text.getBoundingClientRect().right > bottom.right) found.push(text.textContent);
  return found;
}"""
"""Every text that leaves its box or the picture, or touches the one beside it."""


def test_nothing_is_no_drawing():
    with pytest.raises(CostcalcError, match="nothing to draw"):
        costcalc.draw()
    with pytest.raises(CostcalcError, match="a depth is a whole number from 1"):
        costcalc.draw("mobilenet", depth=0)


def test_goldens_are_those_of_tests():
    found = {path.name for path in Path(GOLDEN).iterdir()}
    assert found == {f"two_heads_{n}{e}" for n in (1, 2) for e in (".svg", ".dot", ".mmd", ".txt")}
