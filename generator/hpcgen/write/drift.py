"""The differences between a bundle on disk and the one that its recipe makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hpcgen.bundle.manifest import MANIFEST, Entry, Manifest, entries, parse
from hpcgen.bundle.tree import Tree
from hpcgen.diagnostics import RecipeError
from hpcgen.secrets.visible import visible
from hpcgen.write.disk import staging
from hpcgen.write.disk.changes import EarlierFiles, earlier_files, is_ours
from hpcgen.write.disk.directory import DirectoryEntry, content, require_directory, survey

Kind = Literal["edited", "stale", "missing", "extra", "interrupted"]


@dataclass(frozen=True, slots=True, order=True)
class Drift:
    """One difference.

    edited: not what the last build wrote. stale: what it wrote, but a build would write another
    or none. missing: a build would write it. extra: nothing hpcgen wrote or would write.
    interrupted: the last build did not end; its path is `.`, the bundle.
    """

    path: str
    kind: Kind


def drift(tree: Tree, manifest: Manifest, directory: Path) -> tuple[Drift, ...]:
    """Every difference between `directory` and the bundle of `tree` and `manifest`, sorted.

    Only reads. Nothing in the directory is ignored but empty directories, which version control
    does not keep either. Raises RecipeError HG704 for what cannot be read and HG705 where
    `directory` is not a directory.
    """
    require_directory(directory)
    text = (content(directory / MANIFEST) or b"").decode(errors="replace")
    last = _last(text)
    claims = staging.claims(directory)
    old = earlier_files([*last, *claims])
    new = {entry.path: entry for entry in entries(tree)}
    everything = survey(directory, {*new, *old})
    present = {path: entry for path, entry in everything.items() if entry.kind != "directory"}
    drifts = _artefacts(new, old, present)
    if text != manifest.to_text():
        drifts.append(Drift(MANIFEST, _manifest_kind(text, last, present)))
    if drifts and claims:
        drifts.append(Drift(".", "interrupted"))
    return tuple(sorted(drifts))


def recorded_settings(directory: Path) -> Mapping[str, str]:
    """The `--set` and `--cluster` values that the bundle's manifest records; none without one."""
    last = _last((content(directory / MANIFEST) or b"").decode(errors="replace"))
    return last[0].settings if last else {}


def _last(text: str) -> list[Manifest]:
    try:
        return [parse(text)]
    except RecipeError:
        return []


def _artefacts(
    new: Mapping[str, Entry], old: EarlierFiles, present: Mapping[str, DirectoryEntry]
) -> list[Drift]:
    paths = (present.keys() | new.keys()) - {MANIFEST}
    kinds = {path: _kind(path, new, old, present) for path in paths}
    return [Drift(visible(path), kind) for path, kind in kinds.items() if kind]


def _kind(
    path: str, new: Mapping[str, Entry], old: EarlierFiles, present: Mapping[str, DirectoryEntry]
) -> Kind | None:
    if path not in present:
        return "missing"
    if path not in new and path not in old:
        return "extra"
    if path in new and present[path].matches(new[path]):
        return None
    return "stale" if is_ours(path, old, present) else "edited"


def _manifest_kind(text: str, last: list[Manifest], present: Mapping[str, DirectoryEntry]) -> Kind:
    if MANIFEST not in present:
        return "missing"
    return "stale" if last and last[0].to_text() == text else "edited"
