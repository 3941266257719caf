"""envoy: an Envoy proxy before the replicas of a service."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from hpcgen.balancers.envoy.bootstrap import bootstrap
from hpcgen.balancers.envoy.clusters import most_connections
from hpcgen.kinds.balancing import BalancerOffer, Symptom, replicas_needed, replicas_of
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.kinds.overrides import override
from hpcgen.model.entry import Service
from hpcgen.model.references import Argument, Reference
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.model.scraping import Scrape
from hpcgen.text.values import Variable, joined

_SYMPTOMS = (
    Symptom(
        "the health of a worker fails",
        "it is too busy to answer in `health_timeout`",
        "fewer sessions, or raise `health_timeout` in the recipe",
    ),
    Symptom(
        "some workers have more than others",
        "a WebSocket stays with its worker, so few long sessions spread less evenly than many"
        " requests",
        "more sessions, or `policy: least_request`",
    ),
    Symptom(
        "503 from Envoy, and its log says `overflow`",
        "more sessions at once than the recipe has room for",
        "raise `max_connections` of the `balancer`",
    ),
)


def offer(service: Service, behind: ServiceOffer) -> BalancerOffer:
    """One port for all replicas, ready when Envoy has found every one of them healthy."""
    from hpcgen.yaml.dump import dump  # noqa: PLC0415 - 24 ms that a recipe without one saves

    text = dump(bootstrap(service, behind))
    connections = most_connections(service, behind)
    return BalancerOffer(
        title=f"Envoy before {replicas_of(service).name}",
        usual_port=8000,
        proof=f"Envoy is live, and has found {replicas_needed(service)} healthy",
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
            "ADMIN_PORT": service.settings["admin_port"],
            "DESCRIPTORS": 2 * connections + 1024,
        },
        most_connections=connections,
        published=("ENVOY_NODE", "ENVOY_ADMIN_URL"),
        scrape=(Scrape(port="admin", path="/stats/prometheus"),),
        symptoms=_SYMPTOMS,
        state_page=(
            "`curl \"$ENVOY_ADMIN_URL/clusters\"` shows Envoy's own view, and each answer's"
            " `x-upstream-host` who\ngave it."
        ),
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
