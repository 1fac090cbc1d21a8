"""`costcalc sweep --plot`: in the terminal, into a file, and what is said when it cannot be."""

from __future__ import annotations

import os

import pytest

from costcalc.cli import plot_options
from tests.cli.test_output import in_terminal
from tests.conftest import TESTS, run_command
from tests.report.test_plots import marks

SWEEP = ["sweep", "mobilenet", "--alpha", "0.25:1:0.25", "--res", "128:224:32"]
PLOT = [*SWEEP, "--plot", "mult_adds,accuracy"]


def test_a_plot_stands_in_place_of_the_table(costcalc, golden, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    ran = costcalc(*PLOT)
    assert (ran.code, ran.err) == (0, "")
    golden(TESTS / "golden" / "sweep_plot.txt", ran.out)


def test_several_networks_have_a_legend(costcalc, golden, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    ran = costcalc("sweep", "mobilenet", "mobilenet_v2", "shufflenet", "--alpha", "0.25:1:0.25",
                   "--g", "all", "--plot", "mult_adds,accuracy")  # fmt: skip
    assert ran.code == 0
    golden(TESTS / "golden" / "sweep_plot_networks.txt", ran.out)


@pytest.mark.exhaustive
def test_colour_on_a_terminal_alone():
    both = ["sweep", "mobilenet", "shufflenet", "--plot", "params,mult_adds"]
    assert "\x1b[34m" in in_terminal(*both)
    assert "\x1b[" not in in_terminal(*both, NO_COLOR="1")
    assert "\x1b[" not in in_terminal(*both, TERM="dumb")  # it shows them as text
    assert "\x1b[" not in run_command(*both).out


def test_a_picture_is_named_on_stderr(costcalc, tmp_path):
    path = tmp_path / "x.svg"
    ran = costcalc(*PLOT, "--plot-file", str(path))
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"{path}: 8 of 16 points have a printed accuracy\n"
    drawn = marks(path.read_text())
    assert sorted(float(mark["accuracy"]) for mark in drawn) == [
        50.6, 60.2, 63.7, 64.4, 67.2, 68.4, 69.1, 70.6,
    ]  # fmt: skip
    ran = costcalc(*PLOT, "--plot-file", str(path), "--format", "csv")
    metrics = "params,mult_adds,memory_access,accuracy"
    assert ran.out == costcalc(*SWEEP, "--metrics", metrics, "--format", "csv").out


def test_metrics_that_are_drawn_are_computed(costcalc, tmp_path):
    path = tmp_path / "x.svg"
    ran = costcalc(*SWEEP, "--metrics", "params", "--plot", "norm,res", "--plot-file", str(path))
    assert ran.err == f"{path}: 16 points\n"
    assert len(marks(path.read_text())) == 16


def test_too_many_points_are_refused(costcalc, monkeypatch):
    monkeypatch.setattr(plot_options, "MOST", 15)
    ran = costcalc(*PLOT)
    assert ran.code == 2
    assert ran.err.startswith("costcalc: more than 15 points to draw\nnarrow them")


def test_columns_of_a_file(costcalc, tmp_path):
    (tmp_path / "c.csv").write_text("alpha,phone,latency\n0.5,pixel,3\n1,nano,4.5\n")
    sweep = ["sweep", "mobilenet", "--configs", "c.csv", "--plot"]
    assert "latency" in costcalc(*sweep, "alpha,latency", cwd=tmp_path).out
    for more in ([], ["--plot-file", "x.svg"]):
        ran = costcalc(*sweep, "alpha,phone", *more, cwd=tmp_path)
        assert ran.err == (
            "costcalc: --plot: phone is a column of words, and an axis needs numbers\n"
        )
        assert (ran.code, ran.out) == (2, "")


def test_nothing_left_is_said(costcalc):
    ran = costcalc(*PLOT, "--where", "params > 1G")
    assert (ran.code, ran.out) == (
        0, "no configuration is left to draw\n0 of 16 configurations\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--plot-file", "x.svg"], "--plot-file needs --plot X,Y"),
        (["--plot", "params"], "--plot takes two columns"),
        (["--plot", "params,acuracy"], "did you mean 'accuracy'"),
        (["--plot", "params,body"], "an axis needs numbers"),
        (["--plot", "params,alpha", "--format", "csv"], "--format csv goes with --plot-file"),
        (["--plot", "params,alpha", "--plot-file", "x.pdf"], "one of .svg, .png, .html"),
        (["--plot", "params,top5_accuracy", "--plot-file", "x.svg"],
         "x.svg: nothing to draw: 0 of 16 points have a printed top-5 accuracy"),
    ],
)  # fmt: skip
def test_wrong_plots(arguments, message, costcalc, tmp_path):
    ran = costcalc(*SWEEP, *arguments, cwd=tmp_path)
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""
    assert os.listdir(tmp_path) == []
