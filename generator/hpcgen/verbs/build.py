"""`hpcgen build`: recipes into bundles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hpcgen.verbs import recipes
from hpcgen.verbs.exit_status import OK
from hpcgen.verbs.parser import Options, Parser, Verbs, declare

if TYPE_CHECKING:
    from hpcgen.build import Placed

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
    recipes.add_warning_options(parser)
    recipes.add_output(parser)
    parser.add_argument("--force", action="store_true", help="overwrite edited and foreign files")


def run(options: Options) -> int:
    """Build every recipe; the path of each bundle goes to stdout."""
    from hpcgen import build

    def one(path: Path) -> int:
        bundle = recipes.compiled(path, recipes.compiler_options(options), options)
        placed = build.place(bundle, options.output, force=options.force)
        print(placed.directory, flush=True)
        if not options.quiet:
            print(_summary(placed), file=sys.stderr)
        return OK

    return recipes.run_each(options, options.recipes, one)


def _summary(placed: Placed) -> str:
    """What the build changed, and what to do next."""
    if not placed.written and not placed.removed:
        return f"{placed.directory}: nothing changed"
    counts = ((placed.written, "written"), (placed.removed, "removed"))
    changed = ", ".join(f"{count} {_files(count)} {verb}" for count, verb in counts if count)
    place = placed.directory
    return f"{place}: {changed}; read {place}/README.md, then run {place}/bin/submit.sh"


def _files(count: int) -> str:
    return "file" if count == 1 else "files"
