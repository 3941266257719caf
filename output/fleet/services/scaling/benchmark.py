"""openenv-scaling: how many sessions at once an OpenEnv server holds, point by point of a grid.

Each point is so many sessions, all begun at once, each with a step of so many seconds. Nothing is
measured before a small load has shown that the servers answer, and how many hosts they are. The
run itself is scaling.py, its sessions are those of sessions.py, its figures those of grid.py.
"""

from __future__ import annotations

import asyncio
import json
import os
from argparse import Namespace
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from drivers import Fleet, LostError
from measuring import end_in_order, fail, leave, options, progress, say
from scaling import Firing, Run
from sessions import Driver

_PARAMETERS = (
    *("mode", "requests", "wait", "repetitions", "timeout", "pause", "success", "hardware"),
    *("search", "until", "precision", "preflight", "expected_hosts", "require_hosts", "drivers"),
)


def topology(command_line: Namespace, urls: Sequence[str]) -> dict[str, Any]:
    """What serves: as the recipe says (--fact), and as the target's connection does.

    Of what is addressed past a balancer, the connection says nothing but how many processes it has.
    """
    pairs = (fact.split("=", 1) for fact in command_line.fact)
    facts = {name: json.loads(value) for name, value in pairs}
    connection = {} if command_line.url else os.environ
    facts.update({"balancer": None, "policy": None} if command_line.url else {})
    workers = int(connection.get("NUM_WORKERS") or len(urls))
    processes = os.environ.get("WORKERS_PER_NODE")
    return {
        "urls": [*urls],
        **facts,
        "workers": workers,
        "worker_nodes": connection.get("WORKER_NODES", "").split(),
        "workers_per_node": int(processes) if processes else None,
        "balancer_node": connection.get("BALANCER_NODE"),
    }


def _urls(command_line: Namespace) -> list[str]:
    """The servers' addresses: those of the recipe, else of the target's connection."""
    name = f"HPCGEN_{command_line.target.upper().replace('-', '_')}_URL"
    return command_line.url or [os.environ.get("OPENENV_URL") or os.environ[name]]


async def run(command_line: Namespace) -> None:
    """Measure, and leave the results; they stay where the run proves nothing, and the run fails."""
    urls = _urls(command_line)
    most = max([*command_line.requests, command_line.preflight])
    largest = max(most, command_line.search or 0)
    async with AsyncExitStack() as stack:
        going = stack.enter_context(progress(command_line))
        running = Run(command_line, urls, topology(command_line, urls), going)
        driver: Firing
        if command_line.drivers > 1:
            driver = await stack.enter_async_context(Fleet(command_line.drivers, urls, largest))
        else:
            driver = alone = Driver(urls, largest)
            say(f"the driver has {alone.limits}")
        if driver.capacity < most:
            fail(f"{most} sessions are more than the {driver.capacity} that the drivers can have")
        await running.check(driver)
        await running.measure(driver)
        leave(command_line, _PARAMETERS, running.result(), going)
    if running.wrong:
        fail(f"the run proves nothing: {running.wrong}")


def arguments() -> Namespace:
    """The command line."""
    parser = options("openenv-scaling")
    parser.add_argument("--mode", choices=("ws", "http", "both"), required=True)
    parser.add_argument("--requests", type=lambda text: [*map(int, text.split(","))], required=True)
    parser.add_argument("--wait", type=lambda text: [*map(float, text.split(","))], required=True)
    for name in ("repetitions", "preflight", "expected-hosts", "require-hosts", "drivers"):
        parser.add_argument(f"--{name}", type=int, required=True)
    for name in ("timeout", "pause", "success", "until", "precision"):
        parser.add_argument(f"--{name}", type=float, required=True)
    parser.add_argument("--hardware", default="")
    parser.add_argument("--search", type=int, help="the greatest load of the search")
    parser.add_argument("--url", action="append", default=[], help="sessions go to each in turn")
    parser.add_argument("--fact", action="append", default=[], help="NAME=JSON of the topology")
    return parser.parse_args()


def main() -> None:
    """Measure as the command line says."""
    end_in_order()
    try:
        asyncio.run(run(arguments()))
    except (LostError, OSError) as problem:
        fail(str(problem))


if __name__ == "__main__":
    main()
