"""What a kind offers to the plan: the protocol between the compiler and a folder of `services/`.

A kind's module has one function: `offer(service)` for a service, `offer(client)` for a client.
Beside it the folder holds the bash it contributes: a service `configure.sh`, `probe.sh` and
`connect.sh`; a client `functions.sh` and `run.sh`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hpcgen.shell import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOffer:
    """`title` ends "NAME: ...". `data` and `config` are where the container sees those folders.

    `configure.sh` defines `configure`, which writes the configuration once IP and PORT are known;
    `probe.sh` defines `probe`, which succeeds when the service works and else prints why not;
    `connect.sh` turns host, port and secret into `variables` for whoever sources the connection.
    """

    title: str
    command: tuple[str, ...]
    usual_port: int
    data: str
    config: str
    keeps_data: bool
    variables: tuple[str, ...]
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOffer:
    """`functions.sh` defines `leave`, called at the end however it comes; `run.sh` measures."""

    title: str
    values: Mapping[str, Value] = field(default_factory=dict)
