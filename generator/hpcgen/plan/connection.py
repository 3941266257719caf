"""The connection file of a service: what whoever sources it gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hpcgen.diagnostics import Span
from hpcgen.kinds.arguments import connection_prefix
from hpcgen.kinds.offer import Secret, ServiceOffer, secret_file
from hpcgen.model.entry import Service
from hpcgen.model.recipe import Recipe
from hpcgen.text.values import Bash, Text, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """The file that whoever connects to a service sources."""

    name: str
    title: str  # what the file begins with: one line
    function: str  # the function that it defines
    prefix: str  # what the variables begin with that every connection file sets
    scheme: str
    variables: tuple[str, ...]  # those that it exports
    secret: Text | None  # the file of the credential, where there is one
    keeps_secret: bool  # whether that is a file of the run directory
    published: tuple[str, ...]  # those of the variables that the endpoint holds
    facts: Mapping[str, Value]  # what is set before the kind's script runs
    script: Bash | None  # the kind's
    origin: Span
    visitor: str = ""  # who logs in to the service's pages, where it has pages


def connections(recipe: Recipe, offers: Mapping[str, ServiceOffer]) -> Iterator[Connection]:
    """The connection file of each service.

    That of replicas behind a balancer has none of their kind's variables: whoever sources it by
    mistake is not to go past the balancer without knowing.
    """
    backends = recipe.backends
    for service in recipe.services:
        offer = offers[service.name]
        yield _plain(service, offer) if service.name in backends else connection(service, offer)


def _plain(service: Service, offer: ServiceOffer) -> Connection:
    bare = replace(offer, variables=(), connection={}, secrets=(), connection_script=None)
    return replace(connection(service, bare), script=None)


def connection(service: Service, offer: ServiceOffer) -> Connection:
    """The connection file that the service's offer makes."""
    prefix = connection_prefix(service.name)
    variables = (*offer.variables, *(f"{prefix}_{part}" for part in ("HOST", "PORT", "URL")))
    owner = service.backend or service
    secrets = offer.behind.secrets if offer.behind else offer.secrets
    return Connection(
        name=service.name,
        title=f"How to reach {service.name}: source this file. It sets {', '.join(variables)}.",
        function="hpcgen_connect_" + service.name.replace("-", "_"),
        prefix=prefix,
        scheme=offer.scheme,
        variables=variables,
        secret=_credential(owner, secrets[0]) if secrets else None,
        keeps_secret=bool(secrets) and secrets[0].reference.file is None,
        published=offer.published,
        facts=offer.connection,
        script=owner.kind.scripts.get("connect", (offer.behind or offer).connection_script),
        origin=service.origin,
        visitor=offer.visitor,
    )


def _credential(service: Service, secret: Secret) -> Text:
    return secret_file(service, secret.name, secret.reference)
