"""Scripts without what is the same in all of them: a case shows what its kind makes of a script.

The text of `templates/` is named in place of being repeated, and read in output/, where bundles
are whole. With a template stand those of its conditions that held, and the values in its lines.
Digests of other files are left out: they change with those files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tests.marked_templates import MARKED, plain

DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a script: the templates that its text is of, and what of it is of none."""

    text: str
    sources: tuple[str, ...]
    values: str

    @classmethod
    def read(cls, marked: str) -> Line:
        """A line whose text is named as above."""
        sources = dict.fromkeys(match[1] for match in MARKED.finditer(marked))
        values = re.sub("[ …]*…[ …]*", " … ", MARKED.sub("…", marked))
        return cls(plain(marked), (*sources,), values.strip(" …"))

    @property
    def template(self) -> str:
        """The template that it is of, or none."""
        return self.sources[0].partition(" ")[0] if self.sources else ""

    @property
    def conditions(self) -> Iterator[str]:
        """The conditions of the template that it was printed under."""
        return filter(None, (source.partition(" ")[2] for source in self.sources))


def abridged(marked: str) -> str:
    """The script with the name of a template in place of each run of lines that are of it."""
    lines = [Line.read(line) for line in marked.splitlines()]
    runs = groupby(zip(lines, templates_of(lines), strict=True), key=lambda pair: pair[1])
    short = [
        text for template, pairs in runs for text in summary(template, [line for line, _ in pairs])
    ]
    return DIGEST.sub("[sha256]", "".join(f"{text}\n" for text in short))


def templates_of(lines: Sequence[Line]) -> list[str]:
    """The template of each line; an empty line is of that which goes on after it."""
    names = [line.template for line in lines]
    for index, line in enumerate(lines):
        following = next((other for other in lines[index:] if other.text), None)
        if index and not line.text and following and following.template == names[index - 1]:
            names[index] = following.template
    return names


def summary(template: str, lines: Sequence[Line]) -> Iterator[str]:
    """The lines themselves, or the template's name, its conditions that held, and its values."""
    if not template:
        yield from (line.text for line in lines)
        return
    margin = re.match(" *", lines[0].text)
    assert margin
    yield f"{margin[0]}# [{template}]"
    conditions = {""}
    for line in lines:
        yield from (f"{margin[0]}#   {new}" for new in line.conditions if new not in conditions)
        conditions.update(line.conditions)
        if line.values:
            yield f"{margin[0]}#   = {line.values}"
