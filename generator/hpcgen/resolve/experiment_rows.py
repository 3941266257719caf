"""The rows of an experiment in a document, and the entries with the values of a row.

The values of a row are put into the client's entry, and into the target's where the row has fields
of it. Each value keeps its place in the row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

from hpcgen.model.kind import kinds
from hpcgen.patterns import WrittenRow, patterns
from hpcgen.yaml.document import Document, Node, Pointer
from hpcgen.yaml.editing import Field, fields_of, graft, with_fields
from hpcgen.yaml.problems import Problems

MOST = 1000
"""The maximum of rows of one experiment, since nobody reviews a longer table."""

TARGET = "target."
"""The prefix of a row's fields that belong to the client's target."""


def rows(document: Document, name: str, problems: Problems) -> tuple[WrittenRow, ...]:
    """The rows of the experiment's pattern, at most one more than the maximum.

    Problems of the pattern itself are added to `problems`.
    """
    place = ("experiments", name)
    entry = document.node(place)
    pattern = next(pattern for pattern in patterns() if pattern in entry.data)
    kind = kinds()[document.data["clients"][entry.data["client"]]["kind"]]
    every_row = patterns()[pattern].rows(document.node((*place, pattern)), kind.row, problems)
    return tuple(islice(every_row, MOST + 1))


def with_row(document: Document, client: str, row: WrittenRow) -> Document | None:
    """The document with the row's values and no other client; None if a field has no place."""
    target = document.data["clients"][client].get("target")
    client_fields = {
        path: field for path, field in row.fields.items() if not path.startswith(TARGET)
    }
    target_fields = {path: field for path, field in row.fields.items() if path.startswith(TARGET)}
    entries = {
        ("clients", client): _entry_with_fields(document, ("clients", client), client_fields)
    }
    if target_fields:
        short = {path.removeprefix(TARGET): field for path, field in target_fields.items()}
        entries["services", target] = _entry_with_fields(document, ("services", target), short)
    changed = {place: entry for place, entry in entries.items() if entry}
    return _with_entries(document, changed) if len(changed) == len(entries) else None


def _entry_with_fields(
    document: Document, place: Pointer, fields: Mapping[str, Field]
) -> Node | None:
    entry: Node | None = document.node(place)
    for path, field in fields.items():
        entry = graft(entry, path.split("."), field) if entry else None
    return entry


def _with_entries(document: Document, entries: Mapping[tuple[str, str], Node]) -> Document:
    """The document with these entries, no other clients, and no experiments."""
    root = dict(fields_of(document.root))
    for (section, name), entry in entries.items():
        mark, node = root[section]
        fields = fields_of(node)
        others = fields if section == "services" else {}
        root[section] = (mark, with_fields(node, {**others, name: (fields[name][0], entry)}))
    del root["experiments"]
    return replace(document, root=with_fields(document.root, root))


def cell_text(node: Node) -> str:
    """A value as tables show it: text as it is, a number as written, anything else as JSON.

    So 1.10 stays 1.10, as in `args` and `env`.
    """
    if isinstance(node.data, str):
        return node.data
    plain = isinstance(node.data, float) and node.raw.replace(".", "", 1).isdigit()
    return node.raw if plain else json.dumps(node.data, ensure_ascii=False)
