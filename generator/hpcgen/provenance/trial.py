"""One artefact, made again from other recipes and profiles."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from hpcgen.diagnostics import RecipeError
from hpcgen.model.profile import Profile
from hpcgen.plan import plan
from hpcgen.provenance.fields import Data
from hpcgen.render import artefact
from hpcgen.resolve import profiles, resolve_for
from hpcgen.validate import validate, validate_profile
from hpcgen.yaml.document import Document, document_without_places


@dataclass(frozen=True, slots=True)
class Trial:
    """Line `line`, from 1, of `lines`, the artefact at `path` as `recipe` and `profile` make it.

    Another recipe is tried with this `profile`, and another profile with this `recipe`.
    """

    recipe: Document
    profile: Profile
    path: str
    lines: tuple[str, ...]
    line: int

    def by_recipe(self, other: Data, path: str = "") -> bool | None:
        """Whether the line changes with this recipe; None if that does not compile.

        `path` is the artefact's other path, if it has one.
        """
        try:
            recipe = validate(document_without_places(self.recipe.name, other))
            return self._changed(recipe, self.profile, path or self.path)
        except RecipeError:
            return None

    def by_profile(self, other: Data) -> bool | None:
        """Whether the line changes with this profile; None if that does not compile."""
        try:
            profile = profiles.profile_of(
                validate_profile(document_without_places(self.profile.name, other))
            )
            return self._changed(self.recipe, profile, self.path)
        except RecipeError:
            return None

    def _changed(self, recipe: Document, profile: Profile, path: str) -> bool:
        file = artefact(plan(resolve_for(profile, recipe)), path)
        made = tuple(file.content.splitlines()) if file else ()
        pairs = SequenceMatcher(None, self.lines, made, autojunk=False).get_opcodes()
        return any(what != "equal" and start < self.line <= end for what, start, end, _, _ in pairs)
