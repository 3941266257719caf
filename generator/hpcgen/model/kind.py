"""The kinds of services and clients, found by listing the folders of `services/`.

A kind is one folder: `schema.json`, a module that plans it, and the bash it contributes. The
folder's name is the kind's, with `_` for `-`.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from hpcgen import schema
from hpcgen.schema.acceptance import Test, acceptance
from hpcgen.text.values import Bash

SERVICES = Path(__file__).parents[1] / "services"
"""Where the folders of the kinds are."""


@dataclass(frozen=True)
class Kind:
    """What a recipe names by `kind`: a folder, and the module that the folder is.

    `schema` is closed and flat (see `schema.flatten`).
    """

    name: str
    folder: Path
    module_name: str

    @cached_property
    def role(self) -> str:
        """What the kind's schema builds on: "service", "client" or "balancer"."""
        base: str = self._file["allOf"][0]["$ref"]
        return base.rpartition("/")[2]

    @cached_property
    def schema(self) -> dict[str, Any]:
        """Every property of the kind, the common ones included."""
        return schema.flatten(self._file)

    @cached_property
    def accepts(self) -> Test:
        """Whether an entry fits the schema, for certain (see `acceptance.py`)."""
        return acceptance(self.schema)

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """The kinds of service that a client of this kind may target; empty: any."""
        return tuple(self._file.get("x-targets", ()))

    @cached_property
    def row(self) -> tuple[str, ...]:
        """The fields of the short form of a row, joined by colons; empty: there is none."""
        return tuple(self._file.get("x-row", ()))

    @cached_property
    def port_names(self) -> dict[str, str]:
        """The fields of a service that set one of its further ports, and that port's name."""
        properties = self.schema["properties"]
        names = {field: rules.get("x-port-name") for field, rules in properties.items()}
        return {field: name for field, name in names.items() if name}

    @cached_property
    def module(self) -> ModuleType:
        """The kind's Python module; `kinds/offer.py` says which functions it has."""
        return importlib.import_module(self.module_name)

    @cached_property
    def scripts(self) -> dict[str, Bash]:
        """The kind's `*.sh` files by name, each without its final newline."""
        paths = sorted(self.folder.glob("*.sh"))
        return {path.stem: Bash(path.read_text(encoding="utf-8").rstrip("\n")) for path in paths}

    @cached_property
    def _file(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "schema.json").read_text(encoding="utf-8")))


def _folders() -> Iterator[Path]:
    yield from (path.parent for path in SERVICES.glob("*/schema.json"))


@cache
def kinds() -> dict[str, Kind]:
    """All kinds of services and clients, by name, in name order."""
    listed = (
        Kind(folder.name.replace("_", "-"), folder, f"hpcgen.services.{folder.name}")
        for folder in _folders()
    )
    return {kind.name: kind for kind in sorted(listed, key=lambda kind: kind.name)}


def names(role: str) -> tuple[str, ...]:
    """The kinds of one role, "service" or "client"."""
    return tuple(name for name, kind in kinds().items() if kind.role == role)
