"""sweep: lists of values multiply, the last field changing first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from hpcgen.patterns import WrittenRow
from hpcgen.yaml.document import Node
from hpcgen.yaml.editing import fields_of, items_of
from hpcgen.yaml.problems import Problems


def rows(node: Node, short: tuple[str, ...], problems: Problems) -> Iterator[WrittenRow]:
    """A row for each combination, with the place of its last value."""
    fields = fields_of(node)
    keys = {field: key for field, (key, _) in fields.items()}
    for values in product(*(items_of(values) for _, values in fields.values())):
        chosen = zip(keys.items(), values, strict=True)
        yield WrittenRow({field: (key, value) for (field, key), value in chosen}, values[-1].mark)
