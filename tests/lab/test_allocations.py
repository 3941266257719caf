"""A fleet in an allocation of one's own, which bin/alloc.sh asks for and bin/serve.sh serves in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.lab.bundles import Bundle, install, processes
from tests.lab.cluster import PATIENCE, Lab
from tests.lab.fleets import FACTS, in_flight, recipe, replicas_of

INSIDE = f"""echo "$SLURM_JOB_ID|$({FACTS})"; until [ -e "$0/go" ]; do sleep 0.2; done"""
SLOW = """set -u; . {place}/connections/envs.env
exec curl --silent --output /dev/null --write-out '%{{http_code}}' --max-time 300 \\
  --data '{{"action":{{"wait_seconds":1.5}}}}' \\
  --header content-type:application/json "$OPENENV_URL/step" """
RUNS = """trap 'echo told >"$0/told"' TERM; echo >"$0/runs"; sleep 6000; sleep 1"""
QUIET = 'exec "$@" >"$0" 2>&1'
TERMINAL = """import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"""
SHOW_GPUS = r"""for pid in $(pgrep -u alice -f 'python3 -m uvicorn'); do
tr '\0' '\n' </proc/$pid/environ; done | sed -n 's/^CUDA_VISIBLE_DEVICES=//p' | sort -u"""
TWO_A_NODE = {
    "replicas_per_node": 2,
    "gpus_per_replica": 2,
    "resources": {"cpus_per_task": 2, "mem": "300M", "time": "00:10:00"},
}


def leave(bundle: Bundle) -> None:
    """The command in the allocation ends by itself."""
    bundle.lab.run(["touch", f"{bundle.place}/go"])


def terminate(bundle: Bundle) -> None:
    """bin/serve.sh is told to end, while its command runs on."""
    find = f"^/bin/bash -p {bundle.place}/bin/serve.sh"
    bundle.lab.run(["pkill", "-TERM", "-f", find])


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A fleet, how large it is asked for, and what then is so.

    `nodes` are those in use, `gpus` what each of its workers has, where any has, and `status` how
    bin/alloc.sh ends after `end`.
    """

    name: str
    placement: str
    fleet: dict[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ("WORKERS=2", "CPUS_PER_WORKER=2", "MEM_PER_CPU=100M", "PARTITION=")
    nodes: int
    workers: int = 2
    gpus: tuple[str, ...] = ()
    end: Callable[[Bundle], None] = leave
    status: int = 0


CASES = (
    Case(name="plain", placement="dedicated", nodes=3),
    Case(
        name="shared",
        placement="dedicated",
        fleet=TWO_A_NODE,
        options=("WORKERS=3", "CPUS_PER_WORKER=1", "MEM_PER_CPU=200M", "WORKERS_PER_NODE=1"),
        nodes=3,
        workers=3,
        gpus=("0,1", "2,3"),
    ),
    Case(
        name="beside",
        placement="colocated",
        fleet={"resources": {"cpus_per_task": 2, "gpus_per_node": 1, "time": "00:10:00"}},
        nodes=2,
        gpus=("0",),
        end=terminate,
        status=143,
    ),
    Case(
        name="hetjob",
        placement="hetjob",
        fleet=TWO_A_NODE,
        options=(),
        nodes=3,
        workers=4,
        gpus=("0,1", "2,3"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fleet_runs_in_an_allocation_and_ends_in_order(lab: Lab, case: Case) -> None:
    name = f"mine-{case.name}"
    text = recipe(lab, name, 4, {"placement": case.placement}, **case.fleet)
    bundle = install(lab, name, text)
    alloc = [f"{bundle.place}/bin/alloc.sh", "bash", "-c", INSIDE, bundle.place]
    with lab.start(["env", *case.options, "TIME=00:15:00", "timeout", "900", *alloc]) as running:
        assert running.stdout
        fields = running.stdout.readline().strip().split("|")
        assert len(fields) == 6, fields
        job, _, envoy, nodes, count, tasks = fields
        used = {envoy, *nodes.split()}
        per_node = -(-case.workers // len(nodes.split()))
        assert (len(used), count, tasks) == (case.nodes, str(case.workers), str(per_node))
        assert "ok    hosts" in bundle.script("preflight", "--fleet").stdout
        gpus = {gpu for node in nodes.split() for gpu in gpus_of(lab, node)}
        assert gpus == set(case.gpus)
        assert answered_while(bundle, case.end) == "200"
        assert running.wait(PATIENCE) == case.status
    lab.wait(lambda: not lab.jobs())
    in_order(bundle, job, case.placement)
    assert not list(bundle.path("envs").glob("*/endpoint"))
    assert not replicas_of(bundle, int(job))
    lab.wait(lambda: not any(processes(lab, node) for node in used))


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A script of a fleet that is killed while a command, or a shell, runs beside the fleet.

    `script` ends the command line of what is killed, on Envoy's node, and `said` is what
    bin/serve.sh says of that.
    """

    name: str
    placement: str
    script: str
    printed: str
    interactive: bool = False


WORKERS_KILLED = "envs-replicas has ended with 137, and could not say why"
DEATHS = (
    Death(
        name="envoy",
        placement="dedicated",
        script="jobs/envs.sbatch",
        printed="envs was killed; its log ends so:",
    ),
    Death(
        name="workers",
        placement="dedicated",
        script="jobs/envs-replicas.sbatch",
        printed="envs-replicas was killed; its log ends so:",
    ),
    Death(
        name="envoy-beside",
        placement="colocated",
        script="jobs/envs.sbatch",
        printed="envs was killed; its log ends so:",
    ),
    Death(
        name="workers-beside",
        placement="colocated",
        script="fleet/replicas.sh",
        printed=WORKERS_KILLED,
    ),
    Death(
        name="workers-hetjob",
        placement="hetjob",
        script="fleet/replicas.sh",
        printed=WORKERS_KILLED,
    ),
    Death(
        name="shell",
        placement="dedicated",
        script="jobs/envs.sbatch",
        printed="envs was killed; its log ends so:",
        interactive=True,
    ),
)


@pytest.mark.parametrize("death", DEATHS, ids=lambda death: death.name)
def test_a_command_ends_with_the_fleet_beside_it(lab: Lab, death: Death) -> None:
    name = f"lost-{death.name}"
    bundle = install(lab, name, recipe(lab, name, 2, {"placement": death.placement}))
    output, runs = (lab.path(f"{bundle.place}/{name}") for name in ("said", "runs"))
    alloc = [f"{bundle.place}/bin/alloc.sh"]
    if death.interactive:
        alloc = ["python3", "-c", TERMINAL, *alloc]
    else:
        alloc += ["bash", "-c", RUNS, bundle.place]
    small = ("CPUS_PER_WORKER=2", "MEM_PER_CPU=100M", "TIME=00:15:00", "timeout", "900")
    quiet = ["bash", "-c", QUIET, f"{bundle.place}/said", *alloc]
    with lab.start(["env", *small, *quiet]) as running:
        lab.wait(lambda: output.exists() and "envs is ready" in output.read_text())
        lab.wait(lambda: death.interactive or runs.exists())
        job = min(lab.jobs())
        node = bundle.endpoint(job, "envs")["NODE"]
        kill = ["pkill", "-KILL", "--oldest", "-f", f"^/bin/bash -p .*{death.script}$"]
        lab.run(kill, node=node)
        lab.wait(lambda: death.printed in output.read_text(), job=job)
        assert running.wait(PATIENCE) == 69, output.read_text()
    note = lab.path(f"{bundle.place}/told")
    assert death.interactive or note.exists()
    lab.wait(lambda: not lab.jobs())
    workers = [*bundle.path(f"envs-replicas/{job}/replicas").glob("*")]
    assert len(workers) == 2
    for worker in workers:
        assert "exit 0: asked to end" in (worker / "ended").read_text(), worker
    assert not bundle.endpoint(job, "envs") and not replicas_of(bundle, job)
    everywhere = ("login", *lab.nodes)
    lab.wait(lambda: not any(processes(lab, node) for node in everywhere))


def gpus_of(lab: Lab, node: str) -> list[str]:
    """What the workers of a node are told of their GPUs, each but once."""
    return lab.run(["bash", "-c", SHOW_GPUS], user="root", node=node).stdout.split()


def answered_while(bundle: Bundle, end: Callable[[Bundle], None]) -> str:
    """The status of a request that is in flight when everything is to end."""
    slow = SLOW.format(place=bundle.place)
    with bundle.lab.start(["bash", "-c", slow]) as running:
        bundle.lab.wait(lambda: in_flight(bundle))
        assert running.poll() is None
        end(bundle)
        return running.communicate(timeout=PATIENCE)[0]


def in_order(bundle: Bundle, job: str, placement: str) -> None:
    """Each has ended because it was asked to, Envoy in a job of its own before any worker."""
    workers = [*bundle.path(f"envs-replicas/{job}/replicas").glob("*/ended")]
    envoy, all_of_them = (bundle.path(f"{name}/{job}/ended") for name in ("envs", "envs-replicas"))
    for end in (envoy, *workers, all_of_them):
        assert "exit 0: asked to end" in end.read_text(), end
    first = min(end.stat().st_mtime for end in workers)
    assert first < all_of_them.stat().st_mtime
    assert placement != "dedicated" or envoy.stat().st_mtime < first
