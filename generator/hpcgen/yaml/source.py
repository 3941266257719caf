"""A recipe's text, and places in it."""

from __future__ import annotations

from dataclasses import dataclass

from hpcgen.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Source:
    """`name` is the file's base name as reports show it; `text` its content, LF only, no BOM."""

    name: str
    text: str

    def span(self, start: int, end: int) -> Span:
        """Return the place of the characters from `start` to `end`, within the text."""
        return Span(self.name, *self._place(start), *self._place(max(start, end)))

    def _place(self, index: int) -> tuple[int, int]:
        before = self.text[:index]
        return before.count("\n") + 1, len(before) - before.rfind("\n")


def lenient_text(data: bytes) -> str:
    """Return `data` as text for a code frame, whatever it holds.

    A byte order mark at the start is dropped and CRLF becomes LF; a byte that is not UTF-8
    becomes a lone surrogate (PEP 383), so that columns still count.
    """
    text = data.decode("utf-8", "surrogateescape")
    return text.removeprefix("\ufeff").replace("\r\n", "\n")
