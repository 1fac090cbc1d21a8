"""Specs as they are at a revision of a git repository, without checking it out.

Git is called as a program with fixed arguments. What a user names, a revision and a path, reaches
it where it cannot be an option, a pattern or another command: a revision is turned into the hash
of a commit first, a path stands behind `--`, and everything is read by hash.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator

from costcalc.errors import CostcalcError, Source, suggest
from costcalc.language.find import names
from costcalc.language.reader import as_source, opened, read_source
from costcalc.language.spec import Spec
from costcalc.library import load_spec, most_bytes, spec_of
from costcalc.records import NamedTuple

_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}
"""Git asks nothing, changes nothing, takes a path as it is and speaks English."""
_OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""What git tells a hook about the repository it runs in; here a file says which one is meant."""
_QUIET = ("-c", "core.fsmonitor=false")
"""A repository's configuration may name a program to ask about changed files; it is not run."""
_HASH = re.compile(r"[0-9a-f]{40,64}")
_NAMED = 3
"""How many files a line names."""
_LINK, _SUBMODULE = "120000", "160000"
"""What git calls the modes of a symbolic link and of a submodule."""


class Revision(NamedTuple):
    """A commit of a repository: the folder it is checked out to, how it was named, its hash."""

    root: str
    name: str
    commit: str

    def path_of(self, path: str) -> str:
        """A file's path inside the repository. Raises `CostcalcError` for one outside."""
        folder, base = os.path.split(os.path.abspath(path))
        inside = os.path.relpath(os.path.join(os.path.realpath(folder), base), self.root)
        inside = inside.replace(os.sep, "/")
        if inside.startswith("../"):
            raise CostcalcError(f"is not in the repository {self.root}", path)
        return inside

    def inside(self, reference: str) -> str:
        """The path inside of the repository where a reference is one; else as it is."""
        try:
            return reference if reference in names() else self.path_of(reference)
        except CostcalcError:
            return reference

    def read(self, path: str) -> bytes | None:
        """What a file, by its path inside of the repository, holds there; None: there is none.

        Raises `CostcalcError` where the path leads to something else.
        """
        parts = path.split("/")
        leading = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        listed = _git(self.root, "ls-tree", "-z", "-t", "--full-tree", self.commit, "--", *leading)
        for entry in filter(None, listed.split(b"\0")):
            about, _, name = entry.partition(b"\t")
            mode, kind, hash_ = about.decode().split()
            found = os.fsdecode(name)
            if mode == _SUBMODULE:
                raise CostcalcError(f"is a submodule in {self.name}: its files are its own", found)
            if mode == _LINK:
                raise CostcalcError(
                    f"is a symbolic link in {self.name}\nname the file that it leads to", found
                )
            if found == path and kind != "blob":
                raise CostcalcError(f"is a directory in {self.name}", path)
            if found == path:
                return self._blob(hash_, most_bytes(path))
        return None

    def _blob(self, hash_: str, most: int) -> bytes:
        # one byte too many is what a limit is told by; more need not be read
        if int(_git(self.root, "cat-file", "-s", hash_)) > most:
            return b" " * (most + 1)
        return _git(self.root, "cat-file", "blob", hash_)

    def renamed(self, path: str) -> str | None:
        """What the file of this path was called in the revision, where git's index knows it."""
        moved = _git(
            self.root, "diff", "--cached", "--no-ext-diff", "--no-textconv", "--find-renames",
            "--diff-filter=R", "--name-status", "-z", self.commit, "--",
        )  # fmt: skip
        words = [os.fsdecode(word) for word in moved.split(b"\0")]
        names = dict(zip(words[2::3], words[1::3], strict=False))
        return names.get(path)

    def before(self, path: str) -> tuple[Spec | None, list[str]]:
        """The spec that a file of the working tree was, and what is worth a line about it.

        None where the revision does not have it. Raises `CostcalcError` for what is no spec there.
        """
        inside = self.path_of(path)
        spec = self.spec(inside)
        notes = []
        if spec is None:
            was = self.renamed(inside)
            spec = None if was is None else self.spec(was)
            notes.append(
                f"{inside} is not in {self.name}: it compares with nothing"
                if was is None
                else f"{inside} was {was} in {self.name}"
            )
        return spec, [*notes, *self.dirty([path])]

    def dirty(self, paths: Iterable[str]) -> list[str]:
        """A line about those files that are not as the last commit has them, if there are any."""
        found = list(dict.fromkeys(filter(None, map(self._uncommitted, paths))))
        if not found:
            return []
        named = ", ".join(found[:_NAMED]) + (f", … ({len(found)})" if len(found) > _NAMED else "")
        return [f"{named}: changes that are not committed"]

    def _uncommitted(self, path: str) -> str:
        """The path inside of the repository of a file with changes, else ""."""
        try:
            inside = self.path_of(path)
            with opened(path) as file:
                now = file.read(most_bytes(path) + 1)
            head = self._replace(name="HEAD", commit="HEAD").read(inside)
        except CostcalcError:  # which is told where the file is needed
            return ""
        same = head is not None and head.replace(b"\r\n", b"\n") == now.replace(b"\r\n", b"\n")
        return "" if same else inside

    def spec(self, path: str) -> Spec | None:
        """The spec at a path inside of the repository, with the blocks it uses as they were there.

        None where there is no such file. Raises `CostcalcError` for what is no spec.
        """
        data = self.read(path)
        if data is None:
            return None
        # as git shows it; in the top folder with a folder too, which what it uses stands in
        shown = f"{self._prefix}{path}" if "/" in path else f"{self._prefix}./{path}"
        return spec_of(shown, data, self._read_used)

    def load_spec(self, reference: str) -> Spec:
        """The spec of a built-in name, or what a file of the working tree was.

        Raises `CostcalcError` where the revision does not have it.
        """
        if reference in names():
            return load_spec(reference)
        inside = self.path_of(reference)
        was = inside if (spec := self.spec(inside)) is not None else self.renamed(inside)
        spec = self.spec(was) if spec is None and was is not None else spec
        if spec is None:
            raise CostcalcError(f"is not in {self.name}", inside)
        return spec

    @property
    def _prefix(self) -> str:
        return f"{self.name}:"

    def _read_used(self, path: str) -> Source:
        """A file that a spec of the revision uses: of the revision too, unless it is built in."""
        if not path.startswith(self._prefix):
            return read_source(path)
        inside = posixpath.normpath(path.removeprefix(self._prefix))
        data = None if inside.startswith("..") else self.read(inside)
        if data is None:
            raise CostcalcError(f"is not in {self.name}", inside)
        return as_source(path, data)


def revision(name: str, path: str) -> Revision:
    """The revision that a name means in the repository of a file.

    Raises `CostcalcError` with what to do: no git, no repository, no commit, no such revision.
    """
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise CostcalcError("cannot be read: its folder does not exist", path)
    if shutil.which("git") is None:
        raise CostcalcError("git is not installed, or not on the PATH: it reads revisions")
    root = os.fsdecode(_git(folder, "rev-parse", "--show-toplevel")).removesuffix("\n")
    commit = None if _strange(name) else _commit(root, name)
    if commit is None:
        raise _unknown(root, name)
    return Revision(os.path.realpath(root), name, commit)


def _strange(name: str) -> bool:
    """Whether no revision is called so; to git it might be an option."""
    return not name.isprintable() or not name or name.startswith("-")


def _commit(root: str, name: str) -> str | None:
    done = _run(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    found = done.stdout.decode().strip()
    return found if _HASH.fullmatch(found) else None


def _unknown(root: str, name: str) -> CostcalcError:
    if _commit(root, "HEAD") is None:
        return CostcalcError("the repository has no commits yet: there is nothing to compare with")
    names = _git(root, "for-each-ref", "--format=%(refname:short)").decode(errors="replace").split()
    hint = suggest(name, ["HEAD", *names], "revisions")
    if _git(root, "rev-parse", "--is-shallow-repository").strip() == b"true":
        hint = (
            "the clone is shallow: git fetch --unshallow, or fetch-depth: 0 in actions/checkout,\n"
            "brings its history"
        )
    elif _git(root, "rev-parse", "--show-superproject-working-tree").strip():
        hint += f"\n{os.path.basename(root)} is a submodule: its revisions are its own"
    return CostcalcError(f"unknown revision '{name}'\n{hint}")


def _git(folder: str, *arguments: str) -> bytes:
    """What git writes. Raises `CostcalcError` with what it complains of."""
    done = _run(folder, *arguments)
    if done.returncode:
        said = next(_lines(done.stderr), f"exit {done.returncode}")
        raise CostcalcError(f"{folder}: git: {said}")
    return done.stdout


def _lines(text: bytes) -> Iterator[str]:
    for line in text.decode(errors="replace").splitlines():
        if line.strip():
            yield line.removeprefix("fatal: ").removeprefix("error: ")


def _run(folder: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", *_QUIET, *arguments],
            cwd=folder,
            env={k: v for k, v in os.environ.items() if k not in _OF_A_HOOK} | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise CostcalcError(f"git cannot be run: {error.strerror}") from None
