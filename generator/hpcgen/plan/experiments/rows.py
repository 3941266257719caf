"""The rows of an experiment, each made the part of a job that would run it alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hpcgen.kinds.offer import ClientOffer, ServiceOffer
from hpcgen.model.experiment import Experiment
from hpcgen.model.recipe import Recipe
from hpcgen.plan.experiments.server import Server, servers
from hpcgen.plan.parts.client_part import client_part
from hpcgen.plan.parts.part import ClientPart


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentRows:
    """An experiment, with an offer and a part for each of its rows, in their order.

    `servers` is what their target is, by the number of the settings that rows give it.
    """

    experiment: Experiment
    servers: Mapping[int, Server]
    offers: tuple[ClientOffer, ...]
    parts: tuple[ClientPart, ...]

    @property
    def lasts_together(self) -> int:
        """Seconds that all rows take at least, when as many as may be run at once."""
        seconds = [offer.lasts for offer in self.offers]
        at_once = self.experiment.max_parallel or len(seconds)
        return max(*seconds, -(-sum(seconds) // at_once), 0)


def experiment_rows(
    recipe: Recipe, offers: Mapping[str, ServiceOffer]
) -> tuple[ExperimentRows, ...]:
    """The rows of each experiment of the recipe; `offers` are those of its services."""
    return tuple(_rows(recipe, experiment, offers) for experiment in recipe.experiments)


def _rows(
    recipe: Recipe, experiment: Experiment, offers: Mapping[str, ServiceOffer]
) -> ExperimentRows:
    by_number = servers(recipe, experiment, offers)
    row_offers = tuple(row.client.kind.module.offer(row.client) for row in experiment.rows)
    parts = (
        client_part(server.recipe, row.client, offer, server.offers, server.seconds)
        for row, offer in zip(experiment.rows, row_offers, strict=True)
        for server in (by_number[row.server],)
    )
    return ExperimentRows(
        experiment=experiment, servers=by_number, offers=row_offers, parts=tuple(parts)
    )
