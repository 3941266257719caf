"""What is scraped of each service: what it tells by itself, and what exporters tell of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpcgen.exporters import FOLDER, exporters
from hpcgen.kinds.offer import Secret, ServiceOffer
from hpcgen.model.entry import SecretReference, Service
from hpcgen.model.recipe import Recipe
from hpcgen.model.scraping import Exporter, Scrape

SCRAPING = Secret(
    name="password", variable="SCRAPING", reference=SecretReference(), owner=".exporters"
)
"""What exporters ask for, and Prometheus knows: made once for the deployment."""

USERNAME = "prometheus"
"""Whose password it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What Prometheus knows as one job: a GET of `path` at each of `expected` addresses.

    `secret` is what is asked for, of `username` or as a bearer token. `source` is its name in the
    `needs` of dashboards, and `folder` may hold the rules and dashboards of what is told;
    `exporter` is who tells it, where the service does not.
    """

    job: str
    service: Service
    path: str
    expected: int
    username: str
    secret: Secret | None
    source: str
    folder: Path
    exporter: Exporter | None = None


def watched(recipe: Recipe, service: Service, offer: ServiceOffer) -> Iterator[Watched]:
    """What there is to scrape of one service, in the order in which it is offered."""
    for each in offer.scrape:
        yield _own(service, offer, each)
    for exporter in beside(recipe, service, offer).values():
        yield Watched(
            job=f"{service.name}.{exporter.name}",
            service=service,
            path=exporter.path,
            expected=_copies(service, exporter),
            username=USERNAME,
            secret=SCRAPING,
            source=exporter.name,
            folder=_folder(service, exporter),
            exporter=exporter,
        )


def _told(service: Service, scrape: Scrape) -> int:
    """How many tell it: each replica, or each node of the one there is."""
    if service.fleet:
        return service.fleet.count
    return int(service.resources.get("nodes", 1)) if scrape.on_each_node else 1


def _copies(service: Service, exporter: Exporter) -> int:
    """How many of an exporter there are: one on each node, or one beside each replica."""
    if service.fleet:
        return service.fleet.nodes if exporter.once_a_node else service.fleet.count
    return int(service.resources.get("nodes", 1)) if exporter.on_each_node else 1


def beside(recipe: Recipe, service: Service, offer: ServiceOffer) -> dict[str, Exporter]:
    """The exporters that run beside a service, by name.

    Where the recipe does not say, they are its kind's, and one of its nodes, if it is scraped; of
    what scrapes, its kind's alone.
    """
    asked = wanted(recipe, service, offer)
    known = {**exporters(), **{each.name: each for each in offer.exporters}}
    return {name: known[name] for name in asked if name in known}


def wanted(recipe: Recipe, service: Service, offer: ServiceOffer) -> dict[str, Mapping[str, Any]]:
    """The exporters that a service is to have, by name, with the image and port of each."""
    contained = recipe.profile.program != "none"
    scrapes = "x-scrapes" in service.kind.schema
    default = (*(each.name for each in offer.exporters), *(() if scrapes else ("node",)))
    usual: dict[str, Mapping[str, Any]] = (
        {name: {} for name in default} if contained and service.name in recipe.scraped else {}
    )
    asked = usual if service.exporters is None else dict(service.exporters)
    return asked if service.cadvisor is None else {**asked, "cadvisor": service.cadvisor}


def _own(service: Service, offer: ServiceOffer, scrape: Scrape) -> Watched:
    secrets = {secret.name: secret for secret in offer.secrets}
    return Watched(
        job=f"{service.name}.{scrape.name}" if scrape.name else service.name,
        service=service,
        path=scrape.path,
        expected=_told(service, scrape),
        username=scrape.username,
        secret=secrets.get(scrape.credential),
        source=scrape.name or service.kind.name,
        folder=service.kind.folder / scrape.name,
    )


def _folder(service: Service, exporter: Exporter) -> Path:
    return FOLDER / exporter.name if exporter.name in exporters() else service.kind.folder
