"""The offers of all services: those first that know nothing of each other, what scrapes last.

A kind that speaks of others, as Prometheus does, has `offer_among(service, surroundings)` in place
of `offer(service)`, and may have `problems_among(service, surroundings)` beside `problems`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hpcgen.kinds.offer import ServiceOffer
from hpcgen.kinds.scrape_jobs import Watched, watched
from hpcgen.model.entry import Service
from hpcgen.model.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The recipe that a service is part of, and the offers of those that are asked before it."""

    recipe: Recipe
    offers: Mapping[str, ServiceOffer]

    def watched_by(self, name: str, offer: ServiceOffer | None = None) -> Iterator[Watched]:
        """What the service `name`, which scrapes, is to watch; `offer` is its own, where known."""
        services = {each.name: each for each in self.recipe.services}
        offers = {**self.offers, **({name: offer} if offer else {})}
        names = self.recipe.watched_by(services[name])
        for each in self.recipe.services:
            if each.name in names and each.name in offers:
                yield from watched(self.recipe, each, offers[each.name])


def service_offers(recipe: Recipe) -> dict[str, ServiceOffer]:
    """The offer of each service, by name; those that scrape know all others."""
    offers: dict[str, ServiceOffer] = {}
    for each in sorted(recipe.services, key=_knows):
        around = Surroundings(recipe=recipe, offers=dict(offers))
        module = each.kind.module
        among = hasattr(module, "offer_among")
        offers[each.name] = module.offer_among(each, around) if among else module.offer(each)
    return offers


def _knows(service: Service) -> tuple[bool, bool, bool]:
    """In which order services are asked: who knows no other first, who scrapes last.

    Before that comes what shows others, which has to know all that is scraped.
    """
    kind = service.kind
    return "x-scrapes" in kind.schema, hasattr(kind.module, "offer_among"), "x-pages" in kind.schema
