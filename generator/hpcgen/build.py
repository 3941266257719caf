"""The compiler: seven stages, each a function of what the one before it returns.

    load → validate → resolve → plan → render → check → write

`compile_recipe` is the first six; `build` adds the last. A stage raises RecipeError with all that
it finds and imports no later stage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hpcgen import __version__, aliases
from hpcgen.aliases.older_words import noting_older_words
from hpcgen.bundle import manifest
from hpcgen.bundle.manifest import Manifest
from hpcgen.bundle.tree import Tree
from hpcgen.check import check
from hpcgen.check.shellcheck import Progress, unseen
from hpcgen.diagnostics import Diagnostic
from hpcgen.load import load, recipe_bytes, set_option
from hpcgen.model.recipe import Recipe
from hpcgen.plan import plan
from hpcgen.render import render
from hpcgen.resolve import resolve
from hpcgen.validate import validate
from hpcgen.write import write
from hpcgen.yaml.document import Document
from hpcgen.yaml.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of the command line. `settings` are the `--set` values by path."""

    cluster: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def recorded(self) -> dict[str, str]:
        """The options that the manifest records, so that `check` compiles with the same ones."""
        return {**self.settings, **({"--cluster": self.cluster} if self.cluster else {})}

    def replaying(self, recorded: Mapping[str, str]) -> Options:
        """These options, and those that a manifest recorded where these are not set."""
        earlier = {key: value for key, value in recorded.items() if key != "--cluster"}
        return Options(
            cluster=self.cluster or recorded.get("--cluster"),
            settings={**earlier, **self.settings},
            limits=self.limits,
        )


@dataclass(frozen=True, slots=True)
class Bundle:
    """A compiled recipe: its files, their manifest, and the warnings."""

    name: str
    tree: Tree
    manifest: Manifest
    warnings: tuple[Diagnostic, ...] = ()


def name_of(path: Path, options: Options) -> str:
    """The deployment's name in a recipe that may be invalid otherwise; "" without a name.

    Raises RecipeError if the recipe cannot be loaded.
    """
    name = aliases.name_of(_load_recipe(path, options))
    return name if isinstance(name, str) else ""


def validate_recipe(path: Path, options: Options) -> Document:
    """Run the first two stages, with what the command line sets. Raises RecipeError."""
    with load_in_current_words(path, options) as document:
        return validate(document)


def resolve_recipe(path: Path, options: Options) -> Recipe:
    """Run the first three stages. Raises RecipeError."""
    with load_in_current_words(path, options) as document:
        return resolve(validate(document), path.parent, options.cluster)


def compile_recipe(path: Path, options: Options, linted: Progress = unseen) -> Bundle:
    """Run every stage but the last. Nothing is written. Raises RecipeError.

    `linted` is told how many scripts are linted, where that takes a while.
    """
    with load_in_current_words(path, options) as document:
        recipe = resolve(validate(document), path.parent, options.cluster)
        planned = plan(recipe)
        tree = check(render(planned), linted)
    digest = hashlib.sha256(recipe_bytes(path)).hexdigest()
    return Bundle(
        recipe.name,
        tree,
        manifest.of(
            tree,
            name=recipe.name,
            recipe_sha256=digest,
            version=__version__,
            settings=options.recorded(),
        ),
        planned.warnings,
    )


def _load_recipe(path: Path, options: Options) -> Document:
    return set_option.apply(load(path, options.limits), options.settings)


@contextmanager
def load_in_current_words(path: Path, options: Options) -> Iterator[Document]:
    """Run the first stage; errors that are raised within name the older words of the recipe."""
    written = _load_recipe(path, options)
    today = aliases.in_current_words(written)
    with noting_older_words(written, today):
        yield today


def build(path: Path, output: Path, options: Options, *, force: bool = False) -> Path:
    """Compile a recipe into `output/<name>` and return that path. Raises RecipeError."""
    return place(compile_recipe(path, options), output, force=force).directory


@dataclass(frozen=True, slots=True)
class Placed:
    """A bundle on disk: where it is, and how many of its files were written and removed."""

    directory: Path
    written: int
    removed: int


def place(bundle: Bundle, output: Path, *, force: bool = False) -> Placed:
    """Run the last stage: write a bundle to `output/<name>`. Files that are right are not touched.

    Raises RecipeError.
    """
    directory = output / bundle.name
    changed = write(bundle.tree, bundle.manifest, directory, force=force)
    return Placed(directory, len(changed.placed), len(changed.removed))
