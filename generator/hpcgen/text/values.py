"""Values of a script as data: text, variables, and words composed of both. `shell.py` prints them.

What the plan decides stays a fact this way: a renamed variable or another quoting changes what is
printed, and never what is decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup


class Bash(Markup):
    """Bash text that hpcgen itself wrote, to be printed as it stands."""


@dataclass(frozen=True, slots=True)
class Variable:
    """The value of a variable of the script, or of the element `key` of an associative array.

    `default` stands for it where it is not set or empty; without one it must be set.
    `without` is what its beginning is stripped of.
    """

    name: str
    default: str | Variable | None = None
    key: str = ""
    without: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """One word, made of literal text and variables."""

    parts: tuple[str | Variable, ...]

    def __add__(self, other: str | Variable | Text) -> Text:
        return Text((*self.parts, *(other.parts if isinstance(other, Text) else (other,))))


@dataclass(frozen=True, slots=True)
class Default:
    """A value that may be in the job's environment already, and not empty; else `default`.

    It is there under the name that it is assigned to, or as `variable`.
    """

    default: str | Variable
    variable: str = ""


@dataclass(frozen=True, slots=True)
class IfSet:
    """A word of a list that is there only where a variable is set and not empty."""

    variable: str
    word: str


@dataclass(frozen=True, slots=True)
class NamesWith:
    """The names of all variables that begin with a prefix, as words."""

    prefix: str


Word = str | int | Variable | Text | Bash
"""What is printed as one word."""

Item = Word | IfSet | NamesWith
"""What may stand in a list of words."""

Value = Word | Default | tuple[Item, ...] | Mapping[str, Word]
"""What may be assigned to a variable."""


def joined(*words: str | Variable | Text) -> Text:
    """One word of several, with nothing between them."""
    text = Text(())
    for word in words:
        text += word
    return text


def variables(value: object) -> Iterator[Variable]:
    """The variables that a value reads, those of defaults and of all items included."""
    if isinstance(value, str | int):  # most values are: no pattern below needs to be tried
        return
    match value:
        case Variable():
            yield value
            yield from variables(value.default)
        case Text():
            yield from (part for part in value.parts if isinstance(part, Variable))
        case Default():
            yield from variables(value.default)
        case IfSet():
            yield Variable(value.variable)
        case tuple():
            yield from (variable for item in value for variable in variables(item))
        case Mapping():
            yield from (variable for item in value.values() for variable in variables(item))
