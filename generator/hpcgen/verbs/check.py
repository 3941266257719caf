"""`hpcgen check`: are the bundles what their recipes make?"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from hpcgen.verbs import recipes
from hpcgen.verbs.exit_status import DIFFERENCES, OK, USAGE
from hpcgen.verbs.parser import Options, Parser, Verbs, declare

_EXAMPLES = """\
  hpcgen check recipes/quickstart.yaml               is output/quickstart in step with it?
  hpcgen check --all                                 every recipe of recipes/
"""


def add(verbs: Verbs[Parser]) -> None:
    """Declare the verb."""
    summary = "compare bundles with their recipes: 0 in step, 2 drift"
    parser = declare(verbs, "check", run, summary, _EXAMPLES)
    recipes.add_options(parser, "*")
    recipes.add_warning_options(parser)
    recipes.add_output(parser)
    parser.add_argument("--all", action="store_true", help="every recipe of recipes/")


def run(options: Options) -> int:
    """Compare every recipe with its bundle; each difference is a line on stdout."""
    paths = [*options.recipes, *(sorted(Path("recipes").glob("*.yaml")) if options.all else ())]
    if not paths:
        print("hpcgen check: name a recipe, or --all", file=sys.stderr)
        return USAGE
    return recipes.run_each(options, paths, lambda path: _one(path, options))


def _one(path: Path, options: Options) -> int:
    from hpcgen import build
    from hpcgen.write.drift import drift, recorded_settings

    added = recipes.compiler_options(options)
    directory = options.output / build.name_of(path, added)
    compiler = added.replaying(recorded_settings(directory))
    bundle = recipes.compiled(path, compiler, options, warn=False)
    differences = drift(bundle.tree, bundle.manifest, directory)
    if options.format == "json":
        listed = [{"kind": d.kind, "path": str(directory / d.path)} for d in differences]
        print(json.dumps({"recipe": str(path), "differences": listed}, indent=2))
    for difference in differences if options.format != "json" else ():
        print(_line(difference.kind, directory / difference.path, options.format))
    return DIFFERENCES if differences else OK


def _line(kind: str, path: Path, form: str) -> str:
    return f"::error file={path}::{kind}" if form == "github" else f"{kind}: {path}"
