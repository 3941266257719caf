"""How a verb's command line is declared."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

from hpcgen.verbs.exit_status import USAGE

Options = argparse.Namespace
Run = Callable[[Options], int]


class Parser(argparse.ArgumentParser):
    """A parser that ends with status 64 where the command line is wrong."""

    def error(self, message: str) -> NoReturn:
        """Print how the verb is used and what is wrong, both to stderr."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


Verbs = argparse._SubParsersAction  # argparse has no public name for it


def declare(verbs: Verbs[Parser], name: str, run: Run, summary: str, examples: str) -> Parser:
    """Add the verb `name`; `summary` is a line without a full stop, `examples` whole lines."""
    parser = verbs.add_parser(
        name,
        description=f"{summary[:1].upper()}{summary[1:]}.",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run, summary=summary)
    return parser
