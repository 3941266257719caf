"""The scrape jobs of each service: those of the service itself, and those of its exporters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hpcgen.exporters import FOLDER, exporters
from hpcgen.kinds.offer import Secret, ServiceOffer
from hpcgen.model.entry import SecretReference, Service
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


def scrape_jobs(service: Service, offer: ServiceOffer) -> Iterator[ScrapeJob]:
    """The scrape jobs of one service, in the order of its offer."""
    for scrape in offer.scrape:
        yield _program_scrape_job(service, offer, scrape)
    for exporter in (chosen.exporter for chosen in offer.chosen_exporters):
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
