"""The recipe as the compiler means it: every default filled in, every reference resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hpcgen.diagnostics import Span
from hpcgen.kinds import Kind
from hpcgen.profile import Profile
from hpcgen.runtime_path import RuntimePath


@dataclass(frozen=True, slots=True)
class Image:
    """`path` is the file or sandbox that runs; `source` what it is pulled from, if it is pulled."""

    path: RuntimePath
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What services and clients have in common. `settings` are the kind's own fields.

    `origin` is where the entry is named, `origins` where each of its resources was asked for.
    """

    name: str
    kind: Kind
    description: str
    image: Image
    resources: Mapping[str, Any]
    settings: Mapping[str, Any]
    origin: Span
    origins: Mapping[str, Span]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Entry):
    """`port` is None where the kind's planned range applies; `ready_timeout` is seconds."""

    port: int | None
    ready_timeout: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Client(Entry):
    """`duration` is seconds, None for one round."""

    target: Service
    duration: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`file` is the recipe's base name, for the headers of what is made from it."""

    name: str
    file: str
    description: str
    profile: Profile
    services: tuple[Service, ...]
    clients: tuple[Client, ...]
