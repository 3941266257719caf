"""`hpcgen build`: recipes into bundles."""

from __future__ import annotations

import sys
from pathlib import Path

from hpcgen.verbs import recipes
from hpcgen.verbs.exit_status import OK
from hpcgen.verbs.parser import Options, Parser, Verbs, declare

_EXAMPLES = """\
  hpcgen build recipes/quickstart.yaml               write output/quickstart, print that path
  hpcgen build my.yaml --cluster lab -o bundles      for another cluster, into another directory
  hpcgen build my.yaml --set services.cache.port=6390
"""


def add(verbs: Verbs[Parser]) -> None:
    """Declare the verb."""
    summary = "write the bundle of each recipe, and print its path"
    parser = declare(verbs, "build", run, summary, _EXAMPLES)
    recipes.add_options(parser, "+")
    recipes.add_output(parser)
    parser.add_argument("--force", action="store_true", help="overwrite edited and foreign files")


def run(options: Options) -> int:
    """Build every recipe; the path of each bundle goes to stdout."""
    from hpcgen import build

    def one(path: Path) -> int:
        bundle = recipes.compiled(path, recipes.compiler_options(options))
        recipes.warn(bundle.warnings, path, options)
        directory = build.place(bundle, options.output, force=options.force)
        print(f"next: read {directory}/README.md, then {directory}/bin/submit.sh", file=sys.stderr)
        print(directory)
        return OK

    return recipes.run_each(options, options.recipes, one)
