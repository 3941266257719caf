"""Notes on problems of an older recipe: the older word of each field that a message names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from hpcgen.diagnostics import Diagnostic, RecipeError, Span
from hpcgen.yaml.document import Document, Mark, Node


@dataclass(frozen=True, slots=True)
class _RenamedField:
    """`word` stands at `key` in the recipe, and is the field `field`; its value ends at `end`."""

    word: str
    field: str
    key: Mark
    end: tuple[int, int]

    def concerns(self, span: Span, text: str) -> bool:
        """Whether `text`, about the place `span`, names the field, and `span` is in that field."""
        place = (span.line - 1, span.column - 1)
        return f"`{self.field}`" in text and self.key[:2] <= place < max(self.end, self.key[2:])


@contextmanager
def noting_older_words(written: Document, today: Document) -> Iterator[None]:
    """Add to each problem which word of the recipe, as `written`, is which field of `today`."""
    try:
        yield
    except RecipeError as error:
        if written is today:
            raise
        renamed = tuple(_renamed_fields(written.root, today.root))
        raise RecipeError(
            _with_notes(diagnostic, renamed) for diagnostic in error.diagnostics
        ) from None


def _renamed_fields(written: Node, today: Node) -> Iterator[_RenamedField]:
    words = {key: (word, end) for word, key, end in _keys(written)}
    for field, key, _ in _keys(today):
        word, end = words.get(key, (field, (0, 0)))
        if word != field:
            yield _RenamedField(word, field, key, end)


def _keys(node: Node) -> Iterator[tuple[str, Mark, tuple[int, int]]]:
    for key, (mark, value) in (node.children or {}).items():
        if isinstance(key, str):
            yield key, mark, value.mark[2:]
        yield from _keys(value)


def _with_notes(diagnostic: Diagnostic, renamed: tuple[_RenamedField, ...]) -> Diagnostic:
    if diagnostic.span is None:
        return diagnostic
    text = f"{diagnostic.message} {diagnostic.hint}"
    notes = [
        f"`{field.word}` is the older word for `{field.field}`"
        for field in renamed
        if field.concerns(diagnostic.span, text) and f"`{field.word}`" not in text
    ]
    return replace(diagnostic, hint="; ".join([*filter(None, [diagnostic.hint]), *notes]))
