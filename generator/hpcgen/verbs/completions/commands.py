"""The command line for completion scripts: verbs, options, and their values."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from hpcgen.clusters import built_in
from hpcgen.printing.explanations import codes

Files = Literal["", "recipe", "any", "directory"]


@dataclass(frozen=True, slots=True)
class Value:
    """The values of an argument: some of `words`, or files of a sort, or both."""

    words: tuple[str, ...] = ()
    files: Files = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """`names` as they are typed, such as -o and --output; `value` is None for a flag."""

    names: tuple[str, ...]
    help: str
    value: Value | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A verb. `positional` is what its other arguments are, all of one sort."""

    name: str
    summary: str
    options: tuple[Option, ...]
    positional: Value


def commands(parser: argparse.ArgumentParser) -> tuple[Command, ...]:
    """The verbs of the parser, in its order."""
    choices = next(action.choices for action in parser._actions if _has_verbs(action))
    return tuple(_command(name, verb) for name, verb in dict(choices or {}).items())


def _has_verbs(action: argparse.Action) -> bool:
    return isinstance(action, argparse._SubParsersAction)


def _command(name: str, verb: argparse.ArgumentParser) -> Command:
    positional = [_value(action) for action in verb._actions if not action.option_strings]
    return Command(
        name=name,
        summary=verb.get_default("summary"),
        options=tuple(_options(verb)),
        positional=positional[0] if positional else Value(),
    )


def _options(verb: argparse.ArgumentParser) -> Iterator[Option]:
    for action in verb._actions:
        if action.option_strings:
            value = None if action.nargs == 0 else _value(action)
            yield Option(names=tuple(action.option_strings), help=action.help or "", value=value)


def _value(action: argparse.Action) -> Value:
    """The values of an argument, by its choices or else its metavar."""
    if action.choices:
        return Value(tuple(action.choices))
    sorts: dict[Any, Value] = {
        "RECIPE": Value(files="recipe"),
        "FILE": Value(files="any"),
        "DIR": Value(files="directory"),
        "NAME|FILE": Value(built_in(), "recipe"),
        "CODE|FILE:LINE": Value(codes(), "any"),
    }
    return sorts.get(action.metavar, Value())
