"""How a verb's command line is declared."""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

from hpcgen.verbs.exit_status import USAGE

Options = argparse.Namespace
Run = Callable[[Options], int]


class Parser(argparse.ArgumentParser):
    """A parser that ends with status 64 where the command line is wrong, and suggests a word."""

    examples: str = ""
    """Shown below the options: a command and, after three spaces, what it does, on each line."""

    def error(self, message: str) -> NoReturn:
        """Print how the verb is used and what is wrong, both to stderr."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Parse, and refuse what is unknown here, where the verb's own usage can be shown."""
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            option = next((word for word in unknown if word.startswith("-")), "")
            suggestion = _suggestion(option.partition("=")[0], self._option_string_actions)
            self.error(f"unrecognized arguments: {' '.join(unknown)}{suggestion}")
        return options, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            choices = ", ".join(map(str, action.choices))
            suggestion = _suggestion(str(value), action.choices) or f"; choose from: {choices}"
            raise argparse.ArgumentError(action, f"invalid choice: {value!r}{suggestion}")

    def format_help(self) -> str:
        """The help, as wide as the terminal."""
        width = columns()
        if self.description:
            self.description = textwrap.fill(self.description, width)
        return f"{super().format_help()}\nexamples:\n{_examples(self.examples, width)}"


def columns() -> int:
    """The width of the terminal, or COLUMNS; 80 where there is none."""
    return shutil.get_terminal_size().columns


def terminal_columns() -> int | None:
    """The width of the terminal that results go to; None for a pipe or file, with lines uncut."""
    return columns() if sys.stdout.isatty() else None


def _suggestion(word: str, words: Any) -> str:
    from hpcgen.text.nearest import nearest

    near = nearest(word, [str(one) for one in words]) if word else None
    return f"; did you mean `{near}`?" if near else ""


def _examples(text: str, width: int) -> str:
    """Commands with what they do beside them, or below where the lines would be too wide."""
    pairs = [line.strip().partition("   ")[::2] for line in text.splitlines()]
    longest = max((len(command) for command, remark in pairs if remark), default=0)
    on_one_line = all(longest + len(remark.strip()) + 5 <= width for _, remark in pairs)
    lines = (
        line for pair in pairs for line in _example(*pair, longest if on_one_line else 0, width)
    )
    return "".join(f"{line}\n" for line in lines)


def _example(command: str, remark: str, longest: int, width: int) -> Iterator[str]:
    remark = remark.strip()
    if longest and remark:
        yield f"  {command:<{longest}}   {remark}"
        return
    yield f"  {command}"
    if remark:
        margin = " " * 6
        yield from textwrap.wrap(remark, width, initial_indent=margin, subsequent_indent=margin)


Verbs = argparse._SubParsersAction  # argparse has no public name for it


def declare(verbs: Verbs[Parser], name: str, run: Run, summary: str, examples: str) -> Parser:
    """Add the verb `name`; `summary` is a line without a full stop, `examples` whole lines."""
    parser = verbs.add_parser(
        name,
        description=f"{summary[:1].upper()}{summary[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.examples = examples
    parser.set_defaults(run=run, summary=summary)
    return parser
