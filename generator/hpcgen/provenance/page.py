"""The causes of a line, as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from hpcgen.provenance.fields import Field
from hpcgen.provenance.place import Place

_NOTHING = "No field of the recipe and no fact of the cluster changes this line."


def page(where: Place, recipe: Path, profile: str, fields: Iterable[Field]) -> str:
    """The line, and each field with its place, value and description; ends with a newline."""
    text = where.lines[where.line - 1]
    files = {"recipe": str(recipe), "profile": f"cluster profile {profile}"}
    blocks = [_block(field, files) for field in fields]
    head = f"{where.file}:{where.line}\n  {text}"
    return "\n\n".join([head, *(blocks or [_NOTHING])]) + "\n"


def _block(field: Field, files: dict[str, str]) -> str:
    return "\n".join([f"{_place(field, files)}\n  {_setting(field)}", *_notes(field)])


def _place(field: Field, files: dict[str, str]) -> str:
    if field.line:
        return f"{files[field.of]}:{field.line}"
    where = "recipe" if field.of == "recipe" else "cluster profile"
    return f"not in the {where}" if field.value is None else f"filled in, not in the {where}"


def _setting(field: Field) -> str:
    if field.value is None:
        return field.path
    value = field.value if isinstance(field.value, str) else json.dumps(field.value)
    return f"{field.path}: {value}"


def _notes(field: Field) -> Iterator[str]:
    if field.description:
        yield f"  {field.description}"
    if field.source:
        yield f"  Source: {field.source}."
