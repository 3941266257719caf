"""The shape of a script: the same for all values that are printed into it.

Where `shell.py` prints a value, it puts marks around what depends on the value alone. `plain` takes
them away, and `shape` puts a stand-in of the same class in their place, so that scripts which
differ in values have one shape, line for line. The marks are control characters, which no recipe
may hold (`secrets/visible.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD, _PART, _END, _WRAP = "\x0e", "\x0f", "\x10", "\x11"
_BREAK = re.compile(f"{_WRAP}\n *")
_WRAPPED = re.compile(f"((?:[^\n]*{_BREAK.pattern})+)([^\n]*)")
_MARKED = re.compile(f"[{_WORD}{_PART}]([^{_END}]*){_END}")
_NUMBER = re.compile(r"'?[0-9]+'?")
_QUOTED_NUMBER, _QUOTED_TEXT, _EMPTY = "1", "'a b'", "''"


class Marked(str):
    """Text with marks, as a file keeps it until it is written."""

    __slots__ = ()


def word(spelled: str) -> str:
    """Mark a whole word of bash, as it is spelled: quotes are part of it."""
    return f"{_WORD}{spelled}{_END}"


def part(text: str) -> str:
    """Mark a part of a word, of a comment or of a directive."""
    return f"{_PART}{text}{_END}" if text else ""


def wrapped(lines: Sequence[str], margin: str) -> str:
    """Lines of a list of words: where each of them ends depends on the values."""
    return f"{_WRAP}\n{margin}".join(lines)


def plain(text: str) -> str:
    """The text as it is printed, without any marks."""
    return text.replace(_WORD, "").replace(_PART, "").replace(_END, "").replace(_WRAP, "")


def width(text: str) -> int:
    """How many characters that is."""
    return len(text) - text.count(_WORD) - text.count(_PART) - text.count(_END)


def shape(text: str) -> str:
    """The text with a stand-in for each mark: it has as many lines, and is bash like the text.

    A word is a number, empty or any other text, which stands quoted and with a space within. Parts
    that are alike have the same stand-in. A list on several lines stands on the first of them.
    """
    parts: dict[str, str] = {}

    def stand_in(match: re.Match[str]) -> str:
        content = match.group(1)
        if match.group()[0] == _PART:
            return parts.setdefault(content, f"x{len(parts)}") + "\n" * content.count("\n")
        if content == _EMPTY:
            return _EMPTY
        if _NUMBER.fullmatch(content):
            return _QUOTED_NUMBER
        return f"{_QUOTED_TEXT[:-1]}{chr(10) * content.count(chr(10))}'"

    return _WRAPPED.sub(_on_one_line, _MARKED.sub(stand_in, text))


def _on_one_line(match: re.Match[str]) -> str:
    return _BREAK.sub(" ", match[1]) + match[2] + "\n" * match[1].count(_WRAP)
