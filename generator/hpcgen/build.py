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
from hpcgen.diagnostics import Diagnostic
from hpcgen.load import load, set_option
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
    """What the command line adds to a recipe. `settings` are the `--set` values by path."""

    cluster: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def recorded(self) -> dict[str, str]:
        """What the manifest keeps, so that `check` compiles the same again."""
        return {**self.settings, **({"--cluster": self.cluster} if self.cluster else {})}

    def replaying(self, recorded: Mapping[str, str]) -> Options:
        """These options where they say something, else those that a manifest recorded."""
        earlier = {key: value for key, value in recorded.items() if key != "--cluster"}
        return Options(
            cluster=self.cluster or recorded.get("--cluster"),
            settings={**earlier, **self.settings},
            limits=self.limits,
        )


@dataclass(frozen=True, slots=True)
class Bundle:
    """A compiled recipe: its files, the manifest that goes with them, and what to warn of."""

    name: str
    tree: Tree
    manifest: Manifest
    warnings: tuple[Diagnostic, ...] = ()


def name_of(path: Path, options: Options) -> str:
    """What the recipe calls its deployment, whether or not the rest of it is right; "" for nothing.

    Raises RecipeError where it cannot even be loaded.
    """
    name = aliases.name_of(_loaded(path, options))
    return name if isinstance(name, str) else ""


def validated(path: Path, options: Options) -> Document:
    """Run the first two stages, with what the command line sets. Raises RecipeError."""
    with loaded_in_words_of_today(path, options) as document:
        return validate(document)


def resolved(path: Path, options: Options) -> Recipe:
    """Run the first three stages. Raises RecipeError."""
    with loaded_in_words_of_today(path, options) as document:
        return resolve(validate(document), path.parent, options.cluster)


def compile_recipe(path: Path, options: Options) -> Bundle:
    """Run every stage but the last. Nothing is written. Raises RecipeError."""
    with loaded_in_words_of_today(path, options) as document:
        recipe = resolve(validate(document), path.parent, options.cluster)
        planned = plan(recipe)
        tree = check(render(planned))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
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


def _loaded(path: Path, options: Options) -> Document:
    return set_option.apply(load(path, options.limits), options.settings)


@contextmanager
def loaded_in_words_of_today(path: Path, options: Options) -> Iterator[Document]:
    """Run the first stage; what is raised within says how the recipe words what it speaks of."""
    written = _loaded(path, options)
    today = aliases.in_current_words(written)
    with noting_older_words(written, today):
        yield today


def build(path: Path, output: Path, options: Options, *, force: bool = False) -> Path:
    """Compile a recipe into `output/<name>` and return that path. Raises RecipeError."""
    return place(compile_recipe(path, options), output, force=force)


def place(bundle: Bundle, output: Path, *, force: bool = False) -> Path:
    """Run the last stage: write a bundle to `output/<name>`, and return that path."""
    write(bundle.tree, bundle.manifest, output / bundle.name, force=force)
    return output / bundle.name
