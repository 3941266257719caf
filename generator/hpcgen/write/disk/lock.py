"""One build at a time in one bundle."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.write.disk.directory import open_directory, reporting

_HOLDER = re.compile(r"([1-9][0-9]{0,6})@(.+)")


@contextmanager
def bundle_lock(directory: Path) -> Iterator[None]:
    """Hold the lock of the bundle at `directory`: `.<name>.lock` beside it.

    The lock is a symbolic link whose target reads `pid@host`: it is made together with its
    content, on any file system, so that no kill leaves a lock without a holder. That of a
    process of this host which is gone is taken over.
    Raises RecipeError HG703 where another build holds it, HG704 where it cannot be made.
    """
    lock = directory.with_name(f".{directory.name}.lock")
    ours = f"{os.getpid()}@{os.uname().nodename}"
    _acquire(lock, ours)
    try:
        yield
    finally:
        _remove(lock, ours)


def _acquire(lock: Path, ours: str) -> None:
    while not _make(lock, ours):
        holder = _holder(lock)
        if holder and not _is_gone(holder):
            raise RecipeError([_busy(lock, holder)])
        _remove(lock, holder)


def _make(lock: Path, ours: str) -> bool:
    with reporting("write", lock):
        try:
            lock.symlink_to(ours)
        except FileExistsError:
            return False
    return True


def _holder(lock: Path) -> str:
    """Read who holds the lock; empty where it has gone in the meantime."""
    try:
        return str(lock.readlink())
    except FileNotFoundError:
        return ""
    except OSError:
        return "something that is not hpcgen"


def _is_gone(holder: str) -> bool:
    match = _HOLDER.fullmatch(holder)
    if not match or match[2] != os.uname().nodename:
        return False
    pid = int(match[1])
    if pid == os.getpid():  # a namesake's: in a container every build may be process 1
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def _remove(lock: Path, holder: str) -> None:
    """Remove the lock if it is still `holder`'s.

    Two builds may find the same dead holder; without the kernel's lock on the directory the
    slower one would remove the lock that the faster one has just made. Only processes of one
    host get here, so a file system whose locks are local to the host, or whose locks are
    missing, does.
    """
    with reporting("remove", lock), open_directory(lock.parent) as parent:
        with suppress(OSError):
            fcntl.flock(parent, fcntl.LOCK_EX)
        if holder and _holder(lock) == holder:
            lock.unlink(missing_ok=True)


def _busy(lock: Path, holder: str) -> Diagnostic:
    pid, at, host = holder.partition("@")
    who = f"process {pid} on {host}" if at else holder
    hint = f"wait for it; if it is no longer running, delete `{lock}`"
    return Diagnostic("HG703", f"another build is writing this bundle: {who}", hint=hint)
