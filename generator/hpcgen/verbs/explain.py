"""`hpcgen explain`: the page of a diagnostic, or the causes of a line of a bundle."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hpcgen.verbs import recipes
from hpcgen.verbs.exit_status import DIFFERENCES, OK, USAGE
from hpcgen.verbs.parser import Options, Parser, Verbs, declare, terminal_columns
from hpcgen.yaml.limits import Limits

if TYPE_CHECKING:
    from hpcgen.provenance.place import Place

_EXAMPLES = """\
  hpcgen explain HG104                               the problem, a bad and a good example
  hpcgen explain                                     every code, a line each
  hpcgen explain output/quickstart/jobs/cache.sbatch:9   the fields and facts behind the line
"""


def add(verbs: Verbs[Parser]) -> None:
    """Declare the verb."""
    summary = "print the page of a diagnostic, or the fields behind a line of a bundle"
    parser = declare(verbs, "explain", run, summary, _EXAMPLES)
    what = "as in HG104, or FILE:LINE of a bundle; without it, every code"
    parser.add_argument("code", metavar="CODE|FILE:LINE", nargs="?", help=what)
    what = "what the bundle is made from, where that is not found beside it or in recipes/"
    limits = Limits()  # what `recipes.run_each` needs of every verb that reads a recipe
    parser.set_defaults(cluster=None, set=(), format="text", quiet=False, strict=False)
    parser.set_defaults(max_bytes=limits.bytes, max_nodes=limits.nodes)
    parser.add_argument("--recipe", metavar="RECIPE", type=Path, help=what)


def run(options: Options) -> int:
    """Print one page, a list of all pages, or the causes of a line.

    64 for a code or a line that does not exist, 2 for a line of a file that differs from what its
    recipe makes, 1 for a recipe with problems.
    """
    from hpcgen.printing.explanations import codes, explanation

    if options.code is None:
        return _list()
    file, colon, line = options.code.rpartition(":")
    if colon and line.isdecimal() and file:
        return _line(Path(file), int(line), options)
    code = options.code.upper()
    if code not in codes():
        return _report_unknown_code(options.code)
    print(explanation(code).text, end="")
    return OK


def _list() -> int:
    from hpcgen.printing.explanations import codes, explanation
    from hpcgen.text.table import aligned

    rows = [(code, explanation(code).title) for code in codes()]
    print(aligned(rows, within=terminal_columns()), end="")
    return OK


def _report_unknown_code(code: str) -> int:
    from hpcgen.printing.explanations import codes
    from hpcgen.secrets.visible import quoted
    from hpcgen.text.nearest import nearest

    family = [known_code for known_code in codes() if known_code[:3] == code[:3].upper()]
    near = nearest(code, family or codes())
    hint = f"did you mean {near}?" if near else "`hpcgen explain` lists them"
    print(f"hpcgen explain: there is no code {quoted(code)}; {hint}", file=sys.stderr)
    return USAGE


def _line(file: Path, line: int, options: Options) -> int:
    from hpcgen.provenance.place import NotThere, place, recipe_of

    try:
        where = place(file, line)
        recipe = options.recipe or recipe_of(where)
    except NotThere as error:
        print(f"hpcgen explain: {error}", file=sys.stderr)
        return USAGE
    return recipes.run_each(options, [recipe], lambda path: _explain_line(path, where))


def _explain_line(recipe: Path, where: Place) -> int:
    from hpcgen import build
    from hpcgen.provenance import causes
    from hpcgen.provenance.page import page
    from hpcgen.provenance.sources import sources

    made_from = sources(recipe, build.Options().replaying(where.manifest.settings))
    tree = made_from.tree
    if where.path not in tree or tree[where.path].content != where.text:
        what = f"{where.file} is not what {recipe} makes; `hpcgen build {recipe}` makes it so"
        print(f"hpcgen explain: {what}", file=sys.stderr)
        return DIFFERENCES
    fields = causes(made_from, where.path, where.lines, where.line, _progress)
    print(page(where, recipe, made_from.profile.name, fields), end="")
    return OK


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        end = "\r" if done < of else "\r\x1b[K"
        print(f"{done} of {of} fields looked at", end=end, file=sys.stderr, flush=True)
