"""The user's cache directory. What it holds only saves time, and may be removed at any moment."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_OTHERS_WRITE = 0o022


def directory() -> Path:
    """Where hpcgen's part of it is, whether or not it is there: by XDG_CACHE_HOME, or ~/.cache."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(home):  # noqa: PTH117 - "" is to be no path, and the standard's rule
        home = os.path.expanduser("~/.cache")  # noqa: PTH111 - does not raise without a home
    return Path(home) / "hpcgen"


def private(*names: str) -> Path | None:
    """A directory below it, made where missing, in which nobody else can write; None for none.

    For what is executed when it is read back: nothing in it can come from another user.
    """
    path = directory().joinpath(*names)
    with suppress(OSError):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.stat(follow_symlinks=False)
        if status.st_uid == os.geteuid() and not status.st_mode & _OTHERS_WRITE:
            return path
    return None
