"""The write stage: a bundle on disk that is the old one or the new one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path

from hpcgen.bundle.manifest import MANIFEST, Manifest, entries, parse
from hpcgen.bundle.tree import File, Tree, parents
from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.write.disk import staging
from hpcgen.write.disk.changes import Changes, changes, earlier_files
from hpcgen.write.disk.directory import (
    DirectoryEntry,
    content,
    open_directory,
    reporting,
    require_directory,
    survey,
)
from hpcgen.write.disk.lock import bundle_lock

_DIRECTORY = 0o755


def write(tree: Tree, manifest: Manifest, directory: Path, *, force: bool = False) -> Changes:
    """Make `directory` the bundle of `tree` and `manifest`, and return what that changed.

    Everything is judged first and written beside the bundle, then moved in file by file,
    manifest.json last. A build that is killed while moving leaves its claim in the staging
    directory: `drift` then speaks of an interrupted build, and the next build completes it.
    Files that are right already are not touched, nor are foreign ones. Modes are those of the
    tree, and 0755 for new directories, under any umask. No symbolic link is followed.

    Raises RecipeError, with the bundle as it was: HG701 edited artefact, HG702 foreign file in
    the way (neither with `force`), HG703 another build at work, HG704 refused by the system,
    HG705 something else than a file or directory in the way, HG706 malformed manifest.json
    (with `force`: taken as absent), HG707 a directory that cannot be a bundle. Only HG704 may
    also come while files move, such as from a failing disk: then the build is an interrupted one.
    """
    directory = Path(os.path.abspath(directory))  # noqa: PTH100 - resolve() follows symbolic links
    _refuse_unusable(directory)
    require_directory(directory)
    _make_with_parents(directory.parent)
    with bundle_lock(directory):
        return _rebuild(
            Tree([*tree, File(MANIFEST, manifest.to_text())]), manifest, directory, force
        )


def _rebuild(tree: Tree, manifest: Manifest, directory: Path, force: bool) -> Changes:
    new = {entry.path: entry for entry in entries(tree)}
    old = earlier_files([*_last(directory, force), *staging.claims(directory)])
    present = survey(directory, {*new, *old})
    todo = changes(new, old, present, force=force)
    _refuse_unwritable(directory, todo, present)
    if todo.placed or todo.removed:
        staging.fill(directory, (tree[path] for path in todo.placed), manifest)
        _apply(todo, directory)
    staging.remove(directory)
    return todo


def _last(directory: Path, force: bool) -> list[Manifest]:
    text = content(directory / MANIFEST)
    if text is None:
        return []
    try:
        return [parse(text.decode(errors="replace"))]
    except RecipeError:
        if force:
            return []
        raise


def _refuse_unusable(directory: Path) -> None:
    reasons = {
        "the root directory": directory == Path("/"),
        "the home directory": directory.resolve() == _home(),
        "the top of a git repository": os.path.lexists(directory / ".git"),
        "a mount point, so files cannot be moved into it": directory.is_mount(),
    }
    for reason in [reason for reason, holds in reasons.items() if holds][:1]:
        message = f"`{directory}` cannot be a bundle: it is {reason}"
        raise RecipeError([Diagnostic("HG707", message, hint="name another directory with -o")])


def _home() -> Path:
    # Path.home() raises for a user without a home; this names a directory that is none's.
    return Path(os.path.expanduser("~")).resolve()  # noqa: PTH111


def _refuse_unwritable(directory: Path, todo: Changes, present: dict[str, DirectoryEntry]) -> None:
    """Refuse before the first move what would stop one in the middle."""
    changed = {above for path in (*todo.placed, *todo.removed) for above in parents(path)}
    there = [directory / path for path in changed if path in present and path not in todo.removed]
    problems = [
        Diagnostic("HG704", f"cannot write `{path}`: no permission to change the directory")
        for path in (*there, *([directory] if directory.exists() else []))
        if not os.access(path, os.W_OK | os.X_OK)
    ]
    if problems:
        raise RecipeError(problems)


def _make_with_parents(directory: Path) -> None:
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    with reporting("make", directory):
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            path.chmod(_DIRECTORY)


def _apply(todo: Changes, directory: Path) -> None:
    _make_with_parents(directory)
    with open_directory(directory) as root, open_directory(staging.place(directory)) as source:
        for path in todo.removed:
            with reporting("remove", path), _entered(root, _parent(path)) as parent:
                os.unlink(_name(path), dir_fd=parent)
        for path in todo.emptied:
            with (
                suppress(OSError),
                _entered(root, _parent(path)) as parent,
            ):  # somebody may have filled it
                os.rmdir(_name(path), dir_fd=parent)
        names = {path: str(index) for index, path in enumerate(todo.placed)}
        for above, paths in groupby(todo.placed, _parent):
            with reporting("write", above), _entered(root, above) as parent:
                for path in paths:
                    with reporting("write", path):
                        os.replace(names[path], _name(path), src_dir_fd=source, dst_dir_fd=parent)


@contextmanager
def _entered(root: int, directory: str) -> Iterator[int]:
    """Open a directory, made where it is missing, reached without following a link."""
    current = os.dup(root)
    try:
        for name in directory.split("/") if directory else ():
            below = _enter(current, name)
            os.close(current)
            current = below
        yield current
    finally:
        os.close(current)


def _enter(parent: int, name: str) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    try:
        return os.open(name, flags, dir_fd=parent)
    except FileNotFoundError:
        os.mkdir(name, dir_fd=parent)
        descriptor = os.open(name, flags, dir_fd=parent)
        os.fchmod(descriptor, _DIRECTORY)
        return descriptor


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _name(path: str) -> str:
    return path.rpartition("/")[2]
