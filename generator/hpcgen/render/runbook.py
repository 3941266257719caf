"""The facts of a plan that the runbook shows: a diagram, a table of jobs, and instructions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hpcgen.kinds.balancing import BalancerOffer
from hpcgen.kinds.offer import Fetch
from hpcgen.plan import Plan
from hpcgen.plan.job import Job
from hpcgen.plan.parts.part import Part, ServicePart
from hpcgen.plan.sizes.totals import Overridable, job_size, overridable
from hpcgen.render.interactive import allocated, without_allocation
from hpcgen.text import units
from hpcgen.text.markdown import Markdown

_ABSENT = Markdown("")
_MOST_EDGES = 500
_MOST_TEXT = 50_000
"""Beyond either Mermaid shows an error in place of the diagram: its maxEdges and maxTextSize."""


@dataclass(frozen=True, slots=True)
class Node:
    """A service or a client in the diagram; `id` is none of Mermaid's own words."""

    id: str
    name: Markdown
    kind: Markdown


@dataclass(frozen=True, slots=True)
class Group:
    """The parts of one job; `name` is empty unless several parts share it."""

    id: str
    name: Markdown
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """The way from one to a service that it waits for, by their ids."""

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


@dataclass(frozen=True, slots=True)
class BalancerNotes:
    """What the runbook says of a fleet's balancer alone; each symptom is a row of a table."""

    symptoms: tuple[tuple[Markdown, Markdown, Markdown], ...]
    state_page: Markdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """`bundle` stands for the path of the bundle, `first` for the job to begin with.

    `entrance` is the job whose log says how to come in from outside.
    `is_drawn` says that groups and edges are no larger a diagram than can be shown.
    `connections` are pairs: a connection file's service, and the variables that it sets.
    `notes` are pairs too: what is described, and its description. `stops` are the jobs that stop
    a service. `pages` are the services with pages to look at. `overridable` are the values that may
    be set when submitting. `fetches` are pairs: a script of `bin/`, and what it is for.
    `fleets` are pairs: a service behind a balancer, and notes on that. `allocated` is the one that
    runs in an allocation, `array_fleets` are those that run in no allocation, since their replicas
    are separate jobs.
    `arrays` are the jobs that are job arrays.
    """

    groups: tuple[Group, ...]
    edges: tuple[Edge, ...]
    is_drawn: bool
    rows: tuple[Row, ...]
    notes: tuple[tuple[str, str], ...]
    overridable: tuple[Overridable, ...]
    connections: tuple[tuple[Markdown, Markdown], ...]
    pages: Markdown
    fetches: tuple[tuple[Markdown, Markdown], ...]
    fleets: tuple[tuple[Markdown, BalancerNotes], ...]
    allocated: Markdown
    array_fleets: tuple[Markdown, ...]
    arrays: tuple[Markdown, ...]
    clients: tuple[Markdown, ...]
    stops: tuple[Job, ...]
    bundle: Markdown
    first: Markdown
    entrance: Markdown


def runbook(plan: Plan) -> Runbook:
    """The runbook's facts, in the order of submission."""
    parts = [part for job in plan.jobs for part in job.parts]
    services = [part for job in plan.jobs for part in job.services]
    ids = {part.name: Markdown(f"part{number}") for number, part in enumerate(parts, start=1)}
    fleet = allocated(plan)
    running = [job for job in plan.jobs if job.parts]
    groups = tuple(_group(number, job, ids) for number, job in enumerate(running, start=1))
    edges = tuple(_edges(parts, ids))
    return Runbook(
        groups=groups,
        edges=edges,
        is_drawn=len(edges) <= _MOST_EDGES and _length(groups, edges) <= _MOST_TEXT,
        rows=tuple(_row(job) for job in plan.jobs),
        notes=tuple(_notes(plan)),
        overridable=tuple(value for job in plan.jobs for value in overridable(job)),
        connections=tuple(
            (Markdown(c.name), Markdown(", ".join(c.variables))) for c in plan.connections
        ),
        pages=Markdown(" and ".join(c.name for c in plan.connections if c.visitor)),
        fetches=tuple(_fetch(part, part.fetch) for part in services if part.fetch),
        arrays=tuple(Markdown(job.name) for job in plan.jobs if job.tasks),
        allocated=Markdown(fleet.name if fleet else ""),
        array_fleets=tuple(Markdown(part.name) for part in without_allocation(plan)),
        fleets=tuple(_fleet(part.name, part.balancer) for part in services if part.balancer),
        clients=tuple(Markdown(part.name) for part in parts if part.role == "client"),
        stops=tuple(job for job in plan.jobs if job.stops),
        bundle=Markdown(f"output/{plan.name}"),
        first=Markdown(plan.jobs[0].name),
        entrance=Markdown(next((p.name for p in services if p.balances), plan.jobs[0].name)),
    )


def _group(number: int, job: Job, ids: Mapping[str, Markdown]) -> Group:
    name = Markdown(job.name if job.inside else "")
    nodes = (Node(ids[part.name], Markdown(part.name), Markdown(part.kind)) for part in job.parts)
    return Group(f"job{number}", name, tuple(nodes))


def _fleet(name: str, balancer: BalancerOffer) -> tuple[Markdown, BalancerNotes]:
    rows = (
        (Markdown(symptom.seen), Markdown(symptom.cause), Markdown(symptom.remedy))
        for symptom in balancer.symptoms
    )
    return Markdown(name), BalancerNotes(tuple(rows), Markdown(balancer.state_page))


def _fetch(part: Part, fetch: Fetch) -> tuple[Markdown, Markdown]:
    when = "once" if fetch.needed else "once, or else the job does it"
    return Markdown(f"bin/fetch-{part.name}.sh".ljust(22)), Markdown(f"{when}: {fetch.title}")


def _edges(parts: Sequence[Part], ids: Mapping[str, Markdown]) -> Iterator[Edge]:
    ports = {part.name: _ports(part) for part in parts if isinstance(part, ServicePart)}
    for part in parts:
        yield from (Edge(ids[part.name], ids[name], ports[name]) for name in part.needs)


def _length(groups: Iterable[Group], edges: Iterable[Edge]) -> int:
    """At least as many characters as the diagram has."""
    nodes = [node for group in groups for node in group.nodes]
    return (
        sum(40 + len(group.name) for group in groups if group.name)
        + sum(30 + len(node.name) + len(node.kind) for node in nodes)
        + sum(50 for _ in edges)
    )


def _row(job: Job) -> Row:
    """The job's totals over all of its nodes, as `hpcgen plan` shows them."""
    total = job_size(job)
    return Row(
        name=job.name,
        kind=Markdown(job.kind),
        nodes=total.nodes,
        cpus=total.cpus,
        memory=units.as_memory(total.memory_mib * 1024**2) if total.memory_mib else _ABSENT,
        gpus=total.gpus or _ABSENT,
        time=Markdown(dict(job.directives)["time"]),
        port=", ".join(_ports(part) for part in job.services),
        data=", ".join(_data(part) for part in job.services),
    )


def _notes(plan: Plan) -> Iterator[tuple[str, str]]:
    for job in plan.jobs:
        described: tuple[Job | Part, ...] = (job, *job.parts) if job.shared else job.parts
        yield from ((entry.name, entry.description) for entry in described if entry.description)


def _data(part: ServicePart) -> str:
    return "kept" if part.container.keeps_data else "the job's"


def _ports(part: ServicePart) -> str:
    ports = part.ports
    return f"{ports[0]} to {ports[-1]}" if len(ports) > 1 else "".join(ports)
