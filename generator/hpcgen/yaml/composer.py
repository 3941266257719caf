"""YAML parse events into nodes: one pass, bottom-up, without recursion.

The events come from PyYAML's libyaml 0.2.5: its marks count characters and give both ends.
(ruamel.yaml.clib has libyaml 0.1.7, which refuses the legal `{image: redis:7}`.) Depth and size
are checked as each event arrives, so nothing is ever expanded.
"""

from __future__ import annotations

import re
from typing import Any

from yaml import events  # type: ignore[import-untyped]
from yaml._yaml import CParser  # type: ignore[import-untyped]
from yaml.error import YAMLError  # type: ignore[import-untyped]

from hpcgen.diagnostics import Diagnostic
from hpcgen.secrets.visible import FORBIDDEN, describe, quoted
from hpcgen.text.nearest import nearest
from hpcgen.yaml.document import Mark, Node
from hpcgen.yaml.escapes import escapes
from hpcgen.yaml.frames import REFUSED, Frame, ListFrame, MappingFrame
from hpcgen.yaml.limits import Limits
from hpcgen.yaml.problems import Problems
from hpcgen.yaml.scalars import UnusableNumberError, resolve
from hpcgen.yaml.source import Source
from hpcgen.yaml.syntax import ONE, SECOND, TAG, TAG_HINT, explain

_TAG = re.compile(r"(?:&\S+\s+(?:#.*\s+)*)?(!<[^>\s]*>|![^\s,\[\]{}]*)")


class Composer:
    """Builds the one document of `source`, and adds to `problems` what is wrong with it.

    Reports HG102 (of escapes), HG103 to HG105, HG107 to HG110, HG112 to HG115 and HG117.
    """

    def __init__(self, source: Source, limits: Limits, problems: Problems) -> None:
        self._source = source
        self._limits = limits
        self._problems = problems
        self._replaced = problems.has("HG102")  # some characters were replaced by others
        self._anchors: dict[str, Frame] = {}
        self._open: list[Frame] = []
        self._nodes = 0
        self._end = (0, 0)
        self._root: Node | None = None

    def compose(self) -> Node | None:
        """Return the root node, or None if there is no document.

        Adds to `problems`; raises `RecipeError` if reading cannot go on.
        """
        try:
            self._read(CParser(self._source.text.encode()))
        except YAMLError as error:
            self._unreadable(error)
        return self._root

    def _read(self, parser: Any) -> None:
        take = {
            events.ScalarEvent: self._scalar,
            events.AliasEvent: self._alias,
            events.MappingStartEvent: self._start_mapping,
            events.MappingEndEvent: self._finish,
            events.SequenceStartEvent: self._start_list,
            events.SequenceEndEvent: self._finish,
            events.DocumentStartEvent: self._document,
        }
        while (event := parser.get_event()) is not None:
            if handler := take.get(type(event)):
                handler(event)

    def _unreadable(self, error: Any) -> None:
        # a replaced character may have broken the syntax: then a syntax error is not reported
        diagnostic = explain(self._source, error)
        if diagnostic.code != "HG103" or not self._replaced:
            self._problems.note(diagnostic)
        self._problems.settle()

    def _document(self, event: Any) -> None:
        if self._root is not None:
            self._problems.stop("HG107", SECOND, _mark(event), ONE)

    def _scalar(self, event: Any) -> None:
        mark = _mark(event) if event.style not in ("|", ">") else self._block_mark(event)
        self._count(1, mark)
        if len(event.value) > self._limits.string:
            message = f"the string is longer than {self._limits.string} characters"
            self._problems.add("HG114", message, mark, "keep it in a file of its own")
        elif event.style == '"' and FORBIDDEN.search(event.value):
            self._escapes(event)
        tagged = self._tag(event, mark)
        plain = not event.style and not tagged
        data = self._resolve(event.value, mark) if plain else event.value
        node = Node(data, mark, 1, event.value if plain else "")
        if event.anchor is not None:
            self._anchors[event.anchor] = Frame(node)
        self._add(mark, node, 0)

    def _resolve(self, plain: str, mark: Mark) -> Any:
        try:
            return resolve(plain)
        except UnusableNumberError as error:
            self._problems.add("HG115", str(error), mark, "quote it if it is a name")
            return REFUSED

    def _start_mapping(self, event: Any) -> None:
        node = Node({}, _mark(event), 1, children={})
        self._start(event, MappingFrame(node, open=True, problems=self._problems))

    def _start_list(self, event: Any) -> None:
        self._start(event, ListFrame(Node([], _mark(event), 1, children={}), open=True))

    def _start(self, event: Any, frame: Frame) -> None:
        mark = frame.node.mark
        self._count(1, mark)
        self._descend(1, mark)
        self._tag(event, mark)
        if event.anchor is not None:
            self._anchors[event.anchor] = frame
        self._open.append(frame)

    def _finish(self, event: Any) -> None:
        frame = self._open.pop()
        line, column, end_line, end_column = _mark(event)
        if (line, column) != (end_line, end_column):  # flow style: the bracket is the end
            self._end = (end_line, end_column)
        start = frame.node.mark
        frame.node.mark = (*start[:2], *max(self._end, start[2:]))
        frame.height += 1
        frame.close()
        self._add(frame.node.mark, frame.node, frame.height)

    def _alias(self, event: Any) -> None:
        mark = _mark(event)
        frame = self._anchors.get(event.anchor)
        if frame is None:
            self._undefined(event.anchor, mark)
        elif frame.open:
            message = f"the alias {quoted('*' + event.anchor)} stands inside its own anchor"
            self._problems.add("HG109", message, mark, "a recipe cannot contain itself")
        else:
            self._count(frame.node.size, mark)
            self._descend(frame.height, mark)
            self._add(mark, frame.node, frame.height)
            return
        self._count(1, mark)
        self._add(mark, Node(REFUSED, mark), 0)

    def _undefined(self, anchor: str, mark: Mark) -> None:
        word = nearest(anchor, self._anchors)
        hint = f"did you mean {quoted('*' + word)}?" if word else "write the anchor further up"
        message = f"the alias {quoted('*' + anchor)} has no anchor before it"
        self._problems.add("HG110", message, mark, hint)

    def _add(self, mark: Mark, node: Node, height: int) -> None:
        self._end = mark[2:]
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        parent.node.size += node.size
        parent.height = max(parent.height, height)
        parent.add(mark, node)

    def _count(self, nodes: int, mark: Mark) -> None:
        self._nodes += nodes
        if self._nodes > self._limits.nodes:
            message = f"the recipe has more than {self._limits.nodes} nodes, aliases expanded"
            self._problems.stop("HG113", message, mark, "raise the limit with --max-nodes")

    def _descend(self, levels: int, mark: Mark) -> None:
        if len(self._open) + levels > self._limits.depth:
            message = f"lists and mappings nest deeper than {self._limits.depth} levels"
            self._problems.stop("HG112", message, mark, "flatten the recipe")

    def _tag(self, event: Any, mark: Mark) -> bool:
        # the parser drops a non-specific `!`, so the text decides
        index = event.start_mark.index
        if self._source.text[index : index + 1] not in ("!", "&") or mark[:2] == mark[2:]:
            return False
        match = _TAG.match(self._source.text, index)
        if match is None:
            return False
        self._note(match.span(1), "HG105", TAG, TAG_HINT)
        return True

    def _escapes(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        for where, character in escapes(self._source.text, start, end):
            if FORBIDDEN.match(character):
                message = f"the escape makes {describe(character)}, which is not allowed"
                self._note(where, "HG102", message, "delete it")

    def _note(self, where: tuple[int, int], code: str, message: str, hint: str) -> None:
        self._problems.note(Diagnostic(code, message, self._source.span(*where), hint))

    def _block_mark(self, event: Any) -> Mark:
        """End a block scalar with its text, not at the start of what follows it."""
        start = event.start_mark
        written = self._source.text[start.index : event.end_mark.index].rstrip()
        last = written.rpartition("\n")[2]
        lines = written.count("\n")
        column = len(last) if lines else start.column + len(last)
        return (start.line, start.column, start.line + lines, column)


def _mark(event: Any) -> Mark:
    start, end = event.start_mark, event.end_mark
    return (start.line, start.column, end.line, end.column)
