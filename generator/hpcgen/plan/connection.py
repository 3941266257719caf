"""The connection file of a service: what whoever sources it gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hpcgen.diagnostics import Span
from hpcgen.kinds.bash_arguments import connection_prefix
from hpcgen.kinds.offer import Secret, ServiceOffer, secret_file
from hpcgen.model.entry import Service
from hpcgen.model.recipe import Recipe
from hpcgen.text.shell import Bash, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """`variables` are those that the file exports; `facts` are set before the kind's `bash` runs.

    `published` are those of the variables that the endpoint holds. `secret` is the bash word for
    the file of the credential, where there is one. `visitor` is who logs in with it to the
    service's pages, where it has pages.
    """

    name: str
    title: str
    function: str
    prefix: str
    scheme: str
    variables: tuple[str, ...]
    secret: Bash | None
    published: tuple[str, ...]
    facts: Mapping[str, Value]
    bash: Bash
    origin: Span
    visitor: str = ""

    @property
    def keeps_secret(self) -> bool:
        """Whether the file of the credential is one of the run directory."""
        return self.secret is not None and "${RUN}/" in self.secret


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
    bare = replace(offer, variables=(), connection={}, secrets=(), connection_lines=())
    return replace(connection(service, bare), bash=Bash(""))


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
        published=offer.published,
        facts=offer.connection,
        bash=owner.kind.scripts.get("connect", _lines(offer.behind or offer)),
        origin=service.origin,
        visitor=offer.visitor,
    )


def _lines(offer: ServiceOffer) -> Bash:
    return Bash("\n".join(offer.connection_lines))


def _credential(service: Service, secret: Secret) -> Bash:
    return secret_file(service, secret.name, secret.reference)
