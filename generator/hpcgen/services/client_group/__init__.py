"""client-group: a fleet of benchmark clients, registered with a client service."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hpcgen.kinds.arguments import connection_prefix
from hpcgen.kinds.bundled_programs import library, program
from hpcgen.kinds.offer import ClientOffer
from hpcgen.kinds.overrides import override
from hpcgen.model.entry import Client
from hpcgen.model.references import Argument, Reference
from hpcgen.model.resources import gpus_per_node
from hpcgen.text import units
from hpcgen.text.values import Value, Variable, joined

_SERVICE = joined("http://", Variable("CLIENT_SERVICE_ADDR", without="http://"))
_SERVER = joined("http://", Variable("AI_SERVER_ADDR", without="http://"))


def offer(client: Client) -> ClientOffer:
    """One process on each node, until all have ended, or until the duration is over."""
    settings, has_gpus = client.settings, gpus_per_node(client.resources) > 0
    number = str(settings["benchmark_id"])
    return ClientOffer(
        title=f"{settings['num_clients']} clients of benchmark {number}",
        mark=number,
        runs_command=True,
        writes_tmp=True,
        on_each_node=client.job is None,
        files=_files(client),
        listens=True,
        reaches=False,
        overrides=tuple(override(client, name) for name in _override_names(client, has_gpus)),
        env=_environment(client, has_gpus),
        values=_values(client),
        late_values={"OPTIONS": _options(client, has_gpus) if settings["options"] else ()},
    )


def _override_names(client: Client, has_gpus: bool) -> Iterator[str]:
    """The fields that overrides may set: the addresses of services, and a client's GPU fraction."""
    yield "service"
    yield from ("target_endpoint",) if client.endpoint else ()
    yield from ("gpu_memory_fraction",) if has_gpus else ()


def _files(client: Client) -> dict[str, str]:
    programs = (program(client.kind, name) for name in ("client.sh", "ask.sh"))
    return {
        name: text for files in (*programs, library("listeners.sh")) for name, text in files.items()
    }


def _values(client: Client) -> dict[str, Value]:
    settings = client.settings
    return {
        "BENCHMARK_ID": settings["benchmark_id"],
        "NUM_CLIENTS": settings["num_clients"],
        "CLIENT_PORT": settings["port"],
        "CREATE": _group(client) if settings["create"] else "",
        "PATIENCE": units.duration(settings["connect_timeout"]),
        "DURATION": client.duration or units.walltime(client.resources["time"]),
        "STEP": _step(client),
    }


def _group(client: Client) -> str:
    """The body of the request that creates the group at the client service."""
    minutes = -(-units.walltime(client.resources["time"]) // 60)
    return json.dumps({"num_clients": client.settings["num_clients"], "time_limit": minutes})


def _step(client: Client) -> Value:
    """A step on as many nodes as the recipe says: in a job with fewer it fails with a message."""
    if client.job:
        return ()
    count, cpus = str(client.settings["num_clients"]), str(client.resources["cpus_per_task"])
    size = ("srun", "--nodes", count, "--ntasks", count, "--ntasks-per-node", "1")
    return (*size, "--cpus-per-task", cpus, "--kill-on-bad-exit=1")


def _environment(client: Client, has_gpus: bool) -> dict[str, Argument]:
    target = client.target
    server = Reference("url", target.name, client.origin) if target else _SERVER
    fraction = {"GPU_MEMORY_FRACTION": override(client, "gpu_memory_fraction").argument}
    return {
        "CLIENT_SERVICE_ADDR": _SERVICE,
        "AI_SERVER_ADDR": server,
        "BENCHMARK_ID": Variable("BENCHMARK_ID"),
        "CLIENT_PORT": Variable("CLIENT_PORT"),
        **(fraction if has_gpus else {}),
    }


def _options(client: Client, has_gpus: bool) -> tuple[str, ...]:
    target = client.target
    url = Variable(f"{connection_prefix(target.name)}_URL") if target else _SERVER
    addresses = ("--client-service-addr", _SERVICE, "--ai-server-addr", url)
    number = Variable("BENCHMARK_ID")
    return (*addresses, "--benchmark-id", number, *(("--gpu-enabled",) if has_gpus else ()))
