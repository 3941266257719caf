"""A mapping of a document while it is rewritten: its words change, where they stand does not."""

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
    """The fields of a mapping, in order; what `--set` made stands where the mapping does."""
    written = node.children or {}
    if len(written) == len(node.data):
        return cast(dict[str, Field], written)
    return {
        key: written.get(key, (node.mark, Node(value, node.mark)))
        for key, value in node.data.items()
    }


def rewritten(node: Node, fields: Mapping[str, Field]) -> Node:
    """A mapping of these fields, at the place of `node`."""
    data = {key: value.data for key, (_, value) in fields.items()}
    return replace(node, data=data, children=dict(fields.items()))


def items_of(node: Node) -> list[Node]:
    """The nodes of a list, in order; what `--set` made stands where the list does."""
    written = node.children or {}
    return [
        written[index][1] if index in written else Node(value, node.mark)
        for index, value in enumerate(node.data)
    ]


def graft(node: Node, steps: Sequence[str], field: Field) -> Node | None:
    """A mapping with `field` below it, where `steps` lead; None where a step is no mapping.

    What is on the way and not there is made. The document's own nodes are never changed.
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
    return rewritten(node, {**fields, steps[0]: (mark, value)})


class Fields:
    """The fields of one mapping, in order. The document's own nodes are never changed."""

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
        """The keys as they are now, free to change while they are gone through."""
        return tuple(self._fields)

    def holds(self, key: str, kind: type) -> bool:
        """Whether `key` is there and its value is of that very type: true is no integer."""
        return key in self._fields and type(self._fields[key][1].data) is kind

    def take(self, key: str) -> Field:
        """Remove a field and return it."""
        return self._fields.pop(key)

    def put(self, word: str, key: str, field: Field) -> None:
        """Add, as `key`, what the recipe calls `word`. Both there at once is HG211."""
        if key in self._fields:
            self._twice(word, key, field[0])
        else:
            self._fields[key] = field
            self._words[key] = word

    def rename(self, word: str, key: str) -> None:
        """Call `key`, at its place among the others, what the recipe calls `word`. HG211 as above.

        Its value stays.
        """
        if key in self._fields:
            self._twice(word, key, self.take(word)[0])
        else:
            renamed = {key if each == word else each: self._fields[each] for each in self._fields}
            self._fields = renamed
            self._words[key] = word

    def change(self, key: str, value: Node) -> None:
        """Give a field, which is there, another value."""
        self._fields[key] = (self._fields[key][0], value)

    def node(self) -> Node:
        """The mapping as it is now: the very node it was made of, where nothing has changed."""
        same = [*self._fields] == [*self._written] and all(
            self._fields[key][1] is self._written[key][1] for key in self._fields
        )
        if same:
            return self._node
        return rewritten(self._node, self._fields)

    def _twice(self, word: str, key: str, mark: Mark) -> None:
        earlier = self._words.get(key, key)
        message = f"{quoted(word)} and {quoted(earlier)} say the same thing"
        if word == earlier:
            message = f"{quoted(word)} is said twice"
        other = Related(self.problems.span(self._fields[key][0]), "the other one is here")
        self.problems.add("HG211", message, mark, "keep one of the two", other)
