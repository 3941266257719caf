"""What a cluster allows a job to ask for, judged before anything is submitted.

Only what a profile says is checked: where it is silent, nothing is refused. A hint names the
nearest thing that is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.diagnostics.finds import finds
from hpcgen.model.entry import Client, Submission
from hpcgen.model.profile import Partition, Profile, Qos
from hpcgen.model.resources import BY_FIELD, alternatives, gpus_per_node
from hpcgen.plan.rules.situation import Situation
from hpcgen.plan.sizes.allocation import Allocation
from hpcgen.plan.sizes.request import Request
from hpcgen.text import units
from hpcgen.text.nearest import nearest


@finds("HG417")
def required_resources(situation: Situation) -> Iterator[Diagnostic]:
    """A resource that the profile requires of every job, and that is missing."""
    yield from _missing(situation.with_rows.submissions, situation.recipe.profile)


@finds("HG410", "HG411")
def queues(situation: Situation) -> Iterator[Diagnostic]:
    """HG410: an unknown partition. HG411: an unknown QOS."""
    for request in situation.requests:
        yield from _unknown("HG410", "partition", request, request.profile.partitions)
        yield from _unknown("HG411", "qos", request, request.profile.qos)


@finds("HG412", "HG413", "HG414", "HG415", "HG416")
def sizes(situation: Situation) -> Iterator[Diagnostic]:
    """More than is allowed. HG412: time. HG413: nodes or GPUs of a job.

    HG414: GPUs of a node. HG415: its CPUs. HG416: its memory.
    """
    for request in situation.requests:
        for exceeded in (_time, _nodes, _job_gpus, _node_gpus, _node_cpus, _node_memory):
            yield from exceeded(request)


@finds("HG418")
def forbidden_resources(situation: Situation) -> Iterator[Diagnostic]:
    """A resource that the profile or the QOS does not take."""
    for request in situation.requests:
        yield from _forbidden(request)


@finds("HG419")
def qos_of_partition(situation: Situation) -> Iterator[Diagnostic]:
    """A QOS that is not for the partition."""
    for request in situation.requests:
        yield from _other_partition(request)


@finds("HG420")
def one_job_at_a_time(situation: Situation) -> Iterator[Diagnostic]:
    """A client and its service, where their QOS runs one job of a user at a time."""
    for client in situation.with_rows.clients:
        yield from _never_together(client, situation.recipe.profile)


def _missing(submissions: Sequence[Submission], profile: Profile) -> Iterator[Diagnostic]:
    for field in profile.require:
        lacking = (job.origin for job in submissions if field not in job.resources)
        places = [*dict.fromkeys(lacking)]
        if places:
            hint = "give it in `resources`, here or for every job in `defaults: {resources: …}`"
            if field == "account":
                hint = "name the project that pays at the top level, as in `account: p200981`"
            message = f"`{field}` is missing, and `{profile.name}` requires it of every job"
            others = tuple(Related(place, "it is missing here too") for place in places[1:])
            yield Diagnostic("HG417", message, places[0], hint, others)


def _unknown(
    code: str, field: str, request: Request, names: Mapping[str, object]
) -> Iterator[Diagnostic]:
    name = request.submission.resources.get(field)
    if names and name is not None and name not in names:
        near = nearest(name, names)
        listed = ", ".join(f"`{candidate}`" for candidate in names)
        hint = f"did you mean `{near}`?" if near else f"it has {listed}"
        message = f"`{request.profile.name}` has no {field} called `{name}`"
        yield Diagnostic(code, message, request.place(field), hint)


def _time(request: Request) -> Iterator[Diagnostic]:
    for who, limit in request.limits:
        if limit.max_time and request.seconds > units.walltime(limit.max_time):
            time = request.submission.resources["time"]
            message = f"{who} allows {limit.max_time}, and the job asks for {time}"
            hint = _instead(request, limit, f"give at most {limit.max_time}")
            yield Diagnostic("HG412", message, request.place("time"), hint)


def _nodes(request: Request) -> Iterator[Diagnostic]:
    nodes = request.allocation.nodes
    for who, limit in request.limits:
        bounds = {"most": limit.max_nodes, "least": limit.min_nodes}
        for word, bound in bounds.items():
            if bound and (nodes > bound if word == "most" else nodes < bound):
                message = f"{who} takes jobs of at {word} {_count(bound, 'node')}"
                message += f", and the job asks for {nodes}"
                hint = _instead(request, limit, f"give at {word} {bound}")
                place = request.place("nodes", "qos", "partition")
                yield Diagnostic("HG413", message, place, hint)


def _job_gpus(request: Request) -> Iterator[Diagnostic]:
    most, gpus = request.qos.max_gpus, request.allocation.gpus
    verb = "gets" if request.allocation.is_of_whole_nodes else "asks for"
    if most is not None and gpus > most:
        message = f"qos `{request.qos_name}` takes jobs of at most {_count(most, 'GPU')}"
        hint = _instead(request, request.qos, f"give at most {most}")
        place = request.place(*alternatives("gpus_per_node"), "exclusive", "nodes")
        yield Diagnostic("HG413", f"{message}, and the job {verb} {gpus}", place, hint)


def _node_gpus(request: Request) -> Iterator[Diagnostic]:
    most, gpus = request.partition.gpus, gpus_per_node(request.submission.resources)
    if most is not None and gpus > most:
        message = f"a node of partition `{request.partition_name}` has {_count(most, 'GPU')}"
        hint = _roomier(request, f"give at most {most}, on more nodes" if most else "remove it")
        place = request.place(*alternatives("gpus_per_node"), "partition")
        yield Diagnostic("HG414", f"{message}, and the job asks for {gpus}", place, hint)


def _node_cpus(request: Request) -> Iterator[Diagnostic]:
    most, needed = request.partition.cpus, request.allocation.needed_cpus
    if most and needed > most:
        message = f"a node of partition `{request.partition_name}` has {_count(most, 'CPU')}"
        hint = _roomier(request, f"give at most {most} for all tasks of a node together")
        place = request.place("cpus_per_task", "ntasks_per_node", "ntasks")
        message += f", and the job asks for {needed}"
        yield Diagnostic("HG415", message, place, hint)


def _node_memory(request: Request) -> Iterator[Diagnostic]:
    most, allocation = request.partition.mem, request.allocation
    if most and _exceeds(allocation.node_memory_mib, most):
        resources = request.submission.resources
        field = next(name for name in alternatives("mem") if name in resources)
        message = f"a node of partition `{request.partition_name}` has {most} of memory"
        times = f"{allocation.node_cpus} x " if BY_FIELD[field].counted == "cpu" else ""
        hint = _roomier(request, f"give at most {most} for the whole node")
        message += f", and the job asks for {times}{resources[field]}"
        yield Diagnostic("HG416", message, request.place(field), hint)


def _exceeds(mebibytes: int | None, most: str) -> bool:
    return (mebibytes or 0) * 1024**2 > units.memory(most)


def _forbidden(request: Request) -> Iterator[Diagnostic]:
    (_, partition), (qos_words, qos) = request.limits
    profile = request.profile
    for who, limit, reasons in (
        (f"`{profile.name}`", partition, profile.forbid),
        (qos_words, qos, request.qos.forbids),
    ):
        for field, reason in reasons.items():
            if request.asks(field):
                message = f"{who} does not take `{field}`: {reason}"
                hint = _instead(request, limit, "remove it")
                yield Diagnostic("HG418", message, request.place(field), hint)


def _other_partition(request: Request) -> Iterator[Diagnostic]:
    place, allowed = request.partition_name, request.qos.partitions
    if place and allowed and place not in allowed:
        message = f"qos `{request.qos_name}` is not for partition `{place}`"
        hint = _instead(request, request.qos, f"run in {_listed(allowed)}")
        yield Diagnostic("HG419", message, request.place("qos", "partition"), hint)


def _never_together(client: Client, profile: Profile) -> Iterator[Diagnostic]:
    """A client waits for its service; where only one of the two may run, it waits in vain."""
    if client.target is None or (client.job and client.job is client.target.job):
        return
    request, service = Request(client, profile), Request(client.target, profile)
    if request.qos.max_jobs == 1 and request.qos_name == service.qos_name:
        name = client.target.name
        message = f"qos `{request.qos_name}` runs one job of yours at a time"
        message += f", and `{client.name}` needs `{name}` beside it"
        hint = _instead(request, request.qos, "give one of the two another qos", jobs=2)
        place, other = request.place("qos"), Related(client.target.origin, f"`{name}` has it too")
        yield Diagnostic("HG420", message, place, hint, (other,))


def _instead(request: Request, limit: Partition | Qos, otherwise: str, jobs: int = 1) -> str:
    """A hint: where a QOS is the limit, the QOS of the shortest time that would take the job."""
    if isinstance(limit, Partition):
        return otherwise
    others = ((name, qos) for name, qos in request.profile.qos.items() if qos is not limit)
    suits = [(name, qos) for name, qos in others if _suits(qos, request, jobs)]
    if not suits:
        return otherwise
    name, qos = min(suits, key=lambda pair: units.walltime(pair[1].max_time or ""))
    return f"`qos: {name}` allows it, up to {qos.max_time}; or {otherwise}"


def _roomier(request: Request, otherwise: str) -> str:
    """A hint: the partition whose nodes are known to be large enough."""
    for name, partition in request.profile.partitions.items():
        if _holds(partition, request):
            return f"`partition: {name}` has nodes that large; or {otherwise}"
    return otherwise


def _holds(partition: Partition, request: Request) -> bool:
    there = Allocation(request.submission.resources, partition)
    return (
        gpus_per_node(there.resources) <= (partition.gpus or 0)
        and there.needed_cpus <= (partition.cpus or 0)
        and not _exceeds(there.node_memory_mib, partition.mem or "0K")
    )


def _suits(qos: Qos, request: Request, jobs: int) -> bool:
    """Whether a QOS whose longest time is known would take so many jobs such as this."""
    place, nodes = request.partition_name, request.allocation.nodes
    return (
        not qos.special
        and qos.max_time is not None
        and request.seconds <= units.walltime(qos.max_time)
        and (qos.min_nodes or 1) <= nodes <= (qos.max_nodes or nodes)
        and (qos.max_gpus is None or request.allocation.gpus <= qos.max_gpus)
        and (qos.max_jobs is None or jobs <= qos.max_jobs)
        and (not place or not qos.partitions or place in qos.partitions)
        and not any(request.asks(field) for field in qos.forbids)
    )


def _listed(names: Mapping[str, object] | Sequence[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
