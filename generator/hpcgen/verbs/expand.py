"""`hpcgen expand`: the recipe with every default filled in."""

from __future__ import annotations

from pathlib import Path

from hpcgen.verbs import recipes
from hpcgen.verbs.exit_status import OK
from hpcgen.verbs.parser import Options, Parser, Verbs, declare

_EXAMPLES = """\
  hpcgen expand recipes/quickstart.yaml
  hpcgen expand my.yaml --cluster lab > my-on-lab.yaml
"""


def add(verbs: Verbs[Parser]) -> None:
    """Declare the verb."""
    summary = "print the recipe with every default and reference filled in"
    parser = declare(verbs, "expand", run, summary, _EXAMPLES)
    recipes.add_options(parser, 1)


def run(options: Options) -> int:
    """Print a recipe that builds the same bundle when it is kept beside the first."""
    from hpcgen import build
    from hpcgen.resolve import resolve
    from hpcgen.resolve.expansion import expand, relative_cluster
    from hpcgen.yaml.dump import dump

    def one(path: Path) -> int:
        document = build.validate_recipe(path, recipes.compiler_options(options))
        recipe = resolve(document, path.parent, options.cluster)
        relative = relative_cluster(path, options.cluster) if options.cluster else None
        cluster = relative or document.data.get("cluster", recipe.profile.name)
        print(dump(expand(document, recipe, cluster)), end="")
        return OK

    return recipes.run_each(options, options.recipes, one)
