"""Edits of a document's mapping: keys and values change, their places stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from hpcgen.diagnostics import Related
from hpcgen.secrets.visible import quoted
from hpcgen.yaml.document import Mark, Node
from hpcgen.yaml.problems import Problems

Field = tuple[Mark, Node]
"""The place of a key, and the node of its value."""


def fields_of(node: Node) -> dict[str, Field]:
    """The fields of a mapping, in order; a field set by `--set` has the mapping's place."""
    written = node.children or {}
    if len(written) == len(node.data):
        return cast(dict[str, Field], written)
    return {
        key: written.get(key, (node.mark, Node(value, node.mark)))
        for key, value in node.data.items()
    }


def with_fields(node: Node, fields: Mapping[str, Field]) -> Node:
    """A mapping with these fields, at the place of `node`."""
    data = {key: value.data for key, (_, value) in fields.items()}
    return replace(node, data=data, children=dict(fields.items()))


def items_of(node: Node) -> list[Node]:
    """The nodes of a list, in order; an item set by `--set` has the list's place."""
    written = node.children or {}
    return [
        written[index][1] if index in written else Node(value, node.mark)
        for index, value in enumerate(node.data)
    ]


def graft(node: Node, steps: Sequence[str], field: Field) -> Node | None:
    """A copy of the mapping with `field` at the path `steps`; None if a step is not a mapping.

    Missing mappings on the path are created. The document's nodes are never changed.
    """
    if not isinstance(node.data, dict):
        return None
    mark, value = field
    fields = fields_of(node)
    if len(steps) > 1:
        mark, child = fields.get(steps[0], (mark, Node({}, mark)))
        below = graft(child, steps[1:], field)
        if below is None:
            return None
        value = below
    return with_fields(node, {**fields, steps[0]: (mark, value)})


class Fields:
    """The fields of one mapping, in order. The document's nodes are never changed."""

    def __init__(self, node: Node, problems: Problems) -> None:
        self.problems = problems
        self._node = node
        self._written = fields_of(node)
        self._fields = self._written.copy()
        self._words: dict[str, str] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._fields

    def __getitem__(self, key: str) -> Field:
        return self._fields[key]

    def words(self) -> tuple[str, ...]:
        """A copy of the current keys, so that a loop over them may change the fields."""
        return tuple(self._fields)

    def holds(self, key: str, kind: type) -> bool:
        """Whether the field exists and its value has exactly that type: true is not an integer."""
        return key in self._fields and type(self._fields[key][1].data) is kind

    def take(self, key: str) -> Field:
        """Remove a field and return it."""
        return self._fields.pop(key)

    def put(self, word: str, key: str, field: Field) -> None:
        """Add as `key` the field that the recipe calls `word`. If both exist, that is HG211."""
        if key in self._fields:
            self._twice(word, key, field[0])
        else:
            self._fields[key] = field
            self._words[key] = word

    def rename(self, word: str, key: str) -> None:
        """Rename to `key` the field that the recipe calls `word`. If both exist, that is HG211.

        Its value and its position among the fields stay.
        """
        if key in self._fields:
            self._twice(word, key, self.take(word)[0])
        else:
            renamed = {key if name == word else name: self._fields[name] for name in self._fields}
            self._fields = renamed
            self._words[key] = word

    def change(self, key: str, value: Node) -> None:
        """Give an existing field another value."""
        self._fields[key] = (self._fields[key][0], value)

    def node(self) -> Node:
        """The edited mapping; the original node itself if nothing has changed."""
        same = [*self._fields] == [*self._written] and all(
            self._fields[key][1] is self._written[key][1] for key in self._fields
        )
        if same:
            return self._node
        return with_fields(self._node, self._fields)

    def _twice(self, word: str, key: str, mark: Mark) -> None:
        earlier = self._words.get(key, key)
        message = f"{quoted(word)} and {quoted(earlier)} say the same thing"
        if word == earlier:
            message = f"{quoted(word)} is said twice"
        other = Related(self.problems.span(self._fields[key][0]), "the other one is here")
        self.problems.add("HG211", message, mark, "keep one of the two", other)
