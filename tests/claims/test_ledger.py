"""The ledger: every claim a line with an honest verdict, and the check fails when it should."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from fractions import Fraction

import pytest

from costcalc.claims.checker import ClaimChecker
from costcalc.claims.printed import read_number, read_tool_number, same_shape
from costcalc.library import load_spec
from costcalc.network import load
from costcalc.numbers.dimensions import Shape
from tests.conftest import TESTS
from tests.covering import at_once, whole_check, whole_ledger


def test_every_claim_has_an_honest_verdict():
    assert not [line for line in whole_ledger() if line.failed]
    for line in whole_ledger():
        assert line.verdict == "reproduced" or line.note, "a discrepancy needs its reason"


def test_claims_about_one_configuration_are_held_against_one_network():
    """However its settings are written: left open, at their default, or as the text 1.0."""
    assert set(whole_check().builds.values()) == {1}


WRITTEN_AS = {  # quantities that the table of facts and the specs name differently
    "size_bytes": {"size", "pruned_size"}, "memory_bytes": {"size"},
    "channels": {"in", "out"}, "flops_ratio": {"ratio"}, "shape": {"in", "out", "size", "input"},
    "stride": {"s"}, "flops": {"mult_adds"}, "density": {"keep(e3x3)"},
    "ratio": {"ratio", "share", "share_ratio"},
    "share_mult_adds": {"share_mult_adds", "share"}, "share_params": {"share_params", "share"},
    "params": {"params", "pruned"},
}  # fmt: skip


def facts():
    """Published numbers collected independently of the specs."""
    with (TESTS / "facts" / "claims.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.exhaustive
def test_every_known_fact_has_a_line():
    metrics = defaultdict(set)
    for line in whole_ledger():
        metrics[_bare(line.printed)].add(line.metric)
    for fact in facts():
        wanted = WRITTEN_AS.get(fact["metric"], {fact["metric"]})
        assert wanted & metrics[_bare(fact["printed"])], fact


def _bare(text):
    return text.strip().strip('"').lower()


@at_once(
    ("text", "unit", "rounding", "digits", "inside", "outside"),
    [
        ("4.2", "M", "nearest", None, [4_150_000, 4_209_088, 4_250_000], [4_149_999, 4_250_001]),
        ("4.2", "M", "truncate", None, [4_200_000, 4_299_999], [4_199_999, 4_300_000]),
        ("569", "M", "nearest", None, [568_740_352], [568_499_999, 569_500_001]),
        ("143M", "", "nearest", None, [142_502_976], [143_500_001]),
        ("1,248,424", "", "nearest", None, [1_248_424], [1_248_423, 1_248_425]),
        ("421098", "", "truncate", None, [421_098], [421_099]),
        ("94.86", "%", "nearest", None, [Fraction("94.855")], [Fraction("94.87")]),
        ("95%", "%", "nearest", None, [Fraction("94.86")], [Fraction("95.51")]),
        ("4.8MB", "MiB", "nearest", None, [4_993_696], [4_800_000]),
        ("240MB", "MB", "nearest", 2, [243_860_896], [245_000_001]),
        ("15300", "M", "nearest", 3, [15_346_630_656], [15_350_000_001]),
        ("27 times less compute", "x", "nearest", None, [Fraction("27.2")], [Fraction("27.51")]),
        ("8 to 9 times", "x", "nearest", None, [8, Fraction("8.56"), 9], [Fraction("9.01")]),
        ("5.74 billion", "", "nearest", None, [5_737_000_000], [5_711_168_096]),
        ("3 million", "", "nearest", None, [3_185_088], [3_500_001]),
        ("1.8e9", "", "nearest", None, [1_750_000_000, 1_850_000_000], [1_749_999_999, 2]),
        ("1.8e9 FLOPs", "G", "nearest", None, [1_814_083_944], [1_850_000_001]),
        ("less than 1e6", "", "nearest", None, [999_999], [1_000_000]),
        ("159K", "Ki", "nearest", None, [163_328], [159_000]),
        (".5", "M", "nearest", None, [463_200], [449_999]),
        ("2.3G", "", "nearest", None, [2_330_000_000], [2_400_000_000]),
        ("more than 40M", "", "nearest", None, [40_000_001, 10**12], [40_000_000]),
        ("at least 40M", "", "nearest", None, [40_000_000, 10**12], [39_999_999]),
        ("less than 5", "M", "nearest", None, [0, 1, 4_999_999], [5_000_000]),
        ("Fewer than 5M", "", "nearest", None, [4_999_999], [5_000_000]),
        ("at most 1,024", "", "nearest", None, [1024], [1025]),
        ("up to 9x", "x", "nearest", None, [9], [Fraction("9.01")]),
        ("~4.1 billion", "", "nearest", None, [4_305_000_000, 3_895_000_000], [4_305_000_001]),
        ("about 0.22 billion", "", "nearest", None, [209_000_000, 231_000_000], [208_999_999]),
        ("about 6 million", "", "nearest", None, [5_000_000, 7_000_000], [4_999_999, 7_000_001]),
        ("nearly 40M", "", "nearest", None, [38_000_000, 40_000_000], [37_999_999, 40_000_001]),
        (">4", "M", "nearest", None, [4_000_001], [4_000_000]),
    ],
)  # fmt: skip
def test_what_a_printed_number_can_stand_for(text, unit, rounding, digits, inside, outside):
    printed = read_number(text, unit, rounding, digits)
    assert printed is not None
    assert all(value in printed for value in inside)
    assert not any(value in printed for value in outside)


def test_text_without_a_number_has_no_range():
    assert read_number("many", "", "nearest") is None


@at_once(
    ("text", "inside", "outside"),
    [
        ("320.30 MMac", [320_295_000, 320_305_000], [320_294_999, 320_305_001]),
        ("0.32 GMac", [315_000_000, 325_000_000], [314_999_999, 325_000_001]),
        ("0.32GMACs", [320_000_000], [32]),
        ("600 MFLOPs", [599_500_000, 600_500_000], [600, 600_500_001]),
        ("300.8 M Mult-Adds", [300_799_999], [300_700_000]),
        ("300.8M mult_adds", [300_799_999], [300_700_000]),
        ("3.5 M params", [3_504_872], [3_550_001]),
        ("3504872 params", [3_504_872], [3_504_873]),
        ("4.1 BFLOPS", [4_089_000_000], [4_200_000_000]),
        ("1.1 GOPs", [1_137_000_000], [1_151_000_000]),
        ("13.37 MB", [13_370_000], [13_376_000]),
        ("1e9", [10**9], [1, 10**10]),
        ("3.2e+08", [320_000_000, 315_000_000], [314_999_999]),
        ("327.5M", [327_486_720], [327_400_000]),
        ("more than 40M", [40_000_001], [40_000_000]),
    ],
)
def test_what_tools_print(text, inside, outside):
    printed = read_tool_number(text)
    assert printed is not None
    assert all(value in printed for value in inside)
    assert not any(value in printed for value in outside)


@pytest.mark.parametrize("text", ["many", "3 apples", "320 mm", "1e", "1e3 M", "1e999", "-3", ""])
def test_what_no_tool_prints(text):
    assert read_tool_number(text) is None


def test_shapes():
    shape = Shape(13, 12, 512)
    assert same_shape("13x12x512", shape)
    assert same_shape("13 × 12 × 512", shape)
    assert same_shape("13x12", shape)
    assert same_shape("512", shape)
    assert not same_shape("13x13x512", shape)
    assert not same_shape("12x13", shape)


NET = """
hyperparameters: {{width: 8}}
input: [8, 8, 3]
counts: {{params: [weights]}}
network:
- table: Table 1
  columns: [op, k, out, check(params)]
  rows: [[conv, 3x3, width, {cell}]]
claims:
- table: Table 2
  columns: [width, params, mult_adds(K), error(%)]
  rows:
  - [8, {claim}, 13.8, 30.5]
"""


@pytest.fixture
def written(tmp_path):
    def write(cell="216", claim="216"):
        path = tmp_path / "net.yaml"
        path.write_text(NET.format(cell=cell, claim=claim))
        return str(path)

    return write


@at_once(
    ("claim", "verdict"),
    [
        ("216", "reproduced"),
        ("217", "mismatch"),
        ("{printed: 217, erratum: misprint}", "erratum"),
        ("{printed: 216, erratum: misprint}", "stale"),
        ("{printed: 216, source: authors, erratum: misprint}", "stale"),
        ("{printed: 216, unverified: a picture}", "unverified"),
        ("{printed: 217, unverified: a picture}", "unverified"),
        ("{printed: 217, source: {secondary: a blog}}", "mismatch"),
        ("{printed: 224, counts: {params: [weights, buffers]}}", "mismatch"),
        ("{printed: 216, ambiguous: without biases}", "ambiguous"),
        ("{printed: 217, ambiguous: without biases}", "mismatch"),
        ('{printed: 217, "not reproducible": unknown}', "not reproducible"),
        ('{printed: 216, "not reproducible": unknown}', "stale"),
        ("{printed: 224, counts: {params: [weights, biases]}}", "mismatch"),
        ('{printed: 9, network: none, "not reproducible": unknown}', "not reproducible"),
    ],
)
def test_verdicts(written, claim, verdict, costcalc):
    path = written(claim=claim)
    lines = ClaimChecker().ledger([load_spec(path)])
    assert [line.verdict for line in lines] == ["reproduced", verdict, "reproduced"]
    failing = verdict in ("mismatch", "stale")
    ran = costcalc("check", path)
    assert ran.code == int(failing)
    assert ("net.yaml:13:" in ran.out) == failing  # the claim's own place
    assert ran.err == ""


@pytest.mark.parametrize(
    ("cell", "verdict", "code"),
    [
        ("216", "reproduced", 0),
        ("217", "mismatch", 2),
        ("{printed: 217, erratum: misprint}", "erratum", 0),
        ("{printed: 216, erratum: misprint}", "stale", 2),
    ],
)
def test_checked_cells(written, cell, verdict, code, costcalc):
    path = written(cell=cell)
    lines = ClaimChecker().ledger([load_spec(path)])
    assert lines[0].verdict == verdict
    assert costcalc(path).code == code
    assert costcalc(path, "--width", "9").code == 0  # the cells are those of the defaults
    assert costcalc("check", path).code == int(code != 0)


def test_a_misprinted_defining_cell_is_a_line():
    line = next(
        line for line in whole_ledger() if line.spec.key == "mobilenet" and line.metric == "s"
    )
    assert (line.printed, line.computed, line.verdict) == ("s2", "s1", "erratum")


def test_the_errata_are_proved():
    """MobileNet's 1.19 %: the other rows, exactly, leave 1.91 %."""
    errata = {
        (line.spec.key, line.printed): line for line in whole_ledger() if line.verdict == "erratum"
    }
    line = errata["mobilenet", "1.19%"]
    assert line.computed == Fraction(3 * 3 * 3 * 32 * 112 * 112 * 100, 568_740_352)
    assert "99.29" in line.note
    assert sum(map(Fraction, ["94.86", "3.06", "1.19", "0.18"])) == Fraction("99.29")
    assert ("squeezenet", "13x12x512") in errata
    assert ("squeezenet", "33%") in errata


def test_a_claim_about_a_file_is_seen_from_its_spec(written, tmp_path, costcalc):
    other = tmp_path / "other.yaml"
    other.write_text("input: [8, 8, 3]\nnetwork: [{columns: [op, out], rows: [[fc, 2]]}]\n")
    path = written(claim="{printed: 386, network: ./other.yaml}")
    assert costcalc("check", path).out.count("mismatch") == 0


OPENED = re.compile(r"arXiv:\d{4}\.\d{4,5}|[a-z]\.(com|org|io)\b|\b(19|20)\d\d\b")


def test_every_source_can_be_opened():
    """By its number on arXiv, an address, or title and year; and none is anybody's memory."""
    for line in whole_ledger():
        assert OPENED.search(line.source), (line.spec.key, line.source)
        assert "(arXiv:" not in line.claim.where, "another document is the claim's source"
        assert "memory" not in f"{line.where} {line.note}".replace("memory access", "")


def test_only_the_source_itself_makes_an_erratum():
    assert {line.claim.source.kind for line in whole_ledger() if line.verdict == "erratum"} <= {
        "paper",
        "authors",
    }


def test_a_source_is_named_where_it_is_not_the_paper(written):
    path = written(claim="{printed: 216, source: {secondary: a blog}}")
    first, line, _ = ClaimChecker().ledger([load_spec(path)])
    assert (line.source, line.claim.source.kind) == ("a blog", "secondary")
    assert line.where.startswith("a blog, ")
    assert first.claim.source.kind == "paper"


def test_one_convention_holds_for_a_whole_column():
    """SENet's Table 10, with running statistics: for ratio 8 with every bias 30,657,032."""
    counted = ("weights", "biases", "norm", "buffers")
    network = load("senet", ratio=8)
    assert sum(sum(getattr(layer.facts, fact) for fact in counted) for layer in network.layers) == (
        30_657_032
    )
    column = [
        line
        for line in whole_ledger()
        if line.spec.key == "senet" and line.where.startswith("Table 10")
    ]
    assert len(column) == 6
    assert {line.claim.counts for line in column} == {counted}
