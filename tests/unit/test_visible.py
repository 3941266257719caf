"""Forbidden characters are all found, by the fast way too."""

import sys

import pytest
from hpcgen.secrets.visible import FORBIDDEN, forbidden_characters

EVERY = [chr(point) for point in range(sys.maxunicode + 1)]


def test_no_forbidden_character_is_printable_nor_layout() -> None:
    forbidden = [character for character in EVERY if FORBIDDEN.match(character)]
    assert len(forbidden) > 2000
    assert not any(character.isprintable() or character in "\n\t" for character in forbidden)


@pytest.mark.parametrize(
    "text", ["", "a\n\tb\n", "é\u65e5\n", "a\u00a0b\n", "a\x07b\n\u202e", "\ud800"]
)
def test_the_fast_way_finds_the_same(text: str) -> None:
    assert [m.span() for m in forbidden_characters(text)] == [
        m.span() for m in FORBIDDEN.finditer(text)
    ]
