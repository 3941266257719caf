"""The command line: the parser of all verbs, and what becomes of errors that are nobody's.

Exit statuses are those of `verbs/exit_status.py`. Results go to stdout, words for people to stderr.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import textwrap
import traceback
from collections.abc import Iterator, Sequence

from hpcgen import __version__
from hpcgen.verbs import build, check, completion, expand, explain, plan, report, schema, validate
from hpcgen.verbs import list as list_
from hpcgen.verbs.exit_status import BUG, INTERRUPTED, OK, USAGE
from hpcgen.verbs.parser import Parser, Run, columns

_GROUPS = {
    "compile a recipe": (build, check, validate),
    "look into a recipe": (plan, expand),
    "find out": (explain, list_),
    "look at results": (report,),
    "set up a shell or an editor": (completion, schema),
}

_EXAMPLES = """\
  hpcgen build recipes/quickstart.yaml               write output/quickstart, print that path
  hpcgen plan recipes/quickstart.yaml                what will it ask the cluster for?
  hpcgen check --all                                 is output/ in step with recipes/?
  hpcgen explain HG104                               what does this error mean?
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit status; a bug prints its traceback and asks for a report."""
    gc.disable()  # looking for cycles, which a compiler makes few of, is a tenth of a large build
    words = sys.argv[1:] if arguments is None else arguments
    if not words:
        print(parser().format_help(), end="")
        return USAGE
    options = parser().parse_args(words)
    run: Run = options.run
    try:
        status = run(options)
        sys.stdout.flush()  # a closed pipe is met here, and not at exit, where Python complains
        return status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:
        traceback.print_exc()
        print(f"hpcgen {__version__}: this is a bug in hpcgen; please report it", file=sys.stderr)
        return BUG


def parser() -> Parser:
    """The parser of the whole command line; its help lists the verbs by groups."""
    parser = Parser(
        prog="hpcgen",
        usage="hpcgen [-h] [--version] VERB ...",
        description="Compile a YAML recipe into a bundle of Slurm scripts and configuration.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"hpcgen {__version__}")
    verbs = parser.add_subparsers(
        metavar="VERB", required=True, prog="hpcgen", parser_class=Parser, help=argparse.SUPPRESS
    )
    for modules in _GROUPS.values():
        for module in modules:
            module.add(verbs)
    parser.set_defaults(root=parser)
    parser.epilog = "\n".join((*_listed(verbs.choices), "hpcgen VERB --help explains a verb."))
    parser.examples = _EXAMPLES
    return parser


def _listed(parsers: dict[str, Parser]) -> Iterator[str]:
    """Each group of verbs under its heading, a line each, and an empty one."""
    for heading, modules in _GROUPS.items():
        yield f"{heading}:"
        for name in (module.__name__.rpartition(".")[2] for module in modules):
            summary = parsers[name].get_default("summary")
            yield from textwrap.wrap(
                summary, columns(), initial_indent=f"  {name:<12}", subsequent_indent=" " * 14
            )
        yield ""
