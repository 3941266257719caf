"""`hpcgen explain`: the page of a diagnostic."""

from __future__ import annotations

import sys

from hpcgen.exit_status import OK, USAGE
from hpcgen.verbs.parser import Options, Parser, Verbs, declare

_EXAMPLES = """\
  hpcgen explain HG104                               the problem, a bad and a good example
  hpcgen explain                                     every code, a line each
"""


def add(verbs: Verbs[Parser]) -> None:
    """Declare the verb."""
    parser = declare(verbs, "explain", run, "print the page of a diagnostic", _EXAMPLES)
    parser.add_argument("code", metavar="CODE", nargs="?", help="as in HG104; without it, a list")


def run(options: Options) -> int:
    """Print one page, or the list of them all; 64 for a code that does not exist."""
    from hpcgen.explanations import codes, explanation

    if options.code is None:
        return _list()
    code = options.code.upper()
    if code not in codes():
        return _unknown(options.code)
    print(explanation(code).text, end="")
    return OK


def _list() -> int:
    from hpcgen.explanations import codes, explanation
    from hpcgen.table import aligned

    print(aligned([(code, explanation(code).title) for code in codes()]), end="")
    return OK


def _unknown(code: str) -> int:
    from hpcgen.characters import quoted
    from hpcgen.explanations import codes
    from hpcgen.nearest import nearest

    family = [each for each in codes() if each[:3] == code[:3].upper()]
    near = nearest(code, family or codes())
    hint = f"did you mean {near}?" if near else "`hpcgen explain` lists them"
    print(f"hpcgen explain: there is no code {quoted(code)}; {hint}", file=sys.stderr)
    return USAGE
