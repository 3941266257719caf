"""A stretch of source text, shown with its line above and a caret line below."""

from __future__ import annotations

from unicodedata import combining, east_asian_width

from hpcgen.diagnostics import Span
from hpcgen.secrets.visible import visible

COLUMNS = 100
_TAB = "    "
_CUT = "…"


def frame(text: str, span: Span) -> list[str]:
    """Return the frame: an empty gutter, the line before, the line, and its carets.

    Tabs are shown as four spaces, forbidden characters as `<U+202E>`; lines are cut to 100
    columns around the span. A span of several lines is underlined to the end of its first.
    A line before that is blank is left out.
    """
    lines = text.split("\n")
    line = _line(lines, span.line)
    start = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    before, marked, after = _cells(line[:start]), _cells(line[start:end]), _cells(line[end:])
    first = _first_column(len(before), len(marked), len(after))
    above = _cut(_cells(_line(lines, span.line - 1)), first)
    caret = " " * (len(before) - first) + "^" * min(max(1, len(marked)), COLUMNS)
    return _rows(span.line, above, _cut(before + marked + after, first), caret[:COLUMNS])


def _rows(number: int, above: str, line: str, caret: str) -> list[str]:
    width = len(str(number))
    numbered = [("", ""), (number - 1, above), (number, line), ("", caret)]
    if not above.strip():
        del numbered[1]
    return [f"{gutter:>{width}} | {body}".rstrip() for gutter, body in numbered]


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _cells(text: str) -> list[str]:
    """`text` by terminal column: a wide character fills two, a combining one none (UAX 11)."""
    cells: list[str] = []
    for character in visible(text.replace("\t", _TAB)):
        if combining(character) and cells:
            cells[-1] += character
        else:
            cells += [character, ""] if east_asian_width(character) in "WF" else [character]
    return cells


def _first_column(before: int, marked: int, after: int) -> int:
    """Choose the first of 100 columns so that the span, or at least its start, is shown."""
    last = before + max(1, marked) + after - COLUMNS
    return max(0, min(last, before - max(1, (COLUMNS - marked) // 2)))


def _cut(cells: list[str], first: int) -> str:
    shown = cells[first : first + COLUMNS]
    if first and shown:
        shown[0] = f"{_CUT} " if shown[1:2] == [""] else _CUT
    if len(cells) > first + COLUMNS:
        shown[-1 if shown[-1] else -2 :] = [_CUT]
    return "".join(shown)
