"""The names of services, clients and jobs, as fields with alternatives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hpcgen.provenance.fields import Data, Field
from hpcgen.yaml.document import Document

_SECTIONS = ("jobs", "services", "clients", "experiments")


def names_with_alternatives(recipe: Data, written: Document) -> Iterator[tuple[Field, Data]]:
    """Each entry's name, and the recipe in which the entry has another name wherever it occurs."""
    for section in _SECTIONS:
        for name in recipe.get(section, {}):
            steps = (section, name)
            line = written.key_span(steps).line if written.has(steps) else 0
            field = Field("recipe", steps, name, line, f"A name, one of `{section}`.")
            yield field, _with_other_name(recipe, name)


def _with_other_name(data: Any, name: str) -> Any:
    match data:
        case dict():
            return {
                _with_other_name(key, name): _with_other_name(value, name)
                for key, value in data.items()
            }
        case list():
            return [_with_other_name(item, name) for item in data]
    return _other_name(name) if data == name else data


def path_with_other_name(path: str, name: str) -> str:
    """The path of an artefact once the entry `name` has its other name.

    >>> path_with_other_name("jobs/cache-replicas.sbatch", "cache")
    'jobs/cachx-replicas.sbatch'
    """
    return re.sub(rf"(?<=/){re.escape(name)}(?=[-./])", _other_name(name), path)


def _other_name(name: str) -> str:
    """Another name of the same length."""
    return name[:-1] + ("y" if name.endswith("x") else "x")
