"""Characters that no recipe may contain: they are invisible, or change how other text is shown.

Line feed and tab are allowed; a carriage return only before a line feed, where `load` drops it.
The bidirectional controls and zero-width characters are those of Unicode TR 36 and of
CVE-2021-42574; the noncharacters are those of Unicode 16, section 23.7.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from hpcgen.secrets.shapes import without_secrets

_PLANES = "".join(chr(plane << 16 | low) for plane in range(1, 17) for low in (0xFFFE, 0xFFFF))

FORBIDDEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls, next line (U+0085) among them
    "\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # bidi, zero-width, separators
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff" + _PLANES + "]"  # surrogates, noncharacters
)

_LAYOUT = str.maketrans("", "", "\t\n")  # not printable, and allowed
_UNSAFE = re.compile(rf"[\t\n]|{FORBIDDEN.pattern}")
_CONTROLS = {"\0": "null", "\r": "carriage return", "\x1b": "escape", "\x85": "next line"}
_ALIASES = {"\ufeff": "byte order mark"}


def forbidden_characters(text: str) -> Iterator[re.Match[str]]:
    """Every forbidden character of `text`, at its place.

    No forbidden character is printable, and `isprintable` is ten times as fast as a search.
    """
    if text.translate(_LAYOUT).isprintable():
        return iter(())
    return FORBIDDEN.finditer(text)


def code_point(character: str) -> str:
    """Return the character as `U+202E`."""
    return f"U+{ord(character):04X}"


def describe(character: str) -> str:
    """Return the character's code point and name, as `U+202E (right-to-left override)`."""
    name = _ALIASES.get(character) or unicodedata.name(character, "").lower()
    return f"{code_point(character)} ({name or _category_name(character)})"


def visible(text: str) -> str:
    """Return `text` with every forbidden character, tab and line feed written out, as `<U+202E>`.

    A lone surrogate U+DC80 to U+DCFF stands for a byte that is not UTF-8 (PEP 383): `<0xFF>`.
    """
    return _UNSAFE.sub(lambda match: _code_point_tag(match.group()), text)


def _code_point_tag(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return f"<0x{ord(character) - 0xDC00:02X}>"
    return f"<{code_point(character)}>"


def _category_name(character: str) -> str:
    if character in _CONTROLS:
        return _CONTROLS[character]
    kinds = {"Cc": "control character", "Cs": "surrogate"}
    return kinds.get(unicodedata.category(character), "noncharacter")


def quoted(word: str, most: int = 40) -> str:
    """A user's word as messages show it: in backticks, masked, visible, and cut if it is long."""
    word = without_secrets(word)
    return f"`{visible(word if len(word) <= most else word[:most] + '…')}`"
