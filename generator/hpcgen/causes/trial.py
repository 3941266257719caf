"""One artefact, made again from other recipes and profiles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from hpcgen.causes.fields import Data
from hpcgen.diagnostics import RecipeError
from hpcgen.load import load_text
from hpcgen.plan import plan
from hpcgen.render import render
from hpcgen.resolve import resolve
from hpcgen.validate import validate


@dataclass(frozen=True, slots=True)
class Trial:
    """`lines` of the artefact at `path` of a bundle, as a recipe called `name` makes them.

    Profiles are laid into `folder`.
    """

    name: str
    path: str
    lines: tuple[str, ...]
    folder: Path

    def changes(self, line: int, recipe: Data, profile: Data, path: str = "") -> bool | None:
        """Whether the line, counted from 1, is another there; None for what does not compile.

        `path` is where the artefact then stands, if elsewhere.
        """
        try:
            made = self._made(recipe, profile, path or self.path)
        except RecipeError:
            return None
        pairs = SequenceMatcher(None, self.lines, made, autojunk=False).get_opcodes()
        return any(what != "equal" and start < line <= end for what, start, end, _, _ in pairs)

    def _made(self, recipe: Data, profile: Data, path: str) -> tuple[str, ...]:
        """The artefact's lines; none where there is no such artefact then."""
        cluster = self.folder / "profile.yaml"
        cluster.write_text(json.dumps(profile), encoding="utf-8")
        document = validate(load_text(self.name, json.dumps(recipe).encode()))
        tree = render(plan(resolve(document, self.folder, str(cluster))))
        return tuple(tree[path].content.splitlines()) if path in tree else ()
