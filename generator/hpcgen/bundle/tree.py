"""The bundle in memory: what `render` makes, `check` judges and `write` puts on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from hpcgen.diagnostics import Span
from hpcgen.text import shapes
from hpcgen.text.shapes import Marked

SCRIPT = 0o755
PLAIN = 0o644


@dataclass(frozen=True)  # without slots, where a cached property has no place
class File:
    """One artefact. `path` is relative to the bundle, with `/`; `text` ends with one newline.

    `mode` is `SCRIPT` or `PLAIN`; `origin` is the recipe entry that asked for the file, where
    there is one, so that a finding in the file can be shown beside its cause.
    """

    path: str
    text: str | Marked
    mode: int = PLAIN
    origin: Span | None = None

    @property
    def content(self) -> str:
        """What is written."""
        return shapes.plain(self.text) if isinstance(self.text, Marked) else self.text

    @property
    def shape(self) -> str:
        """What all scripts have in common that differ in values alone."""
        return shapes.shape(self.text) if isinstance(self.text, Marked) else self.text

    @cached_property
    def sha256(self) -> str:
        """The content's digest, as `sha256sum` prints it."""
        return hashlib.sha256(self.content.encode()).hexdigest()


class Tree:
    """Files by path, in path order. Adding a path twice is a bug of hpcgen, not of a recipe."""

    def __init__(self, files: Iterable[File] = ()) -> None:
        self._files: dict[str, File] = {}
        for file in files:
            if file.path in self._files:
                raise ValueError(f"two artefacts want the path {file.path}")
            self._files[file.path] = file

    def __iter__(self) -> Iterator[File]:
        return iter(sorted(self._files.values(), key=lambda file: file.path))

    def __getitem__(self, path: str) -> File:
        return self._files[path]

    def __contains__(self, path: object) -> bool:
        return path in self._files

    def __len__(self) -> int:
        return len(self._files)


def parents(path: str) -> Iterator[str]:
    """Walk the directories above `path` within the bundle, the nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
