"""The patterns of an experiment's rows, found by listing the files of this folder.

A pattern is one module, named as its key in the recipe, with one function: `rows(node, short,
problems)`, from what the recipe says to rows in their order. `short` are the fields of the short
form of the client's kind. What is wrong it adds to `problems`, and leaves the row out.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from hpcgen.yaml.document import Mark, Node
from hpcgen.yaml.editing import Field


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """The fields that a row sets, each with the place of its key and its value; `mark` is its own.

    A field is a path, such as `resources.nodes`.
    """

    fields: Mapping[str, Field]
    mark: Mark


@cache
def patterns() -> dict[str, ModuleType]:
    """All patterns, by name, in name order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}") for name in names}


def number(value: int, mark: Mark) -> Node:
    """A computed whole number, with the place of the value that it is computed from."""
    return Node(value, mark, raw=str(value))
