"""The changes that a build makes in a bundle, and whether it may make them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from hpcgen.bundle.manifest import MANIFEST, Entry, Manifest
from hpcgen.bundle.tree import parents
from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.secrets.visible import visible
from hpcgen.write.disk.directory import DirectoryEntry

EarlierFiles = Mapping[str, frozenset[Entry]]
"""By path, the files of earlier builds: of the last one, and of any that did not end."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths, in the order in which they are changed."""

    removed: tuple[str, ...]
    """Artefacts that are no longer produced."""
    emptied: tuple[str, ...]
    """Directories that lose their last file with those or bar an artefact, the deepest first."""
    placed: tuple[str, ...]
    """Artefacts that are new or differ, manifest.json last."""


def earlier_files(manifests: Iterable[Manifest]) -> EarlierFiles:
    """The files that `manifests` list, by path."""
    listed: dict[str, frozenset[Entry]] = {}
    for manifest in manifests:
        for entry in manifest.files:
            listed[entry.path] = listed.get(entry.path, frozenset()) | {entry}
    return listed


def changes(
    new: Mapping[str, Entry],
    old: EarlierFiles,
    present: Mapping[str, DirectoryEntry],
    *,
    force: bool,
) -> Changes:
    """Return the changes that turn the bundle `present` into `new`, which includes manifest.json.

    Raises RecipeError with all of: HG701 for an edited artefact and HG702 for a foreign file in
    the way, unless `force`; HG705 for what is not a file, or not a directory, where one must be.
    """
    stale = {path for path in old.keys() - new if path in present and present[path].kind == "file"}
    emptied = _emptied_directories(stale, new, present)
    there = {path: present[path] for path in present.keys() - stale - emptied}
    problems = [] if force else [_edited_artefact(p) for p in stale if not is_ours(p, old, present)]
    problems += _directory_problems(new, there)
    problems += [
        d for path in new if path in there for d in _path_problems(path, new, old, there, force)
    ]
    if problems:
        raise RecipeError(problems)
    placed = {path for path in new if path not in there or not there[path].identical(new[path])}
    return Changes(
        tuple(sorted(stale)),
        tuple(sorted(emptied, reverse=True)),
        tuple(sorted(placed, key=lambda path: (path == MANIFEST, path))),
    )


def is_ours(path: str, old: EarlierFiles, present: Mapping[str, DirectoryEntry]) -> bool:
    """Whether the file on disk is identical to one of an earlier build."""
    return any(present[path].matches(entry) for entry in old.get(path, ()))


def _emptied_directories(
    stale: Collection[str], new: Collection[str], present: Mapping[str, DirectoryEntry]
) -> set[str]:
    """Directories without a file but stale ones, above these or in the way of an artefact."""
    directories = {path for path, entry in present.items() if entry.kind == "directory"}
    above = {directory for path in stale for directory in parents(path)}
    above |= {path for path in directories if not {path, *parents(path)}.isdisjoint(new)}
    kept = present.keys() - stale - above
    return above - {directory for path in (*kept, *new) for directory in parents(path)}


def _directory_problems(
    new: Iterable[str], there: Mapping[str, DirectoryEntry]
) -> Iterator[Diagnostic]:
    for directory in {directory for path in new for directory in parents(path)}:
        if directory in there and there[directory].kind != "directory":
            yield _wrong_type("directory", directory, there[directory].kind)


def _path_problems(
    path: str,
    new: Mapping[str, Entry],
    old: EarlierFiles,
    there: Mapping[str, DirectoryEntry],
    force: bool,
) -> Iterator[Diagnostic]:
    """The reasons why the artefact may not replace the entry at its path."""
    kind = there[path].kind
    if kind != "file":
        if not (force and kind == "symbolic link"):
            yield _wrong_type("file", path, kind)
    elif not (force or path == MANIFEST or there[path].matches(new[path])):
        if path not in old:
            yield _foreign_file(path)
        elif not is_ours(path, old, there):
            yield _edited_artefact(path)


def _edited_artefact(path: str) -> Diagnostic:
    message = f"`{path}` was edited since hpcgen wrote it"
    hint = "make the change in the recipe, then build with --force to drop the edit"
    return Diagnostic("HG701", message, hint=hint)


def _foreign_file(path: str) -> Diagnostic:
    message = f"`{path}` is in the way, and hpcgen did not write it"
    hint = "move it away, or build with --force to replace it"
    return Diagnostic("HG702", message, hint=hint)


def _wrong_type(expected: str, path: str, kind: str) -> Diagnostic:
    message = f"`{visible(path)}` is a {kind}, where a {expected} must be"
    return Diagnostic("HG705", message, hint="move it away; hpcgen never follows or removes it")
