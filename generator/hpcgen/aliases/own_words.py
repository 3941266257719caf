"""Problems of an older recipe in its own words: it may call a field otherwise than hpcgen does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from hpcgen.diagnostics import Diagnostic, RecipeError, Span
from hpcgen.yaml.document import Document, Mark, Node


@dataclass(frozen=True, slots=True)
class _Renamed:
    """`word` stands at `key` in the recipe, and is the field `field`; its value ends at `end`."""

    word: str
    field: str
    key: Mark
    end: tuple[int, int]

    def concerns(self, span: Span, said: str) -> bool:
        """Whether something said of a place names the field, and is said of it or within it."""
        place = (span.line - 1, span.column - 1)
        return f"`{self.field}`" in said and self.key[:2] <= place < max(self.end, self.key[2:])


@contextmanager
def in_own_words(written: Document, today: Document) -> Iterator[None]:
    """Add to each problem which word of the recipe, as `written`, is a field of `today`'s."""
    try:
        yield
    except RecipeError as error:
        if written is today:
            raise
        renamed = tuple(_renamed(written.root, today.root))
        raise RecipeError(_noted(each, renamed) for each in error.diagnostics) from None


def _renamed(written: Node, today: Node) -> Iterator[_Renamed]:
    words = {key: (word, end) for word, key, end in _keys(written)}
    for field, key, _ in _keys(today):
        word, end = words.get(key, (field, (0, 0)))
        if word != field:
            yield _Renamed(word, field, key, end)


def _keys(node: Node) -> Iterator[tuple[str, Mark, tuple[int, int]]]:
    for key, (mark, value) in (node.children or {}).items():
        if isinstance(key, str):
            yield key, mark, value.mark[2:]
        yield from _keys(value)


def _noted(found: Diagnostic, renamed: tuple[_Renamed, ...]) -> Diagnostic:
    if found.span is None:
        return found
    said = f"{found.message} {found.hint}"
    notes = [
        f"`{each.word}` is the older word for `{each.field}`"
        for each in renamed
        if each.concerns(found.span, said) and f"`{each.word}`" not in said
    ]
    return replace(found, hint="; ".join([*filter(None, [found.hint]), *notes]))
