"""What a bundle is made from: its recipe and its cluster's profile, written and in full."""

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
    """Both as they are written, and as data with every default filled in; and what they make."""

    recipe: Document
    profile: Document
    whole_recipe: Data
    whole_profile: Data
    meant: Recipe
    tree: Tree

    @property
    def words(self) -> Words:
        """What this cluster has names for."""
        return {
            "partition": self.profile.data.get("partitions", ()),
            "qos": self.profile.data.get("qos", ()),
        }


def sources(path: Path, options: build.Options) -> Sources:
    """Read the recipe at `path` and its profile. Raises RecipeError for what is wrong with them."""
    with build.loaded_in_words_of_today(path, options) as document:
        recipe = validate(document)
        meant = resolve(recipe, path.parent, options.cluster)
        tree = render(plan(meant))
    cluster = options.cluster or recipe.data.get("cluster", meant.profile.name)
    profile = profiles.profile_document(cluster, Path() if options.cluster else path.parent, None)
    whole = expand(recipe, meant, cluster)
    return Sources(recipe, profile, whole, _filled(profile), meant, tree)


def _filled(profile: Document) -> Data:
    """A profile with its defaults, which need no source; without a part that lacks its own core."""
    rules = schema.read("cluster")
    facts = schema.fill(rules, profile.data)
    parts = {name: schema.deref(part) for name, part in rules["properties"].items()}
    whole = {name: fact for name, fact in facts.items() if _complete(fact, parts[name])}
    entry = {"facts": sorted(parts), "source": "profile and defaults", "confidence": "A"}
    return {**whole, "provenance": [entry]}


def _complete(fact: object, rules: schema.Schema) -> bool:
    return not isinstance(fact, dict) or {*rules.get("required", ())} <= {*fact}
