"""The recipe with every default filled in and every reference resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hpcgen.model.acknowledgement import Acknowledgement
from hpcgen.model.entry import Client, Entry, Service, SharedJob, Submission
from hpcgen.model.experiment import Experiment
from hpcgen.model.profile import Profile
from hpcgen.model.resources import with_program
from hpcgen.model.service_references import named_services


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`file` is the recipe's base name, for the headers of what is made from it.

    `stop_resources` are those of a job that only stops another. `scraped` are the names of the
    services that some Prometheus of the recipe scrapes, itself among them.
    """

    name: str
    file: str
    description: str
    profile: Profile
    stop_resources: Mapping[str, Any]
    jobs: tuple[SharedJob, ...]
    services: tuple[Service, ...]
    clients: tuple[Client, ...]
    experiments: tuple[Experiment, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    scraped: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        scrapers = [service for service in self.services if "x-scrapes" in service.kind.schema]
        scraped = frozenset(name for scraper in scrapers for name in self.scraped_by(scraper))
        object.__setattr__(self, "scraped", scraped)  # computed once: every service reads it

    def scraped_by(self, scraper: Service) -> frozenset[str]:
        """The names of the services that `scraper` scrapes; of a balancer, also its backend."""
        every_name = (service.name for service in self.services)
        names = named_services(scraper.kind, scraper.settings, every_name) | {scraper.name}
        backends = (service.backend for service in self.services if service.name in names)
        return names | {backend.name for backend in backends if backend}

    @property
    def backends(self) -> frozenset[str]:
        """The names of the services that a balancer sends requests to."""
        return frozenset(service.backend.name for service in self.services if service.backend)

    @property
    def declared(self) -> tuple[Service, ...]:
        """The services as the recipe has them: one for a fleet and its balancer."""
        backends = self.backends
        services = (service for service in self.services if service.name not in backends)
        return tuple(service.declared or service for service in services)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Services, then clients."""
        return (*self.services, *self.clients)

    @property
    def row_clients(self) -> tuple[Client, ...]:
        """The clients of experiments, once for each row."""
        return tuple(row.client for experiment in self.experiments for row in experiment.rows)

    @property
    def row_services(self) -> tuple[Service, ...]:
        """The targets of experiments, once for each of the settings that rows give them."""
        servers = (experiment.servers.values() for experiment in self.experiments)
        return tuple(service for services in servers for service in services)

    @property
    def submissions(self) -> tuple[Submission, ...]:
        """The requests for jobs, or for the parts of heterogeneous ones: of entries, and `jobs`.

        The request of a balancer that runs beside its replicas includes theirs.
        """
        colocated = {
            service.backend.name
            for service in self.services
            if service.backend and service.is_colocated
        }
        entries = (entry for entry in self.entries if entry.job is None)
        submitted = (entry for entry in entries if entry.name not in colocated)
        return (*(_job_submission(entry) for entry in submitted), *self.jobs)


def _job_submission(entry: Entry) -> Submission:
    """The request for an entry's job; that of a fleet is for all its replicas.

    The job goes on if a node other than the first fails (sbatch(1), --no-kill); a heterogeneous
    job ends, whatever its options are [seen on Slurm 24.11].
    """
    if not isinstance(entry, Service):
        return entry
    if entry.backend and entry.is_colocated:
        replicas = _job_submission(entry.backend)
        resources = with_program(replicas.resources, entry.resources)
        return replace(replicas, name=entry.name, resources=resources)
    if entry.fleet is None:
        return entry
    resources = entry.fleet.job_resources(entry.resources)
    goes_on = resources.get("nodes", 1) > 1 and entry.placement != "hetjob"
    return Submission(
        name=entry.name,
        description=entry.description,
        resources={**resources, **({"no_kill": True} if goes_on else {})},
        tasks=entry.fleet.tasks,
        origin=entry.origin,
        origins=entry.origins,
    )
