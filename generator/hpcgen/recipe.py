"""The recipe as the compiler means it: every default filled in, every reference resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hpcgen.diagnostics import Span
from hpcgen.kinds import Kind
from hpcgen.profile import Profile
from hpcgen.references import Argument, Reference, references
from hpcgen.runtime_path import RuntimePath


@dataclass(frozen=True, slots=True)
class Image:
    """`path` is the file or sandbox that runs; `source` what it is pulled from, if it is pulled."""

    path: RuntimePath
    source: str | None = None


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a secret comes from: a file, a variable of the submitting shell, or neither: made."""

    file: RuntimePath | None = None
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Bind:
    """A path of the cluster that the container sees at `target`, which may end in `:ro`."""

    source: RuntimePath
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What services and clients have in common. `settings` are the kind's own fields.

    `command` is None where the kind or the image has one. `origin` is where the entry is named,
    `origins` where each of its resources was asked for.
    """

    name: str
    kind: Kind
    description: str
    image: Image | None
    command: tuple[Argument, ...] | None
    args: tuple[Argument, ...]
    env: Mapping[str, Argument]
    secrets: Mapping[str, SecretReference]
    binds: tuple[Bind, ...]
    after: tuple[str, ...]
    resources: Mapping[str, Any]
    settings: Mapping[str, Any]
    origin: Span
    origins: Mapping[str, Span]

    def references(self) -> Iterator[Reference]:
        """Every reference of the entry's command, arguments and environment."""
        return references((*(self.command or ()), *self.args, *self.env.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The probe is the one that the recipe names, or None: the kind's. Times are seconds."""

    timeout: int
    stable_for: int
    probe: str | None = None
    expected: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Entry):
    """`port` is None where the kind's planned range applies; `ports` are further ones, by name."""

    port: int | None
    ports: Mapping[str, int]
    expose: str
    readiness: Readiness
    connection: Mapping[str, Argument]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client(Entry):
    """`duration` is seconds, None for as long as it takes; `target` None where it has none."""

    target: Service | None
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
