"""The rows of an experiment as a document has them, and what each makes of its entries.

A row is the client's entry with the row's values in it, each at the place where the row has it; and
so is the service's, where the row says something of its target.
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
"""Rows of one experiment, however large an array may be: nobody reviews a longer table."""

TARGET = "target."
"""What the fields of a row begin with that are fields of the service which its client targets."""


def rows(document: Document, name: str, problems: Problems) -> tuple[WrittenRow, ...]:
    """The rows that the experiment's pattern says, at most one more than there may be.

    What is wrong with the pattern itself is added to `problems`.
    """
    place = ("experiments", name)
    entry = document.node(place)
    said = next(pattern for pattern in patterns() if pattern in entry.data)
    kind = kinds()[document.data["clients"][entry.data["client"]]["kind"]]
    found = patterns()[said].rows(document.node((*place, said)), kind.row, problems)
    return tuple(islice(found, MOST + 1))


def with_row(document: Document, client: str, row: WrittenRow) -> Document | None:
    """The document as the row means it, with no other client; None where a field has no place."""
    target = document.data["clients"][client].get("target")
    own = {path: field for path, field in row.fields.items() if not path.startswith(TARGET)}
    of_target = {path: field for path, field in row.fields.items() if path not in own}
    entries = {("clients", client): _grafted(document, ("clients", client), own)}
    if of_target:
        short = {path.removeprefix(TARGET): field for path, field in of_target.items()}
        entries["services", target] = _grafted(document, ("services", target), short)
    changed = {place: entry for place, entry in entries.items() if entry}
    return _with(document, changed) if len(changed) == len(entries) else None


def _grafted(document: Document, place: Pointer, fields: Mapping[str, Field]) -> Node | None:
    entry: Node | None = document.node(place)
    for path, field in fields.items():
        entry = graft(entry, path.split("."), field) if entry else None
    return entry


def _with(document: Document, entries: Mapping[tuple[str, str], Node]) -> Document:
    """The document with these entries, no other clients, and no experiments."""
    root = dict(fields_of(document.root))
    for (section, name), entry in entries.items():
        mark, there = root[section]
        fields = fields_of(there)
        others = fields if section == "services" else {}
        root[section] = (mark, with_fields(there, {**others, name: (fields[name][0], entry)}))
    del root["experiments"]
    return replace(document, root=with_fields(document.root, root))


def spelled(node: Node) -> str:
    """A value as tables show it: text as it is, a number as it was written, anything else as JSON.

    So 1.10 stays 1.10, as it does in `args` and `env`.
    """
    if isinstance(node.data, str):
        return node.data
    plain = isinstance(node.data, float) and node.raw.replace(".", "", 1).isdigit()
    return node.raw if plain else json.dumps(node.data, ensure_ascii=False)
