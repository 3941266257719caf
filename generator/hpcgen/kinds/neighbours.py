"""The offers of all services, in an order in which each can use the offers before it.

A balancer's `offer(service, behind)` gets the offer of its replicas (`balancing.py`).
A kind that refers to other services, as Prometheus does, has `offer_among(service, neighbours)` in
place of `offer(service)`, and may have `problems_among(service, neighbours)` beside `problems`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hpcgen.kinds.balancing import completed
from hpcgen.kinds.exporter_choice import with_exporters
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.kinds.scrape_jobs import ScrapeJob, scrape_jobs
from hpcgen.model.entry import Service
from hpcgen.model.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The recipe that a service is part of, and the offers that were made before its own."""

    recipe: Recipe
    offers: Mapping[str, ServiceOffer]

    def scrape_jobs(self, name: str, offer: ServiceOffer | None = None) -> Iterator[ScrapeJob]:
        """The scrape jobs of the service `name`, whose own `offer` may already exist."""
        services = {service.name: service for service in self.recipe.services}
        offers = dict(self.offers)
        if offer:
            offers[name] = with_exporters(self.recipe, services[name], offer)
        names = self.recipe.scraped_by(services[name])
        for service in self.recipe.services:
            if service.name in names and service.name in offers:
                yield from scrape_jobs(service, offers[service.name])


def service_offers(recipe: Recipe) -> dict[str, ServiceOffer]:
    """The offer of each service, by name; a service that scrapes sees the offers of all others."""
    offers: dict[str, ServiceOffer] = {}
    for service in sorted(recipe.services, key=_offer_order):
        offer = _offer(Neighbours(recipe=recipe, offers=dict(offers)), service)
        offers[service.name] = with_exporters(recipe, service, offer)
    return offers


def _offer(neighbours: Neighbours, service: Service) -> ServiceOffer:
    module = service.kind.module
    if service.backend:
        behind = neighbours.offers[service.backend.name]
        return completed(service, behind, module.offer(service, behind))
    among = hasattr(module, "offer_among")
    offer: ServiceOffer = (
        module.offer_among(service, neighbours) if among else module.offer(service)
    )
    return offer


def _offer_order(service: Service) -> tuple[bool, bool, bool]:
    """A sort key: services that refer to no other, then pages such as Grafana, then scrapers.

    A balancer follows its replicas, as it does in the recipe.
    """
    kind = (service.backend or service).kind
    return "x-scrapes" in kind.schema, hasattr(kind.module, "offer_among"), "x-pages" in kind.schema
