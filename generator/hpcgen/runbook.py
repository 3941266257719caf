"""What the runbook shows of a plan: a diagram and a table of jobs."""

from __future__ import annotations

from dataclasses import dataclass

from hpcgen.job import Job
from hpcgen.markdown import Markdown
from hpcgen.plan import Plan

_ABSENT = Markdown("")


@dataclass(frozen=True, slots=True)
class Node:
    """A job in the diagram; `id` is none of Mermaid's own words."""

    id: str
    name: Markdown
    kind: Markdown


@dataclass(frozen=True, slots=True)
class Edge:
    """A client's way to its service, by their ids."""

    client: Markdown
    service: Markdown
    port: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A job in the table."""

    name: str
    kind: Markdown
    nodes: object
    cpus: object
    memory: object
    gpus: object
    time: object
    port: str
    data: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """`bundle` stands for the path of the bundle, `first` for the job to begin with.

    `connections` are pairs: a connection file's service, and the variables that it sets.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    rows: tuple[Row, ...]
    connections: tuple[tuple[Markdown, Markdown], ...]
    clients: tuple[Markdown, ...]
    bundle: Markdown
    first: Markdown


def runbook(plan: Plan) -> Runbook:
    """The runbook's facts, in the order of submission."""
    ids = {job.name: Markdown(f"job{number}") for number, job in enumerate(plan.jobs, start=1)}
    ports = {job.name: _ports(job) for job in plan.jobs}
    return Runbook(
        nodes=tuple(
            Node(ids[job.name], Markdown(job.name), Markdown(job.kind)) for job in plan.jobs
        ),
        edges=tuple(
            Edge(ids[job.name], ids[name], ports[name]) for job in plan.jobs for name in job.waits
        ),
        rows=tuple(_row(job, ports[job.name]) for job in plan.jobs),
        connections=tuple(
            (Markdown(c.name), Markdown(", ".join(c.variables))) for c in plan.connections
        ),
        clients=tuple(Markdown(job.name) for job in plan.jobs if job.role == "client"),
        bundle=Markdown(f"output/{plan.name}"),
        first=Markdown(plan.jobs[0].name),
    )


def _row(job: Job, port: str) -> Row:
    asked = dict(job.directives)
    gpus = asked.get("gpus-per-node", asked.get("gres", _ABSENT))
    return Row(
        name=job.name,
        kind=Markdown(job.kind),
        nodes=asked.get("nodes", _ABSENT),
        cpus=asked.get("cpus-per-task", _ABSENT),
        memory=asked.get("mem", asked.get("mem-per-cpu", _ABSENT)),
        gpus=gpus,
        time=Markdown(asked["time"]),
        port=port,
        data="" if job.role == "client" else "kept" if job.containment.keeps_data else "the job's",
        description=job.description,
    )


def _ports(job: Job) -> str:
    ports = job.values.get("PORTS", ())
    if not isinstance(ports, tuple) or not ports:
        return ""
    return ports[0] if len(ports) == 1 else f"{ports[0]} to {ports[-1]}"
