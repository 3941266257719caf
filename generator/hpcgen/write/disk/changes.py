"""What a build has to change in a bundle, and whether it may."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from hpcgen.bundle.manifest import MANIFEST, Entry, Manifest
from hpcgen.bundle.tree import parents
from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.secrets.visible import visible
from hpcgen.write.disk.directory import Found

Known = Mapping[str, frozenset[Entry]]
"""By path, what earlier builds wrote there: the last one, and any that did not end."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths, in the order in which they are changed."""

    removed: tuple[str, ...]
    """Artefacts that are no longer produced."""
    emptied: tuple[str, ...]
    """Directories that lose their last file with those or bar an artefact, the deepest first."""
    placed: tuple[str, ...]
    """Artefacts that are new or differ, manifest.json last."""


def known(manifests: Iterable[Manifest]) -> Known:
    """Gather what `manifests` list, by path."""
    listed: dict[str, frozenset[Entry]] = {}
    for manifest in manifests:
        for entry in manifest.files:
            listed[entry.path] = listed.get(entry.path, frozenset()) | {entry}
    return listed


def changes(
    new: Mapping[str, Entry], old: Known, found: Mapping[str, Found], *, force: bool
) -> Changes:
    """Find what turns the bundle `found` on disk into `new`, which includes manifest.json.

    Raises RecipeError with all of: HG701 for an edited artefact and HG702 for a foreign file in
    the way, unless `force`; HG705 for what is not a file, or not a directory, where one must be.
    """
    stale = {path for path in old.keys() - new if path in found and found[path].kind == "file"}
    emptied = _emptied(stale, new, found)
    there = {path: found[path] for path in found.keys() - stale - emptied}
    problems = [] if force else [_edited(p) for p in stale if not is_ours(p, old, found)]
    problems += _blocked(new, there)
    problems += [d for path in new if path in there for d in _taken(path, new, old, there, force)]
    if problems:
        raise RecipeError(problems)
    placed = {path for path in new if path not in there or not there[path].identical(new[path])}
    return Changes(
        tuple(sorted(stale)),
        tuple(sorted(emptied, reverse=True)),
        tuple(sorted(placed, key=lambda path: (path == MANIFEST, path))),
    )


def is_ours(path: str, old: Known, found: Mapping[str, Found]) -> bool:
    """Whether the file on disk is just what an earlier build wrote."""
    return any(found[path].matches(entry) for entry in old.get(path, ()))


def _emptied(stale: Collection[str], new: Collection[str], found: Mapping[str, Found]) -> set[str]:
    """Directories without a file but stale ones, above these or in the way of an artefact."""
    directories = {path for path, entry in found.items() if entry.kind == "directory"}
    above = {directory for path in stale for directory in parents(path)}
    above |= {path for path in directories if not {path, *parents(path)}.isdisjoint(new)}
    kept = found.keys() - stale - above
    return above - {directory for path in (*kept, *new) for directory in parents(path)}


def _blocked(new: Iterable[str], there: Mapping[str, Found]) -> Iterator[Diagnostic]:
    for directory in {directory for path in new for directory in parents(path)}:
        if directory in there and there[directory].kind != "directory":
            yield _not_a("directory", directory, there[directory].kind)


def _taken(
    path: str, new: Mapping[str, Entry], old: Known, there: Mapping[str, Found], force: bool
) -> Iterator[Diagnostic]:
    """Why the artefact may not replace what stands at its path, if it may not."""
    kind = there[path].kind
    if kind != "file":
        if not (force and kind == "symbolic link"):
            yield _not_a("file", path, kind)
    elif not (force or path == MANIFEST or there[path].matches(new[path])):
        if path not in old:
            yield _foreign(path)
        elif not is_ours(path, old, there):
            yield _edited(path)


def _edited(path: str) -> Diagnostic:
    message = f"`{path}` was edited since hpcgen wrote it"
    hint = "make the change in the recipe, then build with --force to drop the edit"
    return Diagnostic("HG701", message, hint=hint)


def _foreign(path: str) -> Diagnostic:
    message = f"`{path}` is in the way, and hpcgen did not write it"
    hint = "move it away, or build with --force to replace it"
    return Diagnostic("HG702", message, hint=hint)


def _not_a(wanted: str, path: str, kind: str) -> Diagnostic:
    message = f"`{visible(path)}` is a {kind}, where a {wanted} must be"
    return Diagnostic("HG705", message, hint="move it away; hpcgen never follows or removes it")
