"""Values in bash: one rule for each place, and no place without a rule.

A template prints a value either through one of the filters here or as it is; printed as it is, a
string is quoted as one word, and anything that is not a string or a number is a bug.
"""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterable, Mapping

from markupsafe import Markup


class Bash(Markup):
    """Bash text that hpcgen itself wrote, to be printed as it stands."""


Value = str | int | tuple[str, ...] | Mapping[str, str] | Bash

_WIDTH = 98
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_LOOKS_EXPANDED = re.compile(r"[^\x01\x7f]*[$`][^\x01\x7f]*")
_SPECIAL = re.compile(r'[\\"$`]')
_SAFE_DIRECTIVE = re.compile(r"[A-Za-z0-9._,:=/+@%&|!*()\[\]-]*")


def word(value: object) -> Bash:
    """One bash word. Raises TypeError for what has no obvious spelling, such as None or a list.

    A comma is quoted too: in an array it looks like a separator that it is not (SC2054). Text with
    a dollar or a backtick is escaped within double quotes, where a reader (and SC2016) does not
    take it for an expansion that somebody forgot to enable; not with U+0001 or U+007F, which bash
    doubles there in arrays.
    """
    if isinstance(value, Markup):
        return Bash(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(f"{type(value).__name__} is not a bash word")
    text = str(value)
    if _LOOKS_EXPANDED.fullmatch(text):
        return Bash('"' + _SPECIAL.sub(r"\\\g<0>", text) + '"')
    quoted = shlex.quote(text)
    return Bash(f"'{quoted}'" if "," in quoted and not quoted.startswith("'") else quoted)


def words(values: Iterable[object]) -> Bash:
    """Several bash words, separated by spaces."""
    return Bash(" ".join(word(value) for value in values))


def assignments(values: Mapping[str, Value]) -> Bash:
    """One assignment a line, wrapped below 100 columns, in the order given."""
    return Bash("\n".join(_assignment(name, value) for name, value in values.items()))


def _assignment(name: str, value: Value) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name} is not a name for a value")
    if isinstance(value, tuple):
        return _wrap(f"{name}=(", [word(item) for item in value]) + ")"
    if isinstance(value, Mapping):
        items = [f"[{word(key)}]={word(item)}" for key, item in value.items()]
        return f"declare -A {_wrap(f'{name}=(', items)})"
    return f"{name}={word(value)}"


def _wrap(start: str, items: Iterable[str]) -> str:
    lines, line = [], start
    for item in items:
        joint = "" if line in (start, "  ") else " "
        if len(line) + len(joint) + len(item) > _WIDTH and line != start:
            lines.append(line)
            line, joint = "  ", ""
        line += joint + item
    return "\n".join([*lines, line])


def name(text: str) -> Bash:
    """A variable's name, as it stands. Raises ValueError for anything else."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise ValueError(f"{text} is not a variable's name")
    return Bash(text)


def directive(value: object) -> Bash:
    """The rest of an `#SBATCH` line: `=VALUE`, or nothing for True.

    Slurm reads these lines, not bash, and splits them at spaces into further options, so a value
    that would need quoting is refused: a schema should have refused it before.
    """
    if value is True:
        return Bash("")
    text = str(value)
    if not _SAFE_DIRECTIVE.fullmatch(text):
        raise ValueError("a directive's value would need quoting")
    return Bash(f"={text}")


def remark(text: str) -> Bash:
    """Text as comment lines of at most 98 columns; a longer word has a line of its own."""
    visible = "".join(each if each.isprintable() else "?" for each in text)
    lines = textwrap.wrap(visible, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return Bash("\n".join(f"# {line}" for line in lines))


def comment(text: str) -> Bash:
    """Text for a comment or between double quotes: one line, nothing that bash would read."""
    return Bash(re.sub(r"[\x00-\x1f\x7f`$\"\\]", "?", text))
