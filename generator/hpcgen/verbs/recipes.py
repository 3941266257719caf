"""The shared parts of verbs that read recipes: options, and the report of problems."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.verbs.exit_status import PROBLEMS
from hpcgen.verbs.parser import Options, Parser
from hpcgen.yaml.limits import Limits

if TYPE_CHECKING:
    from hpcgen import build

FORMATS = ("text", "json", "github")


def add_options(parser: Parser, recipes: str | int, formats: Sequence[str] = FORMATS) -> None:
    """Add RECIPE, as often as `recipes` says (argparse's `nargs`), and what goes with it."""
    parser.add_argument("recipes", metavar="RECIPE", nargs=recipes, type=Path,
                        help="a YAML file; - reads standard input")  # fmt: skip
    parser.add_argument("--cluster", metavar="NAME|FILE", help="instead of the recipe's own")
    parser.add_argument(
        "--set", metavar="PATH=VALUE", action="append", default=[], type=_assignment,
        help="a field of the recipe, as in services.cache.maxmemory=8gb; may be repeated",
    )  # fmt: skip
    what = "how problems are printed" if "github" in formats else "how everything is printed"
    parser.add_argument("--format", choices=formats, default="text", help=f"{what} (default: text)")
    _add_limits(parser, Limits())


def _add_limits(parser: Parser, default: Limits) -> None:
    parser.add_argument("--max-bytes", metavar="N", type=int, default=default.bytes,
                        help=f"size limit of a recipe (default: {default.bytes})")  # fmt: skip
    parser.add_argument("--max-nodes", metavar="N", type=int, default=default.nodes,
                        help=f"limit of YAML nodes (default: {default.nodes})")  # fmt: skip


def add_warning_options(parser: Parser) -> None:
    """Add what becomes of warnings."""
    parser.add_argument("-q", "--quiet", action="store_true",
                        help="print errors and results, and nothing else")  # fmt: skip
    parser.add_argument("--strict", action="store_true", help="treat warnings as errors")


def add_output(parser: Parser) -> None:
    """Add the directory that bundles are in."""
    text = "directory of the bundles (default: output)"
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, default="output", help=text)


def _assignment(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not (path and equals):
        raise argparse.ArgumentTypeError("write PATH=VALUE")
    return path, value


def compiler_options(options: Options) -> build.Options:
    """The compiler's options from the command line."""
    from hpcgen import build

    limits = Limits(bytes=options.max_bytes, nodes=options.max_nodes)
    return build.Options(cluster=options.cluster, settings=dict(options.set), limits=limits)


def compiled(
    path: Path, compiler: build.Options, options: Options, *, warn: bool = True
) -> build.Bundle:
    """Run every stage but the last, report warnings, and show progress on a terminal.

    Raises RecipeError; `StrictError` where there are warnings and `--strict` makes errors of them.
    """
    from hpcgen import build
    from hpcgen.check.shellcheck import unseen
    from hpcgen.printing.progress import progress_line

    what = f"{path.name}: {{done}} of {{total}} scripts linted"
    with progress_line(what, sys.stderr) as linted:
        bundle = build.compile_recipe(path, compiler, unseen if options.quiet else linted)
    if bundle.warnings and (options.strict or (warn and not options.quiet)):
        _report(bundle.warnings, path, options)
    if bundle.warnings and options.strict:
        raise StrictError
    return bundle


class StrictError(Exception):
    """Warnings that are errors; they have been reported."""


def run_each(options: Options, recipes: Sequence[Path], one: Callable[[Path], int]) -> int:
    """Run `one` on each recipe, whatever became of the others; problems outweigh differences."""
    statuses = []
    diagnostics: list[Diagnostic] = []
    for path in recipes:
        try:
            statuses.append(one(path))
        except RecipeError as error:
            _report(error.diagnostics, path, options)
            statuses.append(PROBLEMS)
            diagnostics += error.diagnostics
        except StrictError:
            statuses.append(PROBLEMS)
    _point_to_explanation(diagnostics, options)
    return PROBLEMS if PROBLEMS in statuses else max(statuses)


def _report(diagnostics: Sequence[Diagnostic], path: Path, options: Options) -> None:
    from hpcgen.load import STANDARD_INPUT, set_option, source_text
    from hpcgen.printing import report

    files = _files(diagnostics, path, options)
    paths = {name: str(file) for name, file in files.items() if file != STANDARD_INPUT}
    if options.format == "json":
        print(report.render_json(diagnostics, paths), end="")
    elif options.format == "github":
        print(report.render_github(diagnostics, paths), end="")
    else:
        limits = Limits(bytes=options.max_bytes)
        sources = {name: source_text(file, limits) for name, file in files.items()}
        sources |= dict(set_option.source(path, value) for path, value in options.set)
        text = report.render_text(diagnostics, sources, paths, colour=_use_colour())
        print(text, file=sys.stderr)


def _files(diagnostics: Iterable[Diagnostic], path: Path, options: Options) -> dict[str, Path]:
    """The files of the diagnostics, by their names there.

    The recipe's name is its base name, or <stdin>; a profile's is its path from the recipe, or from
    the working directory if `--cluster` names it. A built-in profile has no problems.
    """
    from hpcgen.load import source_name

    directory = Path() if options.cluster else path.parent
    spans = [
        span
        for diagnostic in diagnostics
        for span in (diagnostic.span, *(r.span for r in diagnostic.related))
    ]
    others = {span.file: directory / span.file for span in spans if span}
    files = {name: file for name, file in others.items() if file.is_file()}
    return {**files, source_name(path): path}


def _use_colour() -> bool:
    """By NO_COLOR, then FORCE_COLOR, then TERM, then the stream, as Python itself decides it."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return os.environ.get("TERM") != "dumb" and sys.stderr.isatty()


def _point_to_explanation(diagnostics: Sequence[Diagnostic], options: Options) -> None:
    if diagnostics and options.format == "text":
        from hpcgen.printing import report

        print(report.render_pointer(diagnostics), file=sys.stderr)
