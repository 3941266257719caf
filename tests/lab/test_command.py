"""The kind `command` on several nodes: who runs it, with what, and how all of it ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.bundles import Bundle, install, outcome, processes
from tests.lab.cluster import Lab

STALE = (
    *("--nodes=3", "--ntasks-per-node=2", "--mem-per-cpu=100M"),
    *("--gpus-per-node=2", "--gpus-per-task=1"),
)
"""What an allocation asks for, and tells everything that is submitted from within it."""
WORKS = (
    'trap "echo asked >$0/$HOSTNAME-asked; exit" TERM',
    'touch "$0/$HOSTNAME" "$1/file"',
    "[[ $2 != fails || $SLURM_NODEID != 1 ]] || { sleep 0.5; exit 7; }",
    "sleep 3000 & wait $!",
)


def deployed(lab: Lab, name: str, command: list[Any], **client: Any) -> Bundle:
    """A bundle whose client `bench` is a command, beside a service that nobody starts."""
    services = {"cache": {"kind": "redis", "image": lab.image("redis")}}
    clients = {"bench": {"kind": "command", "command": command, **client}}
    return install(lab, name, json.dumps({"name": name, "services": services, "clients": clients}))


def results(bundle: Bundle, job: int) -> list[str]:
    folder = bundle.path(f"results/bench/{job}")
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def directories(lab: Lab) -> dict[str, list[str]]:
    """What mktemp has made, on each node that still has some of it."""
    left = {node: [p.name for p in lab.path("/tmp", node).glob("hpcgen.*")] for node in lab.nodes}
    return {node: names for node, names in left.items() if names}


@pytest.mark.parametrize("contained", [True, False])
def test_every_node_has_a_directory_of_its_own_and_the_secrets(lab: Lab, contained: bool) -> None:
    script = 'ls "$0"; touch "$0/mine" "/tmp/$(uname -n)"; cat "$2"; echo " $KEY" >"$1/$(uname -n)"'
    places = [{"dir": "scratch"}, {"dir": "results"}, {"secret": "TOKEN"}]
    bundle = deployed(
        lab,
        f"each-{contained}".lower(),
        ["sh", "-c", script, *places],
        per="node",
        resources={"nodes": 3},
        secrets={"TOKEN": {"generate": True}, "KEY": {"generate": True}},
        **({"image": lab.image("redis")} if contained else {}),
    )
    job = lab.wait_job(bundle.sbatch(job="bench"))
    assert outcome(job) == ("COMPLETED", "0:0"), lab.story(job.id)
    assert results(bundle, job.id) == list(lab.nodes[:3])
    token, key = (bundle.path(f"secrets/bench.{name}").read_text() for name in ("TOKEN", "KEY"))
    assert bundle.path(f"bench/{job.id}/bench.log").read_text() == token * 3, "nobody's was there"
    for node in lab.nodes[:3]:
        assert bundle.path(f"results/bench/{job.id}/{node}").read_text() == f" {key}\n"
        assert lab.path(f"/tmp/{node}", node).exists() != contained, "its /tmp went with the job"
    assert directories(lab) == {}


@pytest.mark.parametrize(
    ("per", "size", "tasks"),
    [
        ("node", {"nodes": 1}, 1),
        ("node", {"nodes": 1, "ntasks": 3}, 1),
        ("node", {"nodes": 2}, 2),
        ("node", {"nodes": 2, "ntasks": 4}, 2),
        ("task", {"nodes": 2}, 2),
        ("task", {"nodes": 2, "ntasks": 5, "mem": "200M"}, 5),
        ("task", {"nodes": 3, "ntasks_per_node": 2, "mem_per_cpu": "50M"}, 6),
    ],
)
def test_as_many_run_as_were_asked_for_wherever_it_is_submitted(
    lab: Lab, per: str, size: dict[str, Any], tasks: int
) -> None:
    name = "-".join([per, *map(str, size.values())]).lower()
    command = ["bash", "-c", 'touch "$0/$SLURM_PROCID-$HOSTNAME"', {"dir": "results"}]
    bundle = deployed(lab, name, command, per=per, resources=size)
    inside = f"sbatch --parsable {bundle.place}/jobs/bench.sbatch"
    jobs = [
        bundle.sbatch("--export=NONE", job="bench"),
        int(lab.run(["salloc", "--quiet", *STALE, "sh", "-c", inside]).stdout),
    ]
    for job in jobs:
        ended = lab.wait_job(job)
        assert outcome(ended) == ("COMPLETED", "0:0"), lab.story(job)
        names = results(bundle, job)
        assert len(names) == tasks, names
        assert len({name.split("-")[1] for name in names}) == size["nodes"]


@pytest.mark.parametrize(
    ("how", "state", "status", "reason"),
    [
        ("fails", "FAILED", "69:0", "node02: task 1: Exited with exit code 7"),
        ("lasts", "FAILED", "75:0", "not done within 2 s"),
        ("asked", "COMPLETED", "0:0", "asked to end"),
        ("cancelled", "CANCELLED", "143:0", "terminated"),
    ],
)
def test_every_task_ends_with_the_job(
    lab: Lab, how: str, state: str, status: str, reason: str
) -> None:
    command = ["bash", "-c", "; ".join(WORKS), {"dir": "results"}, {"dir": "scratch"}, how]
    limit = {"duration": 2} if how == "lasts" else {}
    bundle = deployed(lab, how, command, per="node", resources={"nodes": 3}, **limit)
    job = bundle.sbatch(job="bench")
    lab.wait(lambda: len(results(bundle, job)) >= 3, job=job)
    if how == "asked":
        lab.run(["scancel", "--batch", "--signal=USR1", str(job)])
    if how == "cancelled":
        lab.run(["scancel", str(job)])
    ended = lab.wait_job(job)
    assert outcome(ended) == (state, status), lab.story(job)
    assert f"exit {status[:-2]}: {reason}\n" in ended.log.read_text()
    assert not [line for node in lab.nodes for line in processes(lab, node) if "sleep 3000" in line]
    if how == "asked":
        assert len([name for name in results(bundle, job) if name.endswith("asked")]) == 3
    if how == "cancelled":  # Slurm starts nothing more for such a job, and the log says so
        assert "node01" not in directories(lab)
        assert "the other nodes keep /tmp/hpcgen." in ended.log.read_text()
    else:
        assert directories(lab) == {}


def test_what_ignores_that_it_is_to_end_is_killed(lab: Lab) -> None:
    command = ["bash", "-c", "trap '' TERM; while :; do sleep 1; done"]
    bundle = deployed(lab, "ignores", command, duration=2)
    job = lab.wait_job(bundle.sbatch(job="bench"))
    assert outcome(job) == ("FAILED", "75:0"), lab.story(job.id)
    assert "FATAL: not done within 2 s" in job.log.read_text()
    assert not [line for line in processes(lab, job.node) if "trap" in line]


@pytest.mark.parametrize("variable", ["TOKEN", "SECRET_TOKEN"])
def test_a_variable_of_the_submitting_shell_does_not_carry_a_secret(
    lab: Lab, variable: str
) -> None:
    command = ["bash", "-c", 'env -0 | grep -zc "$(cat "$0")"; exit 0', {"secret": "TOKEN"}]
    secrets = {"TOKEN": {"generate": True}}
    bundle = deployed(lab, f"leaks-{variable}".lower().replace("_", "-"), command, secrets=secrets)
    job = lab.wait_job(bundle.sbatch(job="bench", env={variable: "mine"}))
    assert outcome(job) == ("COMPLETED", "0:0"), lab.story(job.id)
    assert bundle.path(f"bench/{job.id}/bench.log").read_text() == "0\n"


def test_what_waits_for_its_service_ends_at_once_when_asked(lab: Lab) -> None:
    bundle = deployed(lab, "waits", ["true"], per="node", resources={"nodes": 2}, target="cache")
    job = bundle.sbatch(job="bench")
    lab.wait(bundle.path(f"bench/{job}/missing").exists, job=job)
    lab.run(["scancel", "--batch", "--signal=USR1", str(job)])
    assert outcome(lab.wait_job(job)) == ("COMPLETED", "0:0")


def test_a_bare_program_obeys_the_recipe_and_not_the_submitting_shell(lab: Lab) -> None:
    ours = {"WORKERS": "3", "VLLM_PORT": "8100"}
    obeyed = ("PORT", "WORKERS", "OLLAMA_HOST", "VLLM_API_KEY", "VLLM_PORT", "LD_PRELOAD")
    never = {"BARE_PATH": "/hostile", "LD_AUDIT": "/hostile", "BASH_ENV": "/hostile"}
    command = ["bash", "-c", 'env >"$0/environ"', {"dir": "results"}]
    bundle = deployed(lab, "obeys", command, env=ours)
    job = bundle.sbatch(job="bench", env={**dict.fromkeys(obeyed, "/hostile"), **never})
    assert outcome(lab.wait_job(job)) == ("COMPLETED", "0:0"), lab.story(job)
    lines = bundle.path(f"results/bench/{job}/environ").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if "=" in line)
    assert [name for name in environ if "/hostile" in environ[name]] == []
    assert {name: environ.get(name) for name in ours} == ours
