"""The connection file of a service: what whoever sources it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hpcgen.diagnostics import Span
from hpcgen.offer import Secret, ServiceOffer
from hpcgen.recipe import Service
from hpcgen.shell import Bash, Value
from hpcgen.words import connection_prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """`variables` are those that the file exports; `facts` are set before the kind's `bash` runs.

    `secret` is the bash word for the file of the credential, where there is one.
    """

    name: str
    title: str
    function: str
    prefix: str
    scheme: str
    variables: tuple[str, ...]
    secret: Bash | None
    facts: Mapping[str, Value]
    bash: Bash
    origin: Span


def connection(service: Service, offer: ServiceOffer) -> Connection:
    """The connection file that the service's offer makes."""
    prefix = connection_prefix(service.name)
    variables = (*offer.variables, *(f"{prefix}_{part}" for part in ("HOST", "PORT", "URL")))
    return Connection(
        name=service.name,
        title=f"How to reach {service.name}: source this file. It sets {', '.join(variables)}.",
        function="hpcgen_connect_" + service.name.replace("-", "_"),
        prefix=prefix,
        scheme=offer.scheme,
        variables=variables,
        secret=_file(service, offer.secrets[0]) if offer.secrets else None,
        facts=offer.connection,
        bash=service.kind.scripts.get("connect", _lines(offer)),
        origin=service.origin,
    )


def _lines(offer: ServiceOffer) -> Bash:
    return Bash("\n".join(f"  {line}" for line in offer.connection_lines))


def _file(service: Service, secret: Secret) -> Bash:
    file = secret.reference.file
    return file.bash if file else Bash(f'"${{run}}/secrets/{service.name}.{secret.name}"')
