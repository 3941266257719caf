"""openenv-scaling: how many sessions at once an OpenEnv server or fleet holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from hpcgen.diagnostics import Diagnostic
from hpcgen.diagnostics.finds import finds
from hpcgen.kinds.bundled_programs import measurement
from hpcgen.kinds.offer import ClientOffer
from hpcgen.model.entry import Client
from hpcgen.model.fleet import BY_ADDRESS, replicas_name
from hpcgen.model.references import Argument
from hpcgen.text import units
from hpcgen.text.values import Value

_OPTIONS = (
    *("mode", "requests", "wait", "repetitions", "timeout", "pause", "success", "preflight"),
    *("until", "precision", "expected_hosts", "require_hosts", "drivers"),
)
_SHARED = ("drivers.py", "grid.py", "scaling.py", "sessions.py", "wire.py")
_SLACK = 60


@finds("HG402", "HG434")
def problems(client: Client) -> Iterator[Diagnostic]:
    """HG402: a target and URLs. HG434: a grid of which no server could hold a point."""
    settings = client.settings
    if client.target and "urls" in settings:
        message = f"`target` and `urls` of `{client.name}` ask for the same"
        yield Diagnostic("HG402", message, client.written["urls"], "remove one of them")
    least, required = min(settings["requests"]), settings.get("require_hosts", 1)
    if least < required:
        message = f"a load of {least} cannot reach the {required} hosts that are required"
        hint = f"let `requests` begin with {required} or more"
        yield Diagnostic("HG434", message, client.place("requests", "require_hosts"), hint)
    longest, timeout = max(settings["wait"]), units.duration(settings["timeout"])
    if timeout <= longest:
        message = f"a step of {longest:g} s does not end within the session's {timeout} s"
        hint = f"let `timeout` be longer than {longest:g} s"
        yield Diagnostic("HG434", message, client.place("timeout", "wait"), hint)


def offer(client: Client) -> ClientOffer:
    """What `benchmark.py` beside this file measures, with a driver for each task of the job."""
    settings = client.settings
    timeout = units.duration(settings["timeout"])
    options = {
        **settings,
        "requests": ",".join(map(str, settings["requests"])),
        "wait": ",".join(map(str, settings["wait"])),
        "timeout": timeout,
        "require_hosts": settings.get("require_hosts", 0),
        "drivers": _drivers(client),
    }
    measured = measurement(replace(client, settings=options), _OPTIONS, *_SHARED)
    late = {"LIMIT": client.duration + timeout + _SLACK} if client.duration else {}
    return replace(
        measured,
        title="the scaling of an OpenEnv fleet",
        command=(*measured.command, *_words(client)),
        values={
            **measured.values,
            **late,
            "STEP": _step(client),
            "REPLICAS": _replicas(client),
            **_checks(client),
        },
        checks=_balanced_target(client),
        lasts=0 if client.duration else int(_least(client)),
    )


def _balanced_target(client: Client) -> str:
    """The target, where it has a balancer: all of it is checked, whatever is measured of it."""
    return client.target.name if client.target and _balancer(client) else ""


def _checks(client: Client) -> dict[str, Value]:
    """The fleet to check, and how many of its hosts one address reaches where not all of them."""
    if not (fleet := _balanced_target(client)):
        return {"CHECKS": ""}
    expected = "1" if _balancer(client)["policy"] == BY_ADDRESS else ""
    return {"CHECKS": fleet, "EXPECTED": expected}


def _balancer(client: Client) -> Mapping[str, Any]:
    """The fields of the target's balancer; none where it has no balancer."""
    fields: Mapping[str, Any] = client.target.settings.get("balancer", {}) if client.target else {}
    return fields


def _drivers(client: Client) -> int:
    """A client that shares its job has one driver; else each task of each node is one."""
    resources = client.resources
    tasks = int(resources.get("nodes", 1)) * int(resources.get("ntasks_per_node", 1))
    return 1 if client.job else tasks


def _step(client: Client) -> Value:
    """The step of several drivers, whose end is that of the program on the first node."""
    count = _drivers(client)
    if count == 1:
        return ()
    size = client.resources
    nodes = ("srun", "--overlap", "--nodes", str(size["nodes"]), "--ntasks", str(count))
    tasks = ("--ntasks-per-node", str(size.get("ntasks_per_node", 1)))
    return (*nodes, *tasks, "--cpus-per-task", str(size.get("cpus_per_task", 1)))


def _replicas(client: Client) -> str:
    """The replicas whose first one is measured alone; "" where it is the fleet, or a server."""
    past_balancer = client.settings["through"] == "worker"
    fleet = _balanced_target(client) if past_balancer else ""
    return replicas_name(fleet) if fleet else ""


def _least(client: Client) -> float:
    """The seconds that the grid takes at least, however good the servers are."""
    settings = client.settings
    waits = sum(wait + settings["pause"] for wait in settings["wait"])
    points = len(settings["requests"]) * settings["repetitions"]
    return float(waits * points * (2 if settings["mode"] == "both" else 1))


def _words(client: Client) -> Iterator[Argument]:
    """The options that are not in every recipe, and what the recipe knows of what serves."""
    settings = client.settings
    if "hardware" in settings:
        yield f"--hardware={settings['hardware']}"
    if "search" in settings:
        yield from ("--search", str(settings["search"]))
    for url in settings.get("urls", ()):
        yield from ("--url", url)
    for name, value in _facts(client).items():
        yield from ("--fact", f"{name}={json.dumps(value)}")


def _facts(client: Client) -> dict[str, Any]:
    """What the recipe says of what serves: the result carries it."""
    target = client.target
    if target is None:
        return {}
    balancer = _balancer(client)
    return {
        "cpus_per_node": target.resources.get("cpus_per_task", 1),
        "max_concurrent_envs": target.settings.get("max_concurrent_envs"),
        "balancer": balancer.get("kind"),
        "policy": balancer.get("policy"),
    }
