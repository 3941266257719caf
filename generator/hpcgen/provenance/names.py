"""What services, clients and jobs are called, as fields that might be others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hpcgen.provenance.fields import Data, Field
from hpcgen.yaml.document import Document

_SECTIONS = ("jobs", "services", "clients", "experiments")


def named(recipe: Data, written: Document) -> Iterator[tuple[Field, Data]]:
    """Each entry's name, and the recipe in which the entry has another, wherever it is named."""
    for section in _SECTIONS:
        for name in recipe.get(section, {}):
            steps = (section, name)
            line = written.key_span(steps).line if written.has(steps) else 0
            field = Field("recipe", steps, name, line, f"A name, one of `{section}`.")
            yield field, _renamed(recipe, name)


def _renamed(data: Any, name: str) -> Any:
    match data:
        case dict():
            return {_renamed(key, name): _renamed(value, name) for key, value in data.items()}
        case list():
            return [_renamed(each, name) for each in data]
    return _another(name) if data == name else data


def renamed_path(path: str, name: str) -> str:
    """Where an artefact stands once an entry called `name` has its other name.

    >>> renamed_path("jobs/cache-replicas.sbatch", "cache")
    'jobs/cachx-replicas.sbatch'
    """
    return re.sub(rf"(?<=/){re.escape(name)}(?=[-./])", _another(name), path)


def _another(name: str) -> str:
    """A name like it, as long as it."""
    return name[:-1] + ("y" if name.endswith("x") else "x")
