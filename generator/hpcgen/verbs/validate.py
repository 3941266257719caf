"""`hpcgen validate`: everything that `build` would find wrong, and no file."""

from __future__ import annotations

from pathlib import Path

from hpcgen.verbs import recipes
from hpcgen.verbs.exit_status import OK
from hpcgen.verbs.parser import Options, Parser, Verbs, declare

_EXAMPLES = """\
  hpcgen validate my.yaml --strict                   warnings are errors
  my-generator | hpcgen validate -                   a recipe from standard input
  hpcgen validate my.yaml --format github            annotations for a pull request
"""


def add(verbs: Verbs[Parser]) -> None:
    """Declare the verb."""
    parser = declare(verbs, "validate", run, "check recipes and write nothing", _EXAMPLES)
    recipes.add_options(parser, "+")
    recipes.add_warning_options(parser)


def run(options: Options) -> int:
    """Compile every recipe, and keep nothing of it."""

    def one(path: Path) -> int:
        recipes.compiled(path, recipes.compiler_options(options), options)
        return OK

    return recipes.run_each(options, options.recipes, one)
