"""A loaded YAML document: plain data, and the place of each key and value."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hpcgen.diagnostics import Span

Pointer = tuple[str | int, ...]
Mark = tuple[int, int, int, int]
"""Start line, start column, end line, end column, all from 0, the end exclusive."""


class OptionMark(tuple[int, int, int, int]):
    """A place within an option of the command line, such as `--set services.cache.port`."""

    option: str

    @classmethod
    def of(cls, option: str, mark: Mark) -> OptionMark:
        """The place `mark` of that option's value."""
        placed = cls(mark)
        placed.option = option
        return placed


def span(file: str, mark: Mark) -> Span:
    """A place as diagnostics state it, counted from 1: in `file`, or in an option."""
    line, column, end_line, end_column = mark
    name = mark.option if isinstance(mark, OptionMark) else file
    return Span(name, line + 1, column + 1, end_line + 1, end_column + 1)


@dataclass(slots=True)
class Node:
    """One YAML node: its data, its place, its children, and its size once aliases are expanded.

    `children` maps a key (or an index) to the mark of the key and the child's node; it is empty
    for a scalar. `raw` is a plain scalar's own spelling (`0755`, `no`), "" for a quoted one.
    Aliases share the node of their anchor, so data is never to be changed in place.
    """

    data: Any
    mark: Mark
    size: int = 1
    raw: str = ""
    children: dict[str | int, tuple[Mark, Node]] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """`name` is the file's base name as reports show it; `text` its content: no BOM, LF only."""

    name: str
    text: str
    root: Node

    @property
    def data(self) -> Any:
        """The whole document as dicts, lists, strings, numbers, booleans and None."""
        return self.root.data

    def node(self, pointer: Sequence[str | int]) -> Node:
        """The node at `pointer`, or its nearest ancestor that was really written."""
        return self._walk(pointer)[1]

    def value_span(self, pointer: Sequence[str | int]) -> Span:
        """Where the value at `pointer` was written, or its nearest written ancestor."""
        return self._span(self._walk(pointer)[1].mark)

    def key_span(self, pointer: Sequence[str | int]) -> Span:
        """Where the key of `pointer` was written, or its nearest written ancestor's value."""
        return self._span(self._walk(pointer)[0])

    def has(self, pointer: Sequence[str | int]) -> bool:
        """Whether the very place at `pointer` was written."""
        node = self.root
        for step in pointer:
            if node.children is None or step not in node.children:
                return False
            node = node.children[step][1]
        return True

    def _walk(self, pointer: Sequence[str | int]) -> tuple[Mark, Node]:
        mark, node = self.root.mark, self.root
        for step in pointer:
            if node.children is None or step not in node.children:
                return node.mark, node
            mark, node = node.children[step]
        return mark, node

    def _span(self, mark: Mark) -> Span:
        return span(self.name, mark)


_NOWHERE = (0, 0, 0, 0)


def document_without_places(name: str, data: Any) -> Document:
    """A document of `data` that no file contains, so that nothing in it has a place."""
    return Document(name, "", _node(data))


def _node(data: Any) -> Node:
    match data:
        case dict():
            parts = data
        case list():
            parts = dict(enumerate(data))
        case _:
            return Node(data, _NOWHERE, raw="" if isinstance(data, str) else json.dumps(data))
    return Node(data, _NOWHERE, children={k: (_NOWHERE, _node(part)) for k, part in parts.items()})
