"""The entries of a directory, read without following a symbolic link or opening a device."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hpcgen.bundle.manifest import Entry
from hpcgen.diagnostics import Diagnostic, RecipeError

_KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "symbolic link",
    stat.S_IFIFO: "named pipe",
    stat.S_IFSOCK: "socket",
}


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """One directory entry; `sha256` is empty unless it is a file whose digest was requested."""

    kind: str
    mode: int
    sha256: str = ""

    def matches(self, entry: Entry) -> bool:
        """Whether this is `entry`'s content, and executable exactly when `entry` is.

        Of a mode, only the owner's execute bit counts: it is all that git keeps, so that a
        checkout under another umask is no edit.
        """
        same_bit = not (self.mode ^ entry.mode) & stat.S_IXUSR
        return self.kind == "file" and self.sha256 == entry.sha256 and same_bit

    def identical(self, entry: Entry) -> bool:
        """Whether this is `entry`'s content with all of its mode."""
        return self.matches(entry) and self.mode == entry.mode


@contextmanager
def reporting(verb: str, path: object) -> Iterator[None]:
    """Turn an OSError into RecipeError HG704: ``cannot <verb> `path`: <the system's reason>``."""
    try:
        yield
    except OSError as error:
        message = f"cannot {verb} `{path}`: {(error.strerror or str(error)).lower()}"
        raise RecipeError([Diagnostic("HG704", message)]) from error


@contextmanager
def open_directory(directory: Path) -> Iterator[int]:
    """Open a directory that is no symbolic link. Raises RecipeError HG704."""
    with reporting("open", directory):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def require_directory(directory: Path) -> None:
    """Raise RecipeError HG705 where `directory` exists and is not itself a directory."""
    with reporting("read", directory):
        try:
            kind = _kind(directory.lstat().st_mode)
        except FileNotFoundError:
            return
    if kind != "directory":
        message = f"`{directory}` is a {kind}, where the bundle's directory must be"
        hint = "name the real directory with -o, or move what is there away"
        raise RecipeError([Diagnostic("HG705", message, hint=hint)])


def survey(directory: Path, digested: Container[str]) -> dict[str, DirectoryEntry]:
    """Everything below `directory` by its path there; empty where `directory` is missing.

    Files among `digested` carry their digest. Raises RecipeError HG704 for what cannot be read.
    """
    listed: dict[str, DirectoryEntry] = {}
    pending = [""] if directory.exists() else []
    while pending:
        prefix = pending.pop()
        with reporting("read", directory / prefix), os.scandir(directory / prefix) as listing:
            for item in listing:
                path = prefix + item.name
                listed[path] = _look(item, path in digested)
                if listed[path].kind == "directory":
                    pending.append(f"{path}/")
    return listed


def content(path: Path) -> bytes | None:
    """Read a regular file; None for anything else. Raises RecipeError HG704."""
    with reporting("read", path):
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                return None
            return _read(str(path))
        except (FileNotFoundError, NotADirectoryError):
            return None


def _look(item: os.DirEntry[str], digested: bool) -> DirectoryEntry:
    mode = item.stat(follow_symlinks=False).st_mode
    kind = _kind(mode)
    sha256 = ""
    if digested and kind == "file":
        with reporting("read", item.path):
            sha256 = hashlib.sha256(_read(item.path)).hexdigest()
    return DirectoryEntry(kind, stat.S_IMODE(mode), sha256)


def _read(path: str) -> bytes:
    # Not blocking: a pipe may have taken the file's place since it was looked at.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        return file.read()


def _kind(mode: int) -> str:
    return _KINDS.get(stat.S_IFMT(mode), "device")
