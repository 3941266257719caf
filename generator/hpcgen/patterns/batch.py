"""batch: rows one by one, as mappings or in the short form of the client's kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hpcgen.patterns import WrittenRow, number
from hpcgen.secrets.visible import quoted
from hpcgen.yaml.document import Node
from hpcgen.yaml.editing import Field, fields_of, items_of
from hpcgen.yaml.problems import Problems

_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


def rows(node: Node, short: tuple[str, ...], problems: Problems) -> Iterator[WrittenRow]:
    """The rows in order. HG503 for a row with other fields than the first, or without a form."""
    first: Mapping[str, Field] = {}
    for item in items_of(node):
        mapping = isinstance(item.data, dict)
        fields = fields_of(item) if mapping else _short_form(item, short, problems)
        first = first or fields
        if fields and fields.keys() != first.keys():
            more, fewer = sorted(fields.keys() - first), sorted(first.keys() - fields)
            difference = f"lacks `{fewer[0]}`" if fewer else f"says `{more[0]}`"
            message = f"this row {difference}, unlike the first"
            problems.add("HG503", message, item.mark, "every row sets the same fields")
        elif fields:
            yield WrittenRow({field: fields[field] for field in first}, item.mark)


def _short_form(item: Node, short: tuple[str, ...], problems: Problems) -> dict[str, Field]:
    parts = item.data.split(":")
    if len(parts) == len(short):
        return {
            field: (item.mark, _value(part, item)) for field, part in zip(short, parts, strict=True)
        }
    if short:
        message = f"{quoted(item.data)} has {len(parts)} of the {len(short)} values of a row"
        problems.add("HG503", message, item.mark, f"write {':'.join(short)}, or a mapping")
    else:
        message = "rows of this kind of client have no short form"
        problems.add("HG503", message, item.mark, "write a mapping, as in {FIELD: VALUE}")
    return {}


def _value(text: str, item: Node) -> Node:
    """Digits as a number, anything else as text, which the field's rule may refuse."""
    if _NUMBER.fullmatch(text):
        return number(int(text), item.mark)
    return Node(text, item.mark)
