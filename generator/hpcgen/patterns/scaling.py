"""scaling: one field grows by equal steps, and others with it."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.patterns import WrittenRow, number
from hpcgen.yaml.document import Node
from hpcgen.yaml.editing import fields_of
from hpcgen.yaml.problems import Problems


def rows(node: Node, short: tuple[str, ...], problems: Problems) -> Iterator[WrittenRow]:
    """A row for each value of the field. HG505 if there is none."""
    pattern, written = node.data, fields_of(node)
    if pattern["start"] > pattern["stop"]:
        message = f"`start` is {pattern['start']}, beyond `stop`, which is {pattern['stop']}"
        problems.add("HG505", message, written["start"][1].mark, "swap the two")
    mark = written["field"][1].mark
    offsets = fields_of(written["offsets"][1]) if "offsets" in pattern else {}
    for value in range(pattern["start"], pattern["stop"] + 1, pattern["step"]):
        grown = {
            field: (key, number(value + offset.data, offset.mark))
            for field, (key, offset) in offsets.items()
        }
        scaled = {pattern["field"]: (mark, number(value, written["start"][1].mark))}
        yield WrittenRow({**scaled, **grown}, node.mark)
