"""The recipe as the compiler means it: every default filled in, every reference resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hpcgen.model.entry import Client, Entry, Service, SharedJob, Submission
from hpcgen.model.experiment import Experiment
from hpcgen.model.profile import Profile
from hpcgen.model.service_references import mentioned
from hpcgen.text import units


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`file` is the recipe's base name, for the headers of what is made from it.

    `stop_resources` are what a job asks for that only stops another. `scraped` are the services
    that some Prometheus of the recipe is to watch, itself among them.
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
    scraped: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        watchers = (each for each in self.services if "x-scrapes" in each.kind.schema)
        scraped = frozenset(name for each in watchers for name in self.watched_by(each))
        object.__setattr__(self, "scraped", scraped)  # once: every service asks for it

    def watched_by(self, watcher: Service) -> frozenset[str]:
        """The services that one which scrapes is to watch; with a balancer, what is behind it."""
        names = (each.name for each in self.services)
        meant = mentioned(watcher.kind, watcher.settings, names) | {watcher.name}
        backends = (each.backend for each in self.services if each.name in meant)
        return meant | {each.name for each in backends if each}

    @property
    def backends(self) -> frozenset[str]:
        """The services, by name, that a balancer sends requests to."""
        return frozenset(each.backend.name for each in self.services if each.backend)

    @property
    def declared(self) -> tuple[Service, ...]:
        """The services as the recipe has them: one for a fleet and its balancer."""
        behind = self.backends
        return tuple(each.declared or each for each in self.services if each.name not in behind)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Services, then clients."""
        return (*self.services, *self.clients)

    @property
    def row_clients(self) -> tuple[Client, ...]:
        """What the clients of experiments are in each row."""
        return tuple(row.client for experiment in self.experiments for row in experiment.rows)

    @property
    def row_services(self) -> tuple[Service, ...]:
        """What the targets of experiments are where rows give them other settings."""
        return tuple(each for one in self.experiments for each in one.servers.values())

    @property
    def submissions(self) -> tuple[Submission, ...]:
        """What jobs, or the parts of heterogeneous ones, are asked for: by entries, and `jobs`.

        Replicas beside which their balancer runs are in what that asks for.
        """
        beside = {each.backend.name for each in self.services if each.backend and each.is_beside}
        own = (each for each in self.entries if each.job is None and each.name not in beside)
        return (*(_whole(entry) for entry in own), *self.jobs)


def _whole(entry: Entry) -> Submission:
    """What the job of an entry asks for: that of a fleet, for all replicas together.

    It goes on without a node that fails (sbatch(1), --no-kill), but for the first, which runs its
    script; a heterogeneous one ends whatever it asks for [seen on Slurm 24.11].
    """
    if not isinstance(entry, Service):
        return entry
    if entry.backend and entry.is_beside:
        whole = _whole(entry.backend)
        return replace(whole, name=entry.name, resources=_with(entry.resources, whole.resources))
    if entry.fleet is None:
        return entry
    resources = entry.fleet.together(entry.resources)
    goes_on = resources.get("nodes", 1) > 1 and entry.placement != "hetjob"
    return Submission(
        name=entry.name,
        description=entry.description,
        resources={**resources, **({"no_kill": True} if goes_on else {})},
        tasks=entry.fleet.tasks,
        origin=entry.origin,
        origins=entry.origins,
    )


def _with(balancer: Mapping[str, Any], replicas: Mapping[str, Any]) -> dict[str, Any]:
    """What each node is asked for so that a balancer has its own share beside replicas.

    Slurm gives every node of a job the same, and counts CPUs by the task.
    """
    tasks = replicas.get("ntasks_per_node", 1)
    cpus = replicas.get("cpus_per_task", 1) + -(-balancer.get("cpus_per_task", 1) // tasks)
    both = [units.memory(each["mem"]) for each in (balancer, replicas) if "mem" in each]
    memory = {"mem": units.as_memory(sum(both))} if "mem" in replicas else {}
    return {**replicas, "cpus_per_task": cpus, **memory}
