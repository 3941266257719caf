"""The escapes of double-quoted YAML strings (YAML 1.2, section 5.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ESCAPE = re.compile(r"\\(?:x(.{2})|u(.{4})|U(.{8})|(.|\n))")

_LETTERS = {"0": "\0", "a": "\a", "b": "\b", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b"}
_LETTERS |= {"N": "\x85", "L": "\u2028", "P": "\u2029"}


def escapes(text: str, start: int, end: int) -> Iterator[tuple[tuple[int, int], str]]:
    r"""Yield the place of each escape in `text[start:end]`, and the character it makes.

    The text must have been accepted by the parser. An escape of an ordinary character, such as
    `\n`, yields that of its own letter.
    """
    for match in _ESCAPE.finditer(text, start, end):
        yield match.span(), _character(match)


def _character(match: re.Match[str]) -> str:
    x, u, long, letter = match.groups()
    return _LETTERS.get(letter, letter) if letter else chr(int(x or u or long, 16))
