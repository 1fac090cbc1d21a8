"""Files of one's own: locked, so that no other process has them meanwhile."""

from __future__ import annotations

import contextlib
import os
import stat

from costcalc.errors import CostcalcError
from costcalc.files import ANY_MODE, Named, unwritable


def own(path: str, shown: str) -> Named:
    """A file to read and write, made where it is not there, that nobody else has meanwhile.

    Raises `CostcalcError` for a link or what is no file, and where another process has it.
    """
    while True:
        file = _opened(path, shown)
        try:
            lock(file)
            if _stands_at(file, path):
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # between the two it was let go: its name is that of another file, or of none


def _opened(path: str, shown: str) -> Named:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    try:
        file = Named(os.open(path, flags, ANY_MODE), shown, "r+b")
    except OSError as error:
        raise unwritable(shown, error) from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise CostcalcError("cannot be written: it is no file", shown)
    return file


def _stands_at(file: Named, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.lstat(path))
    except FileNotFoundError:
        return False


def lock(file: Named) -> None:
    """Let nobody else have a file until it is closed. Raises `CostcalcError` where another has."""
    try:
        import fcntl
    except ImportError:  # a system without
        return
    try:
        fcntl.lockf(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        raise CostcalcError("another process is writing it", file.shown) from None
    except OSError:  # a file system without
        pass


def let_go(file: Named, path: str) -> None:
    """Remove a file of one's own: first its name, so that who waits for it gets another one."""
    with contextlib.suppress(OSError):
        try:
            os.unlink(path)
        except PermissionError:  # a system where open files keep their names
            file.close()
            os.unlink(path)
    file.close()
