"""Lists and mappings that are being read: their items, keys, merges and anchors."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hpcgen.diagnostics import Related
from hpcgen.secrets.visible import quoted
from hpcgen.yaml.document import Mark, Node
from hpcgen.yaml.problems import Problems

MERGE = "<<"

REFUSED: Any = object()
"""The data of a node that is already reported, so that nothing more is reported about it."""

_Put = Callable[[Mark, Node], None]


@dataclass(slots=True)
class Frame:
    """A node that an anchor may name: `height` is how deep it nests, `open` holds until its end."""

    node: Node
    height: int = 0
    open: bool = False

    def add(self, mark: Mark, node: Node) -> None:
        """Take the next child, written at `mark` (an alias's own place)."""
        raise NotImplementedError

    def close(self) -> None:
        """Take the end of the collection."""
        self.open = False


@dataclass(slots=True)
class ListFrame(Frame):
    """A list."""

    def add(self, mark: Mark, node: Node) -> None:
        """Append an item."""
        children = self.node.children
        if children is not None:
            children[len(children)] = (mark, node)
            self.node.data.append(node.data)


@dataclass(slots=True)
class MappingFrame(Frame):
    """A mapping. Keys and values alternate; a key that is refused takes its value with it.

    Reports HG104 (a key twice, also when equal only after NFC), HG108 (a key that is no string)
    and HG117 (a merge of something else than mappings).
    """

    problems: Problems = field(kw_only=True)
    _put: _Put | None = None
    _key: str = ""
    _key_mark: Mark = (0, 0, 0, 0)
    _first: dict[str, Mark] = field(default_factory=dict)
    _merged: list[tuple[Mark, Node]] = field(default_factory=list)

    def add(self, mark: Mark, node: Node) -> None:
        """Take a key, or the value of the key before."""
        if self._put is None:
            self._put = self._take_key(mark, node)
        else:
            put, self._put = self._put, None
            put(mark, node)

    def close(self) -> None:
        """Fill in what was merged: own keys win, then the earlier merged mapping."""
        self.open = False
        for mark, source in self._merged:
            for key, key_mark, node in _offers(mark, source):
                if _normal(key) not in self._first:
                    self._first[_normal(key)] = mark
                    self._key, self._key_mark = key, key_mark
                    self._set(mark, node)

    def _take_key(self, mark: Mark, node: Node) -> _Put:
        if not isinstance(node.data, str):
            self._refuse(mark, node)
            return _drop
        first = self._first.setdefault(_normal(node.data), mark)
        if first is not mark:
            self._repeated(node.data, mark, first)
            return _drop
        self._key, self._key_mark = node.data, mark
        return self._merge if node.raw == MERGE else self._set

    def _set(self, _mark: Mark, node: Node) -> None:
        if self.node.children is not None:
            self.node.children[self._key] = (self._key_mark, node)
            self.node.data[self._key] = node.data

    def _merge(self, mark: Mark, node: Node) -> None:
        listed = node.children if isinstance(node.data, list) else None
        for place, source in [(mark, node)] if listed is None else listed.values():
            if isinstance(source.data, dict):
                self._merged.append((mark if node.mark != mark else place, source))
            elif source.data is not REFUSED:
                hint = "give `<<` an alias of a mapping, or a list of such aliases"
                self.problems.add("HG117", "only a mapping can be merged", place, hint)

    def _repeated(self, key: str, mark: Mark, first: Mark) -> None:
        related = Related(self.problems.span(first), "first written here")
        message = f"the key {quoted(key)} is written twice"
        form = "" if key.isascii() else ", whatever the Unicode form"
        self.problems.add("HG104", message, mark, f"keep one of them{form}", related)

    def _refuse(self, mark: Mark, node: Node) -> None:
        if node.data is REFUSED:
            return
        if isinstance(node.data, list | dict):
            kind = "list" if isinstance(node.data, list) else "mapping"
            hint = "use a string; quote brackets and braces that belong to it"
            self.problems.add("HG108", f"a {kind} cannot be a key", mark, hint)
        elif not node.raw:
            self.problems.add("HG108", "the key is empty", mark, "write the key before the `:`")
        else:
            self._refuse_scalar(mark, node)

    def _refuse_scalar(self, mark: Mark, node: Node) -> None:
        kind = {bool: "a boolean", type(None): "null"}.get(type(node.data), "a number")
        message = f"the key {quoted(node.raw)} is {kind}, not a string"
        self.problems.add("HG108", message, mark, f'quote it: "{node.raw}"')


def _drop(_mark: Mark, _node: Node) -> None:
    """Take the value of a key that was refused."""


def _normal(key: str) -> str:
    return key if key.isascii() else unicodedata.normalize("NFC", key)


def _offers(place: Mark, source: Node) -> Iterator[tuple[str, Mark, Node]]:
    """Yield what a merged mapping offers, each key placed at the alias or where it was written."""
    for key, (mark, node) in (source.children or {}).items():
        yield str(key), mark if place == source.mark else place, node
