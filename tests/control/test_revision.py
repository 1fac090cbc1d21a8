"""A file beside itself at a git revision: what was there is read, and nothing else happens."""

from __future__ import annotations

import itertools
import json
import os
import sys

import pytest

from costcalc.language import limits
from tests.conftest import run_command
from tests.control.repository import Repository
from tests.importers.making import model, saved

NET = """
hyperparameters: {{width: {width}}}
input: [16, 16, 3]
network:
- columns: [name, op, k, out]
  rows:
  - [stem, conv, 3x3, 8 * width]
  - [head, conv, 1x1, {out}]
"""


def net(width=1, out=10):
    return NET.format(width=width, out=out)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    made = Repository(tmp_path_factory.mktemp("original"))
    made.write("nets/ours.yaml", net())
    made.commit()
    return made


@pytest.fixture
def repository(original, tmp_path):
    return original.copy(tmp_path / "repository")


def test_a_file_beside_itself(repository, costcalc):
    repository.write("nets/ours.yaml", net(out=20))
    given = ("--base", "main", "nets/ours.yaml", "--format", "json")
    got = json.loads(costcalc("diff", *given, cwd=repository.folder).out)
    assert [(layer["b"]["name"], layer["why"]) for layer in got["layers"]] == [
        ("head", "wider: 10 to 20 channels")
    ]
    assert got["notes"] == ["nets/ours.yaml: changes that are not committed"]
    assert repository.git("status", "--porcelain") == " M nets/ours.yaml\n"


def test_from_any_folder_and_any_way_to_name_a_revision(repository, costcalc):
    first = repository.head()
    repository.git("tag", "v1")
    repository.write("nets/ours.yaml", net(out=20))
    repository.commit()
    places = [("nets", "ours.yaml"), (".", "nets/ours.yaml"), ("..", None)]
    revisions = [first, first[:8], "v1", "HEAD~1", "main^", "HEAD@{1}"]
    for (folder, path), revision in zip(itertools.cycle(places), revisions, strict=False):
        ran = costcalc(
            "diff", path or str(repository.folder / "nets/ours.yaml"), "--base", revision,
            cwd=repository.folder / folder,
        )  # fmt: skip
        assert ran.code == 0, ran
        assert "10 to 20 channels" in ran.out
        assert "committed" not in ran.out


def test_the_same(repository, costcalc):
    ran = costcalc("diff", "--base", "HEAD", "nets/ours.yaml", cwd=repository.folder)
    assert ran.out.startswith("HEAD:nets/ours.yaml and nets/ours.yaml are the same\n")


def test_settings_are_those_of_both_where_both_have_them(repository, costcalc):
    repository.write("nets/ours.yaml", net().replace("{width: 1}", "{width: 1, new: 2}"))
    for given in (["nets/ours.yaml:width=2,new=3"], ["nets/ours.yaml", "--width=2", "--new=3"]):
        ran = costcalc("diff", *given, "--base", "main", "--format=json", cwd=repository.folder)
        got = json.loads(ran.out)
        assert got["a"]["hyperparameters"] == {"width": 2}
        assert got["b"]["hyperparameters"] == {"width": 2, "new": 3}


def test_blocks_are_those_of_the_revision(tmp_path, costcalc):
    made = Repository(tmp_path)
    block = (
        "input: [8, 8, 3]\nblocks: {{b: {{columns: [op, k, out], rows: [[conv, 1x1, {}]]}}}}\n"
        "network: [{{columns: [op], rows: [[b]]}}]\n"
    )
    uses = "use: {PATH: [b]}\ninput: [8, 8, 3]\nnetwork: [{columns: [op], rows: [[b]]}]\n"
    for folder in (".", "nets"):
        made.write(f"{folder}/blocks.yaml", block.format(4))
        made.write(f"{folder}/ours.yaml", uses.replace("PATH", "blocks.yaml"))
    made.commit()
    for folder in (".", "nets"):
        made.write(f"{folder}/blocks.yaml", block.format(8))
        ran = costcalc("diff", "--base", "main", f"{folder}/ours.yaml", cwd=tmp_path)
        assert ran.code == 0, ran
        assert "4 to 8 channels" in ran.out


def test_a_new_file_compares_with_nothing(repository, costcalc):
    repository.write("nets/new.yaml", net())
    ran = costcalc("diff", "--base", "main", "nets/new.yaml", cwd=repository.folder)
    assert ran.code == 0
    assert ran.out.startswith("nothing → new\n")
    assert "nets/new.yaml is not in main: it compares with nothing\n" in ran.out
    assert "2 added, 0 unchanged" in ran.out


def test_a_renamed_file_is_known(repository, costcalc):
    repository.git("mv", "nets/ours.yaml", "nets/mine.yaml")
    ran = costcalc("diff", "--base", "main", "nets/mine.yaml", cwd=repository.folder)
    assert "nets/mine.yaml was nets/ours.yaml in main\n" in ran.out
    assert "ours and mine are the same" in ran.out


STRANGE = ["with space", "quote'\"", "new\nline", "-dash", "--output=x", ":(glob)*", "$(touch x)",
           "ümläut", "*", "back\\slash"]  # fmt: skip


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", STRANGE)
def test_any_name_of_a_file_is_a_name(name, repository, costcalc):
    repository.write(f"nets/{name}.yaml", net())
    repository.commit()
    repository.write(f"nets/{name}.yaml", net(out=20))
    ran = costcalc("diff", "--base", "main", f"nets/{name}.yaml", cwd=repository.folder)
    assert ran.code == 0, ran
    assert "10 to 20 channels" in ran.out


@pytest.mark.parametrize(
    "revision",
    ["--output=x", "-h", "main;touch x", "$(touch x)", "`touch x`", "| touch x", "main\ntouch x",
     "main:nets/ours.yaml", "main..main", "", " ", "*", "HEAD^{tree}", "\udcff", "@{-1}", "a b"],
)  # fmt: skip
def test_a_revision_is_nothing_but_a_revision(revision, repository, costcalc):
    before = sorted(repository.folder.rglob("*"))
    ran = costcalc("diff", f"--base={revision}", "nets/ours.yaml", cwd=repository.folder)
    assert ran.code == 2
    assert "unknown revision" in ran.err
    assert ran.out == ""
    assert sorted(repository.folder.rglob("*")) == before


def test_a_misspelt_revision_has_a_neighbour(repository, costcalc):
    ran = costcalc("diff", "--base", "mian", "nets/ours.yaml", cwd=repository.folder)
    assert ran.err == "costcalc: unknown revision 'mian'\ndid you mean 'main'?\n"


def error(ran):
    assert ran.code == 2, ran
    assert ran.out == ""
    assert "Traceback" not in ran.err
    return ran.err


def test_no_commits(tmp_path, costcalc):
    Repository(tmp_path).write("ours.yaml", net())
    said = error(costcalc("diff", "--base", "HEAD", "ours.yaml", cwd=tmp_path))
    assert "the repository has no commits yet" in said


def test_no_repository(tmp_path, costcalc):
    (tmp_path / "ours.yaml").write_text(net())
    said = error(costcalc("diff", "--base", "HEAD", "ours.yaml", cwd=tmp_path))
    assert "not a git repository" in said


def test_no_git(repository):
    given = ("diff", "--base", "HEAD", "nets/ours.yaml")
    said = error(run_command(*given, cwd=repository.folder, PATH=str(repository.folder)))
    assert said == "costcalc: git is not installed, or not on the PATH: it reads revisions\n"


def test_a_built_in_network_has_no_revisions(costcalc):
    assert "'mobilenet' is built in" in error(costcalc("diff", "--base", "HEAD", "mobilenet"))


def test_a_shallow_clone_says_so(repository, tmp_path, costcalc):
    first = repository.head()
    repository.write("nets/ours.yaml", net(out=20))
    repository.commit()
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.folder}",
                   str(tmp_path / "shallow"))  # fmt: skip
    given = ("diff", "--base", first, "nets/ours.yaml")
    said = error(costcalc(*given, cwd=tmp_path / "shallow"))
    assert "the clone is shallow" in said


def test_a_submodule(repository, tmp_path, costcalc):
    outer = Repository(tmp_path / "outer")
    outer.write("mine.yaml", net())
    outer.commit()
    outer.git("branch", "outermost")
    outer.git("submodule", "--quiet", "add", str(repository.folder), "sub")
    outer.commit()
    inside = "sub/nets/ours.yaml"
    assert costcalc("diff", "--base", "HEAD", inside, cwd=outer.folder).code == 0
    said = error(costcalc("diff", "--base", "outermost", inside, cwd=outer.folder))
    assert "sub is a submodule: its revisions are its own" in said
    outer.git("rm", "--quiet", "sub")
    outer.write(inside, net())
    said = error(costcalc("diff", "--base", "HEAD", inside, cwd=outer.folder))
    assert "sub: is a submodule in HEAD" in said


def test_what_is_no_file_there(repository, costcalc):
    (repository.folder / "link.yaml").symlink_to("nets/ours.yaml")
    (repository.folder / "linked").symlink_to("nets")
    repository.write("folder.yaml/inside", "x")
    repository.commit()
    for path, said in (
        ("link.yaml", "link.yaml: is a symbolic link in HEAD"),
        ("folder.yaml", "folder.yaml: is a directory in HEAD"),
    ):
        file = repository.folder / path
        if file.is_dir():
            repository.git("rm", "-r", "--quiet", path)
            repository.write(path, net())
        ran = costcalc("diff", "--base", "HEAD", path, cwd=repository.folder)
        assert said in error(ran)
    assert costcalc("diff", "--base", "HEAD", "linked/ours.yaml", cwd=repository.folder).code == 0


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"input: [1, 1, 1]\nnetwork: 3\n", "HEAD:nets/bad.yaml:2:10: "),
        (b"\xff", "HEAD:nets/bad.yaml:1:1: not UTF-8"),
        (b"#" * (limits.FILE_BYTES + 1), "HEAD:nets/bad.yaml: larger than"),
        (b"use: {gone.yaml: [b]}\ninput: [1, 1, 1]\nnetwork: []\n", "gone.yaml: is not in HEAD"),
        (b"use: {../x.yaml: [b]}\ninput: [1, 1, 1]\nnetwork: []\n", "leads out of the folder"),
    ],
    ids=["network", "encoding", "size", "use", "outside"],
)
def test_what_is_no_spec_there(content, expected, repository, costcalc):
    (repository.folder / "nets/bad.yaml").write_bytes(content)
    repository.commit()
    repository.write("nets/bad.yaml", net())
    given = ("diff", "--base", "HEAD", "nets/bad.yaml")
    assert expected in error(costcalc(*given, cwd=repository.folder))


def test_in_a_hook_and_in_a_second_working_tree(repository, tmp_path):
    repository.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "second"))
    for folder in (repository.folder, tmp_path / "second"):
        ran = run_command(
            "diff", "--base", "main", "ours.yaml", cwd=folder / "nets", GIT_DIR=".git",
            GIT_INDEX_FILE=".git/index", GIT_PREFIX="nets/",
        )  # fmt: skip
        assert ran.code == 0, ran


def test_git_runs_nothing_of_the_repository(repository, costcalc):
    """A repository may bring a configuration; none of its programs are run by looking at it."""
    trap = repository.write(
        "trap", f"#!{sys.executable}\nopen({str(repository.folder / 'x')!r}, 'w')"
    )
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "core.pager", "core.sshCommand"):
        repository.git("config", key, str(trap))
    repository.write(".gitattributes", "*.yaml diff=trap filter=trap\n")
    for key in ("diff.trap.textconv", "diff.trap.command", "filter.trap.clean"):
        repository.git("config", key, str(trap))
    repository.write("nets/new.yaml", net())
    for path in ("nets/ours.yaml", "nets/new.yaml"):
        assert costcalc("diff", "--base", "main", path, cwd=repository.folder).code == 0
    assert not os.path.exists(repository.folder / "x")


def convolutions(folder, *widths):
    """A model file of 1x1 convolutions."""
    names = ["x", *(f"t{n}" for n in range(1, len(widths))), "y"]
    nodes = enumerate(itertools.pairwise(names))
    body = "".join(f"{b} = Conv({a}, w{n})\n" for n, (a, b) in nodes)
    shapes = zip(widths, (3, *widths), strict=False)
    saved(model(body, {f"w{n}": (b, a, 1, 1) for n, (b, a) in enumerate(shapes)}), folder)


def test_a_model_file_beside_itself(repository, costcalc):
    """Another way to write a network: read out of the repository as it is off the disk."""
    convolutions(repository.folder, 8, 10)
    repository.write("costcalc.yaml", "networks: {net: net.onnx}\n"
                     "budgets: [{network: net, grow: {params: 1%}}]\n")  # fmt: skip
    assert costcalc("lock", cwd=repository.folder).code == 0
    repository.commit()
    assert costcalc("lock", "--check", cwd=repository.folder).code == 0
    convolutions(repository.folder, 8, 20)
    given = ("--base", "main", "--format", "json")
    got = json.loads(costcalc("diff", *given, "net.onnx", cwd=repository.folder).out)
    assert [layer["why"] for layer in got["layers"]] == ["wider: 10 to 20 channels"]
    assert got["notes"] == ["net.onnx: changes that are not committed"]
    assert got["totals"]["params"] == {"a": 24 + 80, "b": 24 + 160, "change": 80}
    ran = costcalc("ci", *given, cwd=repository.folder)
    found = json.loads(ran.out)["findings"]
    assert (ran.code, ran.err) == (1, "")
    assert [f["rule"] for f in found] == ["grown", "stale lock", "network", "row"]
    assert {(f["path"], f["line"]) for f in found[:1] + found[3:]} == {("net.onnx", 1)}


def test_a_model_file_of_any_size(repository, costcalc):
    convolutions(repository.folder, 8, 10)
    data = (repository.folder / "net.onnx").read_bytes()
    weights = b"\0" * (limits.FILE_BYTES + 1)  # of a field that no reader knows
    length = bytes([len(weights) & 127 | 128, len(weights) >> 7 & 127 | 128, len(weights) >> 14])
    (repository.folder / "net.onnx").write_bytes(data + b"\xfa\x7f" + length + weights)
    pointer = repository.write("pointer.onnx", "version https://git-lfs.github.com/spec/v1\n")
    repository.commit()
    given = ("diff", "--base", "HEAD")
    assert costcalc(*given, "net.onnx", cwd=repository.folder).code == 0
    pointer.write_bytes(data)
    said = error(costcalc(*given, "pointer.onnx", cwd=repository.folder))
    assert said.startswith("costcalc: HEAD:./pointer.onnx: no model file but a pointer of Git LFS")
