"""The sources of a bundle: its recipe and its cluster's profile, as written and complete."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hpcgen import build, schema
from hpcgen.bundle.tree import Tree
from hpcgen.model.recipe import Recipe
from hpcgen.plan import plan
from hpcgen.provenance.fields import Data, Words
from hpcgen.render import render
from hpcgen.resolve import profiles, resolve
from hpcgen.resolve.expansion import expand
from hpcgen.validate import validate
from hpcgen.yaml.document import Document


@dataclass(frozen=True, slots=True)
class Sources:
    """Both as written, and as data with every default filled in; and the bundle's files."""

    recipe: Document
    profile: Document
    complete_recipe: Data
    complete_profile: Data
    resolved: Recipe
    tree: Tree

    @property
    def words(self) -> Words:
        """The names that this cluster defines."""
        return {
            "partition": self.profile.data.get("partitions", ()),
            "qos": self.profile.data.get("qos", ()),
        }


def sources(path: Path, options: build.Options) -> Sources:
    """Read the recipe at `path` and its profile. Raises RecipeError for what is wrong with them."""
    with build.load_in_current_words(path, options) as document:
        recipe = validate(document)
        resolved = resolve(recipe, path.parent, options.cluster)
        tree = render(plan(resolved))
    cluster = options.cluster or recipe.data.get("cluster", resolved.profile.name)
    profile = profiles.profile_document(cluster, Path() if options.cluster else path.parent, None)
    expanded = expand(recipe, resolved, cluster)
    return Sources(recipe, profile, expanded, _filled_profile(profile), resolved, tree)


def _filled_profile(profile: Document) -> Data:
    """A profile with its defaults; without parts whose required fields are missing."""
    rules = schema.read("cluster")
    facts = schema.fill(rules, profile.data)
    parts = {name: schema.deref(part) for name, part in rules["properties"].items()}
    complete = {name: fact for name, fact in facts.items() if _is_complete(fact, parts[name])}
    entry = {"facts": sorted(parts), "source": "profile and defaults", "confidence": "A"}
    return {**complete, "provenance": [entry]}


def _is_complete(fact: object, rules: schema.Schema) -> bool:
    return not isinstance(fact, dict) or {*rules.get("required", ())} <= {*fact}
