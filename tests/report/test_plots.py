"""Pictures of a sweep: every point and nothing else, in characters and as files."""

from __future__ import annotations

import json
import os
import re
import stat
import struct
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from costcalc.errors import CostcalcError
from costcalc.library import load_spec
from costcalc.report.plots import file, terminal
from costcalc.report.plots.scatter import Scatter, points, read_axes, title

ACCURACY = np.array([50.6, np.nan, 68.4, 70.6])


def scatter(x="mult_adds", y="accuracy", **changes):
    columns = {
        "network": np.full(4, "mobilenet", dtype=object),
        "alpha": np.array([0.25, 0.5, 0.75, 1.0]),
        "body": np.full(4, "separable", dtype=object),
        "params": np.array([463_600, 1_319_648, 2_568_144, 4_209_088]),
        "mult_adds": np.array([41_030_272, 149_497_088, 325_400_448, 568_740_352]),
        "accuracy": ACCURACY,
        **changes,
    }
    return Scatter(columns, x, y, ["alpha"], {"mobilenet": "MobileNet"})


def rows(original, chosen):
    """The scatter of some of its rows."""
    columns = {name: values[chosen] for name, values in original.columns.items()}
    return original._replace(columns=columns)


def two_networks():
    one = scatter()
    columns = {name: np.concatenate([v, v]) for name, v in one.columns.items()}
    columns["network"] = np.array(["mobilenet"] * 4 + ["other"] * 4, dtype=object)
    columns["g"] = np.array([None] * 4 + [1, 2, 3, 4], dtype=object)
    return one._replace(columns=columns, networks={"mobilenet": "MobileNet", "other": "Other"})


def inside(text):
    """What stands in the frame."""
    return "".join(re.findall(r"^│(.*)│", text, re.MULTILINE))


def marks(svg):
    """What the marks of a picture say of themselves, one dictionary a point."""
    found = []
    for element in ElementTree.fromstring(svg).iter():
        if element.get("aria-roledescription") == "point":
            found.append(dict(pair.split(": ") for pair in element.get("aria-label").split("; ")))
    return found


def test_the_terminal_shows_every_point_with_axes_and_units():
    text = terminal.render(scatter(), 72, 12, colour=False)
    assert sorted(inside(text).replace(" ", "")) == ["+", "o", "x"]
    assert "alpha: o 0.25   x 0.75   + 1" in text
    assert "MobileNet: alpha 0.25, 0.5, 0.75, 1" in text
    assert "accuracy (%)" in text
    assert "Mult-Adds (M)" in text
    assert re.search(r"^ +50 +100 +200 +500$", text, re.MULTILINE)
    assert text.endswith("\n3 of 4 points have a printed accuracy\n")
    assert max(map(len, text.splitlines())) <= 72
    assert "\x1b" not in text


def test_a_point_stands_where_its_values_are():
    text = terminal.render(scatter("alpha", "params"), 72, 20, colour=False)
    lines = [line for line in text.splitlines() if line.startswith("│")]
    (top,) = (n for n, line in enumerate(lines) if "o" in line and line.index("o") > 50)
    (bottom,) = (n for n, line in enumerate(lines) if "o" in line and line.index("o") < 10)
    assert (top, bottom) == (0, 19)


def test_colour_only_where_it_is_wanted():
    plain = terminal.render(two_networks(), 72, 12, colour=False)
    assert "MobileNet · alpha: o 0.25   x 0.75   + 1\nOther · alpha: * 0.25   # 0.75   @ 1" in plain
    assert "\x1b" not in plain
    lettered = terminal.render(two_networks(), 72, 12, colour=True)
    assert "MobileNet · alpha: \x1b[34mo\x1b[0m 0.25   \x1b[34mx\x1b[0m 0.75" in lettered
    assert "Other · alpha: \x1b[35m*\x1b[0m 0.25" in lettered
    coloured = terminal.render(two_networks()._replace(varied=[]), 72, 12, colour=True)
    assert "\x1b[34m█\x1b[0m MobileNet" in coloured
    assert "6 of 8 points have a printed accuracy" in coloured


def varied(**columns):
    """Points at random, which differ in all that is named."""
    count = len(next(iter(columns.values())))
    drawn = {name: np.array(values, dtype=object) for name, values in columns.items()}
    places = {"params": np.arange(count) + 1000, "mult_adds": np.arange(count) ** 2 + 1000}
    drawn.setdefault("network", np.full(count, "a", dtype=object))
    names = {key: key.upper() for key in dict.fromkeys(drawn["network"])}
    hyperparameters = [name for name in columns if name != "network"]
    return Scatter({**drawn, **places}, "mult_adds", "params", hyperparameters, names)


def legend(text):
    """Marks of a legend, with what each of them is."""
    found = {}
    for line in text.rpartition("┘")[2].splitlines():
        under, _, rest = line.rpartition(": ")
        for mark, value in re.findall(r"(\S) (\S+)(?: |$)", rest):
            found[mark] = (under, value)
    return found


def test_every_combination_has_a_mark_and_the_legend_names_it():
    made = varied(
        network=["a", "a", "b", "b", "b", "b", "a", "a"],
        res=[96, 128, 96, 128, 96, 128, 96, 128],
        kind=["x", "x", "x", "x", "y", "y", None, None],
    )
    text = terminal.render(made, 80, 20, colour=False)
    marked = sorted(inside(text).replace(" ", ""))
    assert len(set(marked)) == 8
    assert marked == sorted(legend(text))
    assert legend(text)["o"] == ("A · res 96 · kind", "x")
    assert legend(text)["&"] == ("B · res 128 · kind", "y")
    assert ("A · res 128 · kind", "–") in legend(text).values()


def test_more_networks_than_marks_have_letters():
    made = varied(network=[f"n{number}" for number in range(40)])
    text = terminal.render(made, 80, 40, colour=True)
    plain = re.sub(r"\x1b\[\d+m", "", text)
    assert all(f" N{number}" in plain for number in range(40))
    assert len(set(inside(plain).replace(" ", ""))) == 40


def test_what_is_not_told_apart_is_said(tmp_path):
    made = varied(alpha=[number / 100 for number in range(100)], res=[96, 128] * 50)
    text = terminal.render(made, 80, 20, colour=False)
    assert set(inside(text)) == {" ", "o", "x"}
    assert "res: o 96   x 128\n" in text
    assert text.endswith("not told apart: alpha (100 values)\n")
    made = varied(
        network=["a", "b"] * 50,
        **{name: [n % count for n in range(100)] for name, count in
           (("p", 3), ("q", 4), ("r", 7), ("s", 20))},
    )  # fmt: skip
    told = file.channels(made, points(made))
    assert (told.colour.name, told.shape.name, told.size.name) == ("network", "p", "q")
    file.draw(str(tmp_path / "x.svg"), made)
    svg = (tmp_path / "x.svg").read_text()
    assert "not told apart: r (7 values), s (20 values)" in svg
    for value in ("A", "B", "network", "p", "q"):
        assert f">{value}<" in svg


@pytest.mark.parametrize("count", [2, 10, 23, 30, 31, 60])
def test_networks_differ_in_colour_or_shape(count):
    made = varied(network=[f"n{number}" for number in range(count)])
    chart = file.chart(made, points(made)).to_dict()
    marks = chart["encoding"]["shape"]["scale"]["range"]
    assert len(set(zip([n % 10 for n in range(count)], marks, strict=True))) == count


def test_the_width_of_the_terminal_counts(monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("LINES", "100")
    assert terminal.size() == (50, 20)
    monkeypatch.setenv("LINES", "5")
    monkeypatch.setenv("COLUMNS", "3")
    assert terminal.size() == (30, 6)
    for width, height in ((30, 6), (200, 20)):
        text = terminal.render(two_networks(), width, height, colour=False)
        assert max(map(len, text.splitlines())) <= max(
            width, len("6 of 8 points have a printed accuracy")
        )


@pytest.mark.parametrize("x", ["mult_adds", "alpha", "accuracy"])
@pytest.mark.parametrize("y", ["params", "accuracy"])
@pytest.mark.parametrize("colour", [False, True])
def test_few_points_and_equal_ones(x, y, colour):
    for chosen in ([3], [3, 3, 3]):
        text = terminal.render(rows(scatter(x, y), chosen), 60, 8, colour)
        assert len(inside(re.sub(r"\x1b\[\d+m", "", text)).strip()) == 1


def test_nothing_to_draw_is_said():
    assert terminal.render(rows(scatter(), [1]), 60, 8, False) == (
        "0 of 1 points have a printed accuracy\n"
    )
    assert (
        terminal.render(rows(scatter(), []), 60, 8, False) == "no configuration is left to draw\n"
    )
    empty = Scatter({}, "params", "mult_adds", ["alpha"], {"mobilenet": "MobileNet"})
    assert terminal.render(empty, 60, 8, False) == "no configuration is left to draw\n"


def test_a_network_without_the_hyperparameter_is_counted():
    found = points(two_networks()._replace(x="g", y="params"))
    assert found.notes == ["4 of 8 points have a value of g"]
    assert found.x.tolist() == [1, 2, 3, 4]


def test_axes_choose_their_unit_and_scale():
    found = points(scatter("params", "mult_adds"))
    assert (found.across.title, found.up.title) == ("params (M)", "Mult-Adds (M)")
    assert (found.across.logarithmic, found.up.logarithmic) == (False, True)
    assert found.y.tolist() == [41.030272, 149.497088, 325.400448, 568.740352]
    large = points(scatter("memory_access", memory_access=np.array([1, 2, 3, 4]) * 10**10))
    assert large.across.title == "memory access (G elements)"
    assert not points(scatter("alpha")).across.logarithmic
    assert title(scatter()) == ("MobileNet", "alpha 0.25, 0.5, 0.75, 1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mult_adds", "--plot takes two columns, x and y, as in mult_adds,accuracy: 'mult_adds'"),
        ("a,b,c", "takes two columns"),
        ("params,", "takes two columns"),
        ("parms,accuracy", "unknown column 'parms'\ndid you mean 'params'"),
        ("params,acuracy", "did you mean 'accuracy'"),
        ("body,params", "body of mobilenet is words, and an axis needs numbers"),
    ],
)
def test_wrong_axes(text, message):
    with pytest.raises(CostcalcError, match=re.escape(message)):
        read_axes(text, [load_spec("mobilenet")], ["params", "mult_adds"])


def test_axes_are_any_column():
    assert read_axes("alpha, top5_accuracy", [load_spec("mobilenet")], ["params"]) == (
        "alpha", "top5_accuracy",
    )  # fmt: skip
    with pytest.raises(CostcalcError, match="se of shufflenet is true or false"):
        read_axes("params,se", [load_spec("shufflenet")], ["params"])
    with pytest.raises(CostcalcError, match="d of ofa_mobilenet_v3 is lists, and an axis needs"):
        read_axes("d,params", [load_spec("ofa_mobilenet_v3")], ["params"])


def test_an_svg_has_axes_a_white_ground_and_every_point(tmp_path):
    path = tmp_path / "x.svg"
    assert file.draw(str(path), scatter()) == ["3 of 4 points have a printed accuracy"]
    svg = path.read_text()
    texts = [element.text for element in ElementTree.fromstring(svg).iter() if element.text]
    for text in ("Mult-Adds (M)", "accuracy (%)", "MobileNet", "alpha 0.25, 0.5, 0.75, 1", "alpha"):
        assert text in texts
    assert re.search(r'fill="white"', svg)
    drawn = marks(svg)
    assert [float(mark["accuracy (%)"]) for mark in drawn] == [50.6, 68.4, 70.6]
    assert [mark["mult_adds"] for mark in drawn] == ["41,030,272", "325,400,448", "568,740,352"]
    assert [float(mark["alpha"]) for mark in drawn] == [0.25, 0.75, 1]


def test_the_same_points_make_the_same_bytes(tmp_path):
    for name in ("a.svg", "b.svg"):
        file.draw(str(tmp_path / name), two_networks())
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    texts = (tmp_path / "a.svg").read_text()
    assert ">Other<" in texts
    assert len(marks(texts)) == 6


def test_a_png_is_one(tmp_path):
    path = tmp_path / "x.png"
    file.draw(str(path), scatter())
    head = path.read_bytes()[:24]
    width, height = struct.unpack(">II", head[16:])
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    assert width > 2 * file.WIDTH
    assert height > 2 * file.HEIGHT


@pytest.mark.exhaustive
def test_a_page_holds_all_it_needs(tmp_path):
    path = tmp_path / "x.html"
    file.draw(str(path), scatter()._replace(networks={"mobilenet": "</script><script>bad"}))
    page = path.read_text()
    assert re.findall(r"<script[^>]*>", page) == ['<script type="text/javascript">'] * 2
    assert not re.search(r"""(src|href)=["']?http""", page)
    (data,) = re.findall(r'"datasets": \{"data-\w+": (\[.*?\])\}', page)
    assert [row["mult_adds"] for row in json.loads(data)] == [41030272, 325400448, 568740352]
    assert '"tooltip"' in page


def test_one_point_and_equal_ones_are_drawn(tmp_path):
    for chosen in ([3], [3, 3, 3]):
        path = tmp_path / "x.svg"
        file.draw(str(path), rows(scatter(), chosen))
        assert len(marks(path.read_text())) == len(chosen)


def test_a_large_sweep_is_thinned_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(file, "MOST", 50)
    count = 1000
    large = Scatter(
        {"network": np.full(count, "mobilenet", dtype=object), "alpha": np.linspace(0.1, 1, count),
         "params": np.arange(count) + 1_000_000},
        "alpha", "params", ["alpha"], {"mobilenet": "MobileNet"},
    )  # fmt: skip
    path = tmp_path / "x.svg"
    notes = file.draw(str(path), large)
    assert notes == ["50 of 1,000 points drawn, chosen at random"]
    assert len(marks(path.read_text())) == 50
    assert notes[0] in path.read_text()


def test_what_fails_leaves_no_file(tmp_path, monkeypatch):
    old = tmp_path / "old.svg"
    old.write_text("old")
    with pytest.raises(CostcalcError, match=r"the ending must be one of \.svg, \.png, \.html"):
        file.check(str(tmp_path / "x.pdf"))
    with pytest.raises(CostcalcError, match="its folder does not exist"):
        file.check(str(tmp_path / "none" / "x.svg"))
    with pytest.raises(CostcalcError, match="nothing to draw: 0 of 1 points have a printed"):
        file.draw(str(old), rows(scatter(), [1]))
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(CostcalcError, match=r"folder\.svg: cannot be written"):
        file.draw(str(tmp_path / "folder.svg"), scatter())

    class Fails:
        def save(self, into, **_):
            into.write("half")
            raise KeyboardInterrupt

    monkeypatch.setattr(file, "chart", lambda *_: Fails())
    with pytest.raises(KeyboardInterrupt):
        file.draw(str(old), scatter())
    assert old.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["folder.svg", "old.svg"]


def test_a_picture_has_the_mode_of_any_new_file(tmp_path):
    (tmp_path / "usual").write_text("")
    file.draw(str(tmp_path / "x.svg"), scatter())
    usual, drawn = (stat.S_IMODE((tmp_path / n).stat().st_mode) for n in ("usual", "x.svg"))
    assert drawn == usual
