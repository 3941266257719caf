"""envoy: the balancer before the replicas of a service, which its `balancer` becomes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from hpcgen.kinds.offer import ServiceOffer
from hpcgen.kinds.overrides import override
from hpcgen.model.entry import Service
from hpcgen.model.fleet import Fleet
from hpcgen.model.references import Argument, Reference
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.model.scraping import Scrape
from hpcgen.services.envoy.bootstrap import bootstrap
from hpcgen.services.envoy.clusters import behind_it, health_path, most_connections
from hpcgen.text.values import Default, Value, Variable, joined

FACTS = ("ENVOY_NODE", "ENVOY_ADMIN_URL", "WORKER_NODES", "NUM_WORKERS", "WORKERS_PER_NODE")
"""What the endpoint says beside the address, and the connection file exports."""


def offer(service: Service) -> ServiceOffer:
    """One port for all replicas, ready when Envoy has found every one of them healthy.

    Clients get the variables of the kind behind it, and its credential.
    """
    from hpcgen.yaml.dump import dump  # noqa: PLC0415 - 24 ms that a recipe without one saves

    backend = behind_it(service)
    behind: ServiceOffer = backend.kind.module.offer(backend)
    text = dump(bootstrap(service, behind))
    connections = most_connections(service, behind)
    return ServiceOffer(
        title=f"Envoy before {backend.name}",
        usual_port=8000,
        proof=f"Envoy is live, and has found {_found(backend.fleet)} healthy",
        danger="Envoy passes on whatever it is asked",
        command=(
            *_program(service),
            *("--log-level", "warning", "--concurrency", _threads(service)),
            "--disable-hot-restart",
        ),
        config="/run/hpcgen" if service.image else None,
        runs_bare=True,
        directories=frozenset({"scratch", "logs"}),
        overrides=(override(service, "port"),),
        artefacts={f"envoy/{service.name}.yaml": text},
        values={
            "BOOTSTRAP": hashlib.sha256(text.encode()).hexdigest(),
            "IN_CONTAINER": "yes" if service.image else "",
            "LISTENS": service.settings["port"],
            "BACKEND": backend.name,
            "REPLICAS": Default(
                str(backend.fleet.count if backend.fleet else 1), "HPCGEN_REPLICAS"
            ),
            **_enough(backend.fleet),
            "HEALTH": health_path(backend, behind),
            "ADMIN_PORT": service.settings["admin_port"],
            "DESCRIPTORS": 2 * connections + 1024,
        },
        scheme=behind.scheme,
        variables=(*behind.variables, *FACTS),
        connection=behind.connection,
        published=FACTS,
        behind=behind,
        most_connections=connections,
        scrape=(Scrape(port="admin", path="/stats/prometheus"),),
    )


def _program(service: Service) -> Iterator[Argument]:
    """Envoy, and the bootstrap as the job has completed it."""
    binary = service.settings.get("binary")
    if service.image:
        yield from ("envoy", "--config-path", "/run/hpcgen/envoy.yaml")
    else:
        yield RuntimePath(binary).word if binary else "envoy"
        yield from ("--config-path", joined(Variable("HERE"), "/etc/envoy.yaml"))


def _threads(service: Service) -> Argument:
    """As many as the balancer has CPUs; beside a replica, Slurm counts that one's too."""
    if service.is_colocated:
        return str(service.resources.get("cpus_per_task", 1))
    return Reference("slurm", "cpus_per_task", service.origin)


def _enough(fleet: Fleet | None) -> dict[str, Value]:
    """How many replicas it is ready with, and how many it must have from then on.

    The job of all replicas ends by itself where too few are left.
    """
    if fleet and fleet.one_job_per_replica:
        return {"NEEDED": fleet.min_healthy, "MIN_HEALTHY": fleet.min_healthy}
    return {"NEEDED": Variable("REPLICAS")}


def _found(fleet: Fleet | None) -> str:
    if fleet and fleet.one_job_per_replica:
        return f"{fleet.min_healthy} of {fleet.count} replicas"
    return "every replica"
