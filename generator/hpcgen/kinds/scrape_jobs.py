"""The scrape jobs of each service: those of the service itself, and those of its exporters."""

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
"""The password of all exporters, which Prometheus sends: made once for the deployment."""

USERNAME = "prometheus"
"""The user whose password it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapeJob:
    """One job of Prometheus: a GET of `path` at each of `expected` addresses.

    `secret` is the password of `username`, or without a user name a bearer token. `source` is the
    job's name in the `needs` of dashboards, and `folder` may hold rules and dashboards of its
    metrics. `exporter` is the program that exports them, unless the service itself does.
    """

    name: str
    service: Service
    path: str
    expected: int
    username: str
    secret: Secret | None
    source: str
    folder: Path
    exporter: Exporter | None = None


def scrape_jobs(recipe: Recipe, service: Service, offer: ServiceOffer) -> Iterator[ScrapeJob]:
    """The scrape jobs of one service, in the order of its offer."""
    for scrape in offer.scrape:
        yield _program_scrape_job(service, offer, scrape)
    for exporter in exporters_of(recipe, service, offer).values():
        yield ScrapeJob(
            name=f"{service.name}.{exporter.name}",
            service=service,
            path=exporter.path,
            expected=_exporter_count(service, exporter),
            username=USERNAME,
            secret=SCRAPING,
            source=exporter.name,
            folder=_folder(service, exporter),
            exporter=exporter,
        )


def _target_count(service: Service, scrape: Scrape) -> int:
    """The number of targets: one for each replica, or for each node of a single service."""
    if service.fleet:
        return service.fleet.count
    return int(service.resources.get("nodes", 1)) if scrape.on_each_node else 1


def _exporter_count(service: Service, exporter: Exporter) -> int:
    """The number of an exporter's processes: one on each node, or one beside each replica."""
    if service.fleet:
        return service.fleet.nodes if exporter.once_a_node else service.fleet.count
    return int(service.resources.get("nodes", 1)) if exporter.on_each_node else 1


def exporters_of(recipe: Recipe, service: Service, offer: ServiceOffer) -> dict[str, Exporter]:
    """The exporters that run beside a service, by name; unknown ones are left out."""
    requested = requested_exporters(recipe, service, offer)
    available = {**exporters(), **{exporter.name: exporter for exporter in offer.exporters}}
    return {name: available[name] for name in requested if name in available}


def requested_exporters(
    recipe: Recipe, service: Service, offer: ServiceOffer
) -> dict[str, Mapping[str, Any]]:
    """The exporters that a service requests, by name, with the image and port of each.

    Without a list in the recipe, a service that is scraped has those of its kind and, unless it
    scrapes others itself, the one of its nodes.
    """
    contained = recipe.profile.program != "none"
    scrapes = "x-scrapes" in service.kind.schema
    default = (*(exporter.name for exporter in offer.exporters), *(() if scrapes else ("node",)))
    usual: dict[str, Mapping[str, Any]] = (
        {name: {} for name in default} if contained and service.name in recipe.scraped else {}
    )
    requested = usual if service.exporters is None else dict(service.exporters)
    return requested if service.cadvisor is None else {**requested, "cadvisor": service.cadvisor}


def _program_scrape_job(service: Service, offer: ServiceOffer, scrape: Scrape) -> ScrapeJob:
    secrets = {secret.name: secret for secret in offer.secrets}
    return ScrapeJob(
        name=f"{service.name}.{scrape.name}" if scrape.name else service.name,
        service=service,
        path=scrape.path,
        expected=_target_count(service, scrape),
        username=scrape.username,
        secret=secrets.get(scrape.credential),
        source=scrape.name or service.kind.name,
        folder=service.kind.folder / scrape.name,
    )


def _folder(service: Service, exporter: Exporter) -> Path:
    return FOLDER / exporter.name if exporter.name in exporters() else service.kind.folder
