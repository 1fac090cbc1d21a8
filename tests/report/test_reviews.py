"""What CI services read: the formats of one list of findings."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from xml.etree import ElementTree

import jsonschema
import pytest

from costcalc.claims.ledger import VERDICTS
from costcalc.errors import CostcalcError, Mark, Source, SpecError
from costcalc.report.document import Column
from costcalc.report.finding import (
    BROKEN,
    ERROR,
    LEVELS,
    NOTE,
    PASS,
    RULES,
    WARNING,
    Finding,
    Place,
    Report,
    broken,
    fingerprints,
    path_of,
    worst_first,
)
from costcalc.report.formats import comment, github, gitlab, junit, sarif
from costcalc.report.result import Result, Table
from tests.cli.test_hostile_text import HOSTILE, is_text
from tests.conftest import TESTS, run_command
from tests.control.repository import Repository

SARIF = json.loads((TESTS / "report" / "sarif.json").read_text())
MODULES = {"md": comment, "github": github, "gitlab": gitlab, "sarif": sarif, "junit": junit}


def finding(level=ERROR, number=0, rule="over budget", message="net: too much", **more):
    place = Place("nets/a b,c:d.yaml", 3 + number, 5, 9)
    values = {"about": f"net{number}", "message": message, "place": place, "weight": Fraction(0)}
    return Finding(rule, level, **(values | more))


def report(findings, rows=(), sections=(), notes=()):
    result = Result(["a header"], [Table([Column("name", "name")], [{"name": r} for r in rows])])
    return Report("ci", "a/costs -->.yaml", "so many findings", findings, result, sections, notes)


SEVERAL = [
    finding(PASS, 0),
    finding(NOTE, 1, "row", weight=Fraction(3)),
    finding(NOTE, 2, "row", weight=Fraction(4)),
    finding(WARNING, 3, "grown"),
    finding(ERROR, 4, weight=Fraction(1, 3)),
    finding(ERROR, 5, weight=Fraction(1, 2)),
    finding(ERROR, 6, BROKEN),
    finding(ERROR, 7, "stale lock", weight=Fraction(9)),
]


def test_the_worst_first():
    order = [f.about for f in worst_first(SEVERAL, *LEVELS)]
    assert order == ["net6", "net5", "net4", "net7", "net3", "net2", "net1", "net0"]
    for name, module in MODULES.items():
        if name in ("github", "gitlab"):
            named = re.findall(r"line\D*(\d+)", module.render(report(SEVERAL)))
            assert list(map(int, named)) == [9, 8, 7, 10, 6, 5, 4], name


def test_github_shows_ten_of_a_kind_and_counts_the_rest():
    many = [finding(level, n) for level in (ERROR, WARNING, NOTE) for n in range(12)]
    lines = github.render(report(many)).splitlines()
    for word in ("error", "warning", "notice"):
        assert sum(line.startswith(f"::{word} ") for line in lines) == 10
        assert f"2 more of level {word}: GitHub shows 10" in lines
    assert not any("more" in line for line in github.render(report(SEVERAL)).splitlines())


def test_github_escapes_a_path_and_a_message():
    (line, *_) = github.render(report([finding(message="100 %\n::error::no")])).splitlines()
    assert line == (
        "::error file=nets/a b%2Cc%3Ad.yaml,line=3,col=5,title=over budget::100 %25\\n\\x3a:error"
        "::no"
    )


def test_all_of_it_is_in_the_summary_of_the_step(tmp_path):
    claims = "".join(f"  - [{n}]\n" for n in range(30))
    (tmp_path / "net.yaml").write_text(
        "input: [8, 8, 3]\nnetwork:\n- {columns: [op, k, out], rows: [[conv, 3x3, 8]]}\n"
        f"claims:\n- table: T\n  columns: [params]\n  rows:\n{claims}"
    )
    summary = tmp_path / "summary.md"
    summary.write_text("of another step\n")
    given = ("check", "net.yaml", "--format", "github")
    ran = run_command(*given, cwd=tmp_path, GITHUB_STEP_SUMMARY=str(summary))
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.count("::error ") == 10
    text = summary.read_text()
    assert text.startswith("of another step\n<!-- costcalc check -->\n")
    assert text.count("- **error**: ") == 30
    ran = run_command(*given, cwd=tmp_path, GITHUB_STEP_SUMMARY=str(tmp_path))
    assert (ran.code, ran.out.count("::error ")) == (2, 10)
    assert ran.err == f"costcalc: {tmp_path}: cannot be written: Is a directory\n"


@pytest.mark.exhaustive
def test_a_comment_stays_under_its_limit():
    many = [finding(level, n, message="x" * 300) for level in (ERROR, WARNING) for n in range(900)]
    rows = [f"row {n} {'y' * 90}" for n in range(20_000)]
    for limit in (comment.SUMMARY, comment.COMMENT, 2_000, 300):
        text = comment.render(report(many, rows), limit)
        assert limit / 20 < len(text.encode()) <= limit
        assert text.startswith("<!-- costcalc ci a/costs%20--%3E.yaml -->\n**costcalc ci")
        assert text.count("<details>") == text.count("</details>")
    whole = comment.render(report(many[:2], rows[:5]))
    assert "more" not in whole
    assert all(row in whole for row in rows[:5])
    endless = comment.render(report([finding(message="x" * 100_000)], ["y" * 100_000, "z"]))
    assert "| z |" in endless
    assert endless.count("x…") == endless.count("y…") == 1
    section = [("the lock", report([], rows[:2]).result)]
    folded = comment.render(report([], sections=section))
    assert "<details><summary>the lock</summary>\n\n**a header**\n\n| name |" in folded


def test_a_comment_calls_nobody():
    said = comment.render(
        report(
            [finding(message="@octocat broke #12, GH-3; <img src=x> [a](b)")],
            ["@team"],
            notes=["# not a heading", "1. no list", "- none"],
        )
    )
    assert not re.search(r"@\w|#\d|GH-\d|[^\\]<img|[^\\]\]\(", said)
    assert re.search(r"^\\# not a heading  \n1\\\. no list  \n\\- none$", said, re.MULTILINE)


def test_sarif_is_valid_and_its_paths_are_of_the_repository():
    log = json.loads(sarif.render(report(SEVERAL)))
    checker = jsonschema.Draft202012Validator(SARIF)
    assert [e.message for e in checker.iter_errors(log)] == []
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["not-checked", "over-budget", "grown", "stale-lock", "row"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert places[0]["artifactLocation"] == {
        "uri": "nets/a%20b%2Cc%3Ad.yaml",
        "uriBaseId": "%SRCROOT%",
    }
    assert places[0]["region"] == {"startLine": 9, "startColumn": 5, "endColumn": 9}
    outside = sarif.render(report([finding(place=Place("../x.yaml", 1, 1, 2))]))
    assert '"uri": "file:///' in outside
    assert "uriBaseId" not in outside
    log["runs"][0]["results"][0]["level"] = "worse"
    assert not checker.is_valid(log)


def test_sarif_of_nothing():
    log = json.loads(sarif.render(report([finding(PASS)])))
    assert log["runs"][0]["results"] == log["runs"][0]["tool"]["driver"]["rules"] == []
    jsonschema.validate(log, SARIF)


def test_a_code_quality_report_has_what_gitlab_demands():
    issues = json.loads(gitlab.render(report(SEVERAL)))
    assert len(issues) == len(SEVERAL) - 1
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith(("/", "./"))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    assert [i["severity"] for i in issues] == ["critical", *["major"] * 3, "minor", "info", "info"]


def test_junit_has_a_case_for_all_that_was_looked_at():
    root = ElementTree.fromstring(junit.render(report(SEVERAL)))
    (suite,) = root
    cases = suite.findall("testcase")
    assert len(cases) == len(SEVERAL) == int(suite.get("tests"))
    assert len(suite.findall(".//failure")) == 3 == int(suite.get("failures"))
    assert len(suite.findall(".//error")) == 1 == int(root.get("errors"))
    assert [len(case) for case in cases] == [0, *[1] * 7]
    assert cases[4].find("failure").text == "nets/a b,c:d.yaml:7:5: net: too much"
    assert (cases[4].get("file"), cases[4].get("line")) == ("nets/a b,c:d.yaml", "7")


def test_fingerprints_know_a_finding_again():
    before = dict(fingerprints(SEVERAL))
    elsewhere = [f._replace(message="42", weight=Fraction(1)) for f in SEVERAL]
    elsewhere = [f._replace(place=f.place._replace(line=99)) for f in elsewhere]
    assert [known for _, known in fingerprints(elsewhere)] == list(before.values())
    twice = [known for _, known in fingerprints([SEVERAL[1], SEVERAL[1]])]
    assert twice[0] == before[SEVERAL[1]] != twice[1]


@pytest.mark.parametrize("format_", MODULES)
def test_whatever_text_there_is_commands_nobody(format_):
    hostile = HOSTILE + " ]]> & < > \" ' \ufffe\uffff\x0b"
    found = [
        finding(level, 0, about=hostile, message=hostile, place=Place(hostile, 1, 1, 2))
        for level in LEVELS
    ]
    sections = [(hostile, report([], [hostile]).result)]
    text = MODULES[format_].render(report(found, sections=sections, notes=[hostile]))
    if format_ == "github":
        text = re.sub(r"^::(error|warning|notice) file=.*?,line=", "", text, flags=re.MULTILINE)
    assert is_text(text)
    if format_ == "junit":
        ElementTree.fromstring(text)
    if format_ in ("sarif", "gitlab"):
        json.loads(text)
    if format_ == "md":
        assert text.count("\n<details>") == 1 == len(re.findall("(?<!\\\\)<summary>", text))


def test_errors_are_findings_with_their_place(tmp_path, monkeypatch):
    Repository(tmp_path)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep")
    source = Source("er/net.yaml", "text")
    found = broken(SpecError("it is wrong", Mark(source, 4, 2, 3)), "net", source)
    assert found == Finding(BROKEN, ERROR, "net", "it is wrong", Place("deep/er/net.yaml", 5, 3, 6))
    found = broken(CostcalcError("gone\nhint"), "net", source)
    assert found[3:5] == ("gone", Place("deep/er/net.yaml", 1, 1, 2))
    assert path_of(Source(str(tmp_path.parent / "x.yaml"), "")) == "../../x.yaml"
    assert path_of(Source(str(tmp_path / "y.yaml"), "")) == "y.yaml"


def test_every_verdict_is_a_rule():
    assert set(VERDICTS) < set(RULES)
    assert list(RULES).index("stale") < list(RULES).index("row") < list(RULES).index("erratum")
    assert all(RULES.values())
