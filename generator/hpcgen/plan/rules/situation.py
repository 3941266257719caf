"""What the rules judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from hpcgen.kinds.neighbours import service_offers
from hpcgen.kinds.offer import ClientOffer, Offer, ServiceOffer
from hpcgen.model.recipe import Recipe
from hpcgen.model.stopping import Stopping
from hpcgen.plan.experiments.rows import ExperimentRows, experiment_rows
from hpcgen.plan.job import Job
from hpcgen.plan.jobs import jobs
from hpcgen.plan.sizes.request import Request


@dataclass(frozen=True)
class Situation:
    """A recipe, and what follows from it; each is made the first time that something reads it."""

    recipe: Recipe

    @cached_property
    def with_rows(self) -> Recipe:
        """The recipe, with what each row of an experiment makes of its client and its target."""
        return replace(
            self.recipe,
            services=(*self.recipe.services, *self.recipe.row_services),
            clients=(*self.recipe.clients, *self.recipe.row_clients),
        )

    @cached_property
    def requests(self) -> tuple[Request, ...]:
        """What each job asks the cluster for, those of rows among them."""
        submissions = self.with_rows.submissions
        return tuple(Request(submission, self.recipe.profile) for submission in submissions)

    @property
    def stopping(self) -> Stopping:
        """How long jobs have to stop."""
        return self.recipe.profile.stopping

    @cached_property
    def service_offers(self) -> Mapping[str, ServiceOffer]:
        """The offer of each service, by its name. Entries must be valid to their kinds."""
        return service_offers(self.recipe)

    @cached_property
    def client_offers(self) -> Mapping[str, ClientOffer]:
        """The offer of each client, likewise."""
        return {client.name: client.kind.module.offer(client) for client in self.recipe.clients}

    @cached_property
    def offers(self) -> Mapping[str, Offer]:
        """The offers of all entries."""
        return {**self.service_offers, **self.client_offers}

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs in the order of submission."""
        return tuple(jobs(self.recipe, self.service_offers, self.client_offers))

    @cached_property
    def experiments(self) -> tuple[ExperimentRows, ...]:
        """The experiments, each row of which is a part of a job."""
        return experiment_rows(self.recipe, self.service_offers)
