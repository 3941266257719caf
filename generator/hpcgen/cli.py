"""The command line: verbs, options, exit statuses, and which stream says what.

0 done, 1 the recipe has problems, 2 differences found, 3 a bug in hpcgen, 64 wrong usage.
Results go to stdout, words for people to stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from hpcgen import __version__
from hpcgen.diagnostics import RecipeError
from hpcgen.yaml.limits import Limits

OK, PROBLEMS, DIFFERENCES, BUG, USAGE = 0, 1, 2, 3, 64

_EXAMPLES = """\
examples:
  hpcgen build recipes/quickstart.yaml            write output/quickstart and print that path
  hpcgen build my.yaml --cluster lab -o /tmp/out  for another cluster, into another directory
  hpcgen validate my.yaml --format github         only check, for a pull request
  hpcgen check --all                              is output/ in step with recipes/?
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit status; a bug prints its traceback and asks for a report."""
    options = _parser().parse_args(arguments)
    verb: Callable[[argparse.Namespace], int] = options.verb
    try:
        return verb(options)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return 130
    except Exception:
        traceback.print_exc()
        print(f"hpcgen {__version__}: this is a bug in hpcgen; please report it", file=sys.stderr)
        return BUG


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="hpcgen",
        description="Compile a YAML recipe into a bundle of Slurm scripts and configuration.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"hpcgen {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    build = _verb(verbs, "build", _build, "write the bundle of each recipe, and print its path")
    build.add_argument("--force", action="store_true", help="overwrite edited and foreign files")
    check = _verb(verbs, "check", _check, "compare bundles with their recipes: 0 in step, 2 drift")
    check.add_argument("--all", action="store_true", help="every recipe of recipes/")
    _verb(verbs, "validate", _validate, "check recipes and write nothing")
    for verb in (build, check):
        text = "directory of the bundles (default: output)"
        verb.add_argument("-o", "--output", type=Path, default=Path("output"), help=text)
    return parser


def _verb(
    verbs: argparse._SubParsersAction[_Parser],
    name: str,
    function: Callable[[argparse.Namespace], int],
    summary: str,
) -> _Parser:
    parser = verbs.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
    parser.set_defaults(verb=function)
    limits = Limits()
    recipes = "*" if name == "check" else "+"
    parser.add_argument("recipes", metavar="RECIPE", nargs=recipes, type=Path)
    parser.add_argument("--cluster", metavar="NAME|FILE", help="instead of the recipe's own")
    parser.add_argument(
        "--set", metavar="PATH=VALUE", action="append", default=[], type=_assignment,
        help="a field of the recipe, as in services.cache.maxmemory=8gb; may be repeated",
    )  # fmt: skip
    parser.add_argument("--format", choices=("text", "json", "github"), default="text",
                        help="how problems are printed (default: text)")  # fmt: skip
    parser.add_argument("--max-bytes", metavar="N", type=int, default=limits.bytes,
                        help=f"size limit of a recipe (default: {limits.bytes})")  # fmt: skip
    parser.add_argument("--max-nodes", metavar="N", type=int, default=limits.nodes,
                        help=f"limit of YAML nodes (default: {limits.nodes})")  # fmt: skip
    return parser


def _assignment(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not (path and equals):
        raise argparse.ArgumentTypeError("write PATH=VALUE")
    return path, value


def _build(options: argparse.Namespace) -> int:
    from hpcgen import build

    def one(path: Path) -> int:
        directory = build.build(path, options.output, _options(options), force=options.force)
        print(f"next: read {directory}/README.md, then {directory}/bin/submit.sh", file=sys.stderr)
        print(directory)
        return OK

    return _each(options, options.recipes, one)


def _validate(options: argparse.Namespace) -> int:
    from hpcgen import build

    def one(path: Path) -> int:
        build.compile_recipe(path, _options(options))
        return OK

    return _each(options, options.recipes, one)


def _check(options: argparse.Namespace) -> int:
    from hpcgen import build
    from hpcgen.drift import drift, recorded_settings

    def one(path: Path) -> int:
        name = build.compile_recipe(path, _options(options)).name
        directory = options.output / name
        replayed = _options(options).replaying(recorded_settings(directory))
        bundle = build.compile_recipe(path, replayed)
        differences = drift(bundle.tree, bundle.manifest, directory)
        for difference in differences:
            print(f"{difference.kind}: {directory / difference.path}")
        return DIFFERENCES if differences else OK

    recipes = [*options.recipes, *(sorted(Path("recipes").glob("*.yaml")) if options.all else ())]
    if not recipes:
        print("hpcgen check: name a recipe, or --all", file=sys.stderr)
        return USAGE
    return _each(options, recipes, one)


def _options(options: argparse.Namespace):  # type: ignore[no-untyped-def]
    from hpcgen import build

    limits = Limits(bytes=options.max_bytes, nodes=options.max_nodes)
    return build.Options(cluster=options.cluster, settings=dict(options.set), limits=limits)


def _each(options: argparse.Namespace, recipes: Sequence[Path], one: Callable[[Path], int]) -> int:
    """Each recipe in turn, whatever became of the others; problems outweigh differences."""
    statuses = []
    for path in recipes:
        try:
            statuses.append(one(path))
        except RecipeError as error:
            _report(error, path, options)
            statuses.append(PROBLEMS)
    return PROBLEMS if PROBLEMS in statuses else max(statuses)


def _report(error: RecipeError, path: Path, options: argparse.Namespace) -> None:
    from hpcgen import report
    from hpcgen.load import source_text

    if options.format == "json":
        print(report.render_json(error.diagnostics), end="")
    elif options.format == "github":
        print(report.render_github(error.diagnostics, {path.name: str(path)}), end="")
    else:
        colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
        limits = Limits(bytes=options.max_bytes)
        sources = {path.name: source_text(path, limits)}
        print(report.render_text(error.diagnostics, sources, colour=colour), file=sys.stderr)
