"""scaling: one field grows by equal steps, and others with it."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.patterns import WrittenRow, number
from hpcgen.yaml.document import Node
from hpcgen.yaml.editing import fields_of
from hpcgen.yaml.problems import Problems


def rows(node: Node, short: tuple[str, ...], problems: Problems) -> Iterator[WrittenRow]:
    """A row for each value of the field. HG505 where there is none."""
    said, written = node.data, fields_of(node)
    if said["start"] > said["stop"]:
        message = f"`start` is {said['start']}, beyond `stop`, which is {said['stop']}"
        problems.add("HG505", message, written["start"][1].mark, "swap the two")
    mark = written["field"][1].mark
    offsets = fields_of(written["offsets"][1]) if "offsets" in said else {}
    for value in range(said["start"], said["stop"] + 1, said["step"]):
        grown = {
            field: (key, number(value + offset.data, offset.mark))
            for field, (key, offset) in offsets.items()
        }
        own = {said["field"]: (mark, number(value, written["start"][1].mark))}
        yield WrittenRow({**own, **grown}, node.mark)
