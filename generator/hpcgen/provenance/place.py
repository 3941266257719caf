"""FILE:LINE, a line of a bundle on disk: its artefact, and the recipe that makes it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hpcgen.bundle.manifest import MANIFEST, Manifest, parse


class NotThere(Exception):  # noqa: N818 - what it says is no error of hpcgen's
    """FILE:LINE is no line of a bundle, or its recipe is missing; the text says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Line `line`, counted from 1, of the file at `path` of the bundle in `directory`."""

    directory: Path
    path: str
    line: int
    manifest: Manifest

    @property
    def file(self) -> Path:
        """The file's path on disk."""
        return self.directory / self.path

    @property
    def text(self) -> str:
        """The file's content."""
        return self.file.read_text(encoding="utf-8", errors="replace")

    @property
    def lines(self) -> list[str]:
        """The file's lines, without line ends."""
        return self.text.splitlines()


def place(file: Path, line: int) -> Place:
    """The place that FILE:LINE names. Raises NotThere if no bundle has it."""
    for directory in file.parents:
        if (directory / MANIFEST).is_file() and file.is_file():
            manifest = parse((directory / MANIFEST).read_text(encoding="utf-8", errors="replace"))
            named = Place(directory, file.relative_to(directory).as_posix(), line, manifest)
            if named.path in {entry.path for entry in manifest.files}:
                return _require_line(named)
    raise NotThere(f"{file} is no file of a bundle; name one that a build wrote")


def recipe_of(where: Place) -> Path:
    """The recipe whose bytes the bundle was made from: near the bundle, here, or in recipes/.

    Raises NotThere if there is none.
    """
    for path in _recipes(where.directory):
        if hashlib.sha256(path.read_bytes()).hexdigest() == where.manifest.recipe_sha256:
            return path
    message = f"no recipe here is what {where.directory} was made from"
    raise NotThere(f"{message}; name it with --recipe, or build the bundle again")


def _recipes(bundle: Path) -> Iterator[Path]:
    above = (Path(), *bundle.parents[:2])
    for folder in (*above, *(directory / "recipes" for directory in above)):
        yield from sorted(path for path in folder.glob("*.y*ml") if path.is_file())


def _require_line(where: Place) -> Place:
    last = len(where.lines)
    if 1 <= where.line <= last:
        return where
    raise NotThere(f"{where.path} has the lines 1 to {last}, and no line {where.line}")
