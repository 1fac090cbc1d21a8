"""Files that are whole or not at all: whoever looks finds the old one, the new one, or none.

What is written has no name, or a hidden one, until it is complete. Then it takes the place of the
file it replaces, keeps that one's mode, and leaves a symbolic link to it as it is. FIFOs and
devices cannot be replaced: they are written into as a stream.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
from collections.abc import Iterator
from typing import IO

from costcalc.errors import CostcalcError, Unfinished
from costcalc.records import NamedTuple

ANY_MODE = 0o666
"""What a new file may be, of which the umask takes away."""


class Target(NamedTuple):
    """Where a file is to be written.

    `path` is what the user gave, `real` where it leads after all symbolic links. `status` is that
    of what stands there now, None where nothing does. `descriptor` is an open one that the path
    stands for, as `/dev/stdout` does for 1.
    """

    path: str
    real: str
    status: os.stat_result | None
    descriptor: int | None

    @property
    def streams(self) -> bool:
        """Whether it is written into rather than replaced: a FIFO, a device, a descriptor."""
        there = self.status is not None and not stat.S_ISREG(self.status.st_mode)
        return self.descriptor is not None or there

    @property
    def folder(self) -> str:
        """The folder in which it stands."""
        return os.path.dirname(self.real)


def target(path: str) -> Target:
    """Where a path leads.

    Raises `CostcalcError` for what is known to fail before anything is computed: a folder that
    does not exist, a directory, a file that is read-only.
    """
    try:
        found = _follow(path)
    except FileNotFoundError:  # what is missing at the path itself is no failure
        raise CostcalcError("cannot be written: the working directory is gone", path) from None
    except OSError as error:
        raise unwritable(path, error) from None
    except ValueError:
        raise CostcalcError(f"{path!r}: cannot be written: it is no path") from None
    if found.descriptor is not None:
        return found
    if found.status is not None and stat.S_ISDIR(found.status.st_mode):
        raise CostcalcError("cannot be written: it is a directory", path)
    if not os.path.isdir(found.folder):
        raise CostcalcError("cannot be written: its folder does not exist", path)
    if found.status is not None and _read_only(found):
        raise CostcalcError("cannot be written: it is read-only", path)
    return found


def _follow(path: str) -> Target:
    status = None
    with contextlib.suppress(FileNotFoundError):
        status = os.stat(path)
    at = os.path.abspath(path)
    while True:
        folder, base = os.path.split(at)
        folder = os.path.realpath(folder)
        at = os.path.join(folder, base)
        # as a link this leads to the file itself, but what writes there is to go on where it is
        if folder in ("/dev/fd", f"/proc/{os.getpid()}/fd") and base.isdecimal():
            return Target(path, at, status, int(base))
        if not os.path.islink(at):
            return Target(path, at, status, None)
        at = os.path.join(folder, os.readlink(at))


def _read_only(found: Target) -> bool:
    """Whether the mode or the system says so; root may write everywhere, but was told not to."""
    assert found.status is not None
    return not found.status.st_mode & 0o222 or not os.access(found.real, os.W_OK)


def unwritable(what: str, error: OSError) -> Unfinished:
    """Why something cannot be written, by its name."""
    return Unfinished(f"cannot be written: {error.strerror}", what)


class Named(io.FileIO):
    """A file whose failures say which one it is, as `CostcalcError`.

    A reader that has gone is no failure of the file: that stays a `BrokenPipeError`.
    """

    def __init__(self, file: str | int, shown: str, mode: str = "wb") -> None:
        """A path or an open descriptor, and what messages call it."""
        self.shown = shown
        try:
            super().__init__(file, mode)
        except OSError as error:
            raise unwritable(shown, error) from None

    def write(self, data: object, /) -> int:
        """Write some of the data; how many bytes. Raises `CostcalcError`."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise unwritable(self.shown, error) from None

    def sync(self) -> None:
        """Wait until what was written is on the disk. Raises `CostcalcError`."""
        try:
            os.fsync(self.fileno())
        except OSError as error:
            raise unwritable(self.shown, error) from None


@contextlib.contextmanager
def whole(path: str) -> Iterator[IO[bytes]]:
    """A file to write that takes its place when all went well; else nothing has happened.

    Raises `CostcalcError` for what `target` finds, and where it cannot be written.

    >>> with whole("grid.csv") as file:
    ...     size = file.write(b"alpha,res\\n")
    """
    where = target(path)
    with _stream(where) if where.streams else _whole(where) as file:
        yield file


def append(path: str, text: str) -> None:
    """Write a text at the end of a file that others write to as well. Raises `CostcalcError`."""
    with _closed(io.BufferedWriter(Named(path, path, "ab"))) as file:
        file.write(text.encode(errors="backslashreplace"))
        file.flush()


def spool() -> IO[bytes]:
    """A file without a name for what is gathered on the way, read again later.

    Raises `CostcalcError`, now or when it is written, where the temporary directory has no room.
    """
    import tempfile  # with all that it imports, only where something is gathered

    try:
        shown = f"the temporary directory {tempfile.gettempdir()} (TMPDIR says which)"
        with tempfile.TemporaryFile(buffering=0) as made:
            return io.BufferedRandom(Named(os.dup(made.fileno()), shown, "r+b"))
    except OSError as error:
        raise CostcalcError(f"no temporary directory can be written: {error.strerror}") from None


@contextlib.contextmanager
def _stream(where: Target) -> Iterator[IO[bytes]]:
    try:
        opened: int | str = where.path if where.descriptor is None else os.dup(where.descriptor)
    except OSError as error:
        raise unwritable(where.path, error) from None
    with _closed(io.BufferedWriter(Named(opened, where.path))) as file:
        yield file
        file.flush()


@contextlib.contextmanager
def _whole(where: Target) -> Iterator[IO[bytes]]:
    with replacement(where) as raw:
        file = io.BufferedWriter(raw)
        yield file
        file.flush()
    raw.close()


@contextlib.contextmanager
def replacement(where: Target) -> Iterator[Named]:
    """A file to read and write that takes the place of another when all went well, and stays open.

    Raises `CostcalcError`.
    """
    hidden = os.path.join(where.folder, f".{os.urandom(4).hex()}.{os.path.basename(where.real)}")
    file = None
    try:
        nameless = _unnamed(where.folder)
        descriptor = _created(hidden, where.path) if nameless is None else nameless
        file = Named(descriptor, where.path, "r+b")
        yield file
        if nameless is not None:
            _give_name(file, hidden)
        take_place(file, hidden, where)
    except BaseException:
        if file is not None:
            file.close()
        with contextlib.suppress(OSError):
            os.unlink(hidden)
        raise


def take_place(file: Named, name: str, where: Target) -> None:
    """Let a file that is whole, of this name, take the place of another, with its mode.

    Raises `CostcalcError`.
    """
    file.sync()
    try:
        _keep_mode(file.fileno(), where.status)
        os.replace(name, where.real)
    except OSError as error:
        raise unwritable(where.path, error) from None


@contextlib.contextmanager
def _closed(file: io.BufferedWriter) -> Iterator[io.BufferedWriter]:
    """The file, closed; after an error without what it holds, which would be the next error."""
    try:
        yield file
    finally:
        file.raw.close()


def _unnamed(folder: str) -> int | None:
    """A file of no name in a folder, which goes with its process even where that is killed.

    None where the system has none, or no way to give it a name.
    """
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None:
        return None
    try:
        descriptor = os.open(folder, flag | os.O_RDWR, ANY_MODE)
    except OSError:  # many file systems have none; whatever else it is, the next attempt says
        return None
    if os.path.exists(f"/proc/self/fd/{descriptor}"):
        return descriptor
    os.close(descriptor)
    return None


def _give_name(file: Named, name: str) -> None:
    descriptor = file.fileno()
    try:
        # with a descriptor for the source's folder, of which an absolute path has no need, Python
        # calls linkat(), which follows the link to the file; link() would not
        os.link(f"/proc/self/fd/{descriptor}", name, src_dir_fd=descriptor)
    except OSError as error:
        raise unwritable(file.shown, error) from None


def _created(hidden: str, shown: str) -> int:
    try:
        return os.open(hidden, os.O_CREAT | os.O_EXCL | os.O_RDWR, ANY_MODE)
    except OSError as error:
        raise unwritable(shown, error) from None


def _keep_mode(descriptor: int, before: os.stat_result | None) -> None:
    """Give a file the owner, as far as one may, and the mode of the one it replaces."""
    if before is None or not hasattr(os, "fchmod"):
        return
    with contextlib.suppress(PermissionError):
        os.fchown(descriptor, before.st_uid, before.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
