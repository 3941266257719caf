"""Redis and its benchmark on sites of other runtimes: real podman-hpc, and a stand-in for Pyxis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.bundles import Bundle, detach, outcome, processes
from tests.lab.cluster import Lab
from tests.lab.fleets import ask, kill, replicas_of
from tests.lab.sites import Site, podman_hpc, pyxis, store

HOSTILE = "a 'b' \"c\" $(touch /tmp/pwned) ; #\n--x, é"
CACHE: dict[str, Any] = {
    "kind": "redis",
    "persistence": "aof",
    "command": ["bash", "-c", "env -0 >/data/environ; exec redis-server /run/hpcgen/redis.conf"],
    "env": {"GREETING": HOSTILE},
    "secrets": {"TOKEN": {"generate": True}},
    "readiness": {"timeout": "5m"},
    "resources": {"time": "00:10:00", "cpus_per_task": 1},
}
BENCH: dict[str, Any] = {
    "kind": "redis-benchmark",
    "target": "cache",
    "requests": 1000,
    "resources": {"cpus_per_task": 1},
}
LOOK = """\
printf '%s\\0' "$PWD" "$GREETING" "$(id -u)" "$(redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" ping)" \
  "${LEAK-clean}" "$(touch /no 2>/dev/null || echo read-only)" "$(ls /home)" >/results/seen"""
LOOKS: dict[str, Any] = {
    "kind": "command",
    "image": "redis:8.2.2",
    "target": "cache",
    "command": ["bash", "-c", LOOK],
    "args": [{"dir": "results"}],
    "env": {"GREETING": HOSTILE},
    "resources": {"cpus_per_task": 1},
}


@pytest.fixture(scope="module", params=[podman_hpc, pyxis], ids=["podman-hpc", "pyxis"])
def site(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Site]:
    made: Site = request.param(lab)
    yield made
    lab.clear()


def start(bundle: Bundle, site: Site) -> int:
    """The job of the service, once it is ready."""
    job = bundle.submit("cache", env={**site.env, "LEAK": "leaked"})["cache"]
    bundle.ready(job)
    return job


def server(site: Site, job: int) -> str:
    """The process of Redis on the job's node."""
    argv = ["pgrep", "-u", "alice", "redis-server"]
    return site.lab.run(argv, user="root", node=site.lab.job(job).node).stdout.strip()


def test_a_service_is_proved_asked_stopped_in_order_and_finds_its_data_again(
    site: Site, tmp_path: Path
) -> None:
    recipe = {"services": {"cache": CACHE}, "clients": {"bench": BENCH, "looks": LOOKS}}
    bundle = site.deploy(tmp_path, f"whole-{site.program}", recipe)
    assert bundle.script("pull-images", env=site.env).returncode == 0
    assert "there already" in bundle.script("pull-images", env=site.env).stdout
    assert "FAIL" not in bundle.script("preflight", env=site.env).stdout
    job = start(bundle, site)
    node, pid = site.lab.job(job).node, server(site, job)
    assert bundle.path(f"cache/{job}/pid").read_text().strip() == pid, "its own process is noted"
    secret = bundle.path("secrets/cache.TOKEN").read_text()
    environ = bundle.path("data/cache/environ").read_text()
    assert {f"GREETING={HOSTILE}", f"TOKEN={secret}"} <= set(environ.split("\0"))
    assert "LEAK=" not in environ
    assert not any(secret in line for line in processes(site.lab, node))
    assert secret not in site.lab.job(job).record

    ids = bundle.submit("bench", "looks", env={**site.env, "LEAK": "leaked"})
    for name in ("bench", "looks"):
        ended = site.lab.wait_job(ids[name])
        assert outcome(ended) == ("COMPLETED", "0:0"), site.lab.story(ids[name])
    seen = bundle.path(f"results/looks/{ids['looks']}/seen").read_text().split("\0")
    assert seen == ["/", HOSTILE, "2001", "PONG", "clean", "read-only", "", ""]
    result = json.loads(bundle.path(f"results/bench/{ids['bench']}/result.json").read_text())
    assert result["tests"][0]["requests_per_second"] > 0
    assert not site.lab.path("/tmp/pwned", node).exists()

    with bundle.redis(job) as redis:
        redis.ask("SET", "kept", "yes")
    bundle.script("cancel")
    assert outcome(site.lab.wait_job(job)) == ("COMPLETED", "0:0"), site.lab.story(job)
    log = bundle.path(f"cache/{job}/cache.log").read_text()
    assert "Redis is now ready to exit" in log
    assert secret not in log + site.lab.job(job).log.read_text()
    assert not any("redis-server" in line for line in processes(site.lab, node))
    with bundle.redis(start(bundle, site)) as redis:
        assert redis.ask("GET", "kept") == "yes"


def test_a_fleet_and_its_balancer_are_one_job(site: Site, tmp_path: Path) -> None:
    lab = site.lab
    for image in ("openenv", "envoy"):
        lab.image(image)
        if site.program == "podman-hpc":
            store(lab, image, f"docker.io/library/{image}:1")
    fleet = {
        "kind": "openenv",
        "image": "openenv:1",
        "replicas": 2,
        "workers": 1,
        "readiness": {"timeout": 300},
        "resources": {"cpus_per_task": 2, "time": "00:10:00"},
        "balancer": {"kind": "envoy", "image": "envoy:1", "placement": "colocated"},
    }
    bundle = site.deploy(tmp_path, f"fleet-{site.program}", {"services": {"envs": fleet}})
    bundle.script("pull-images", env=site.env)
    job = bundle.submit(env=site.env)["envs"]
    bundle.ready(job, service="envs")
    assert len(ask(bundle, 50)) == 2
    gone = replicas_of(bundle, job)["1"]
    kill(lab, gone["NODE"], "uvicorn")
    lab.wait(lambda: replicas_of(bundle, job).get("1", {}).get("NONCE") != gone["NONCE"], job=job)
    lab.wait(lambda: "1" in replicas_of(bundle, job) and len(ask(bundle, 20)) == 2, job=job)
    bundle.script("cancel")
    assert outcome(lab.wait_job(job)) == ("COMPLETED", "0:0"), lab.story(job)
    for log in bundle.path(f"envs-replicas/{job}/replicas").glob("*/*.log"):
        assert log.read_text().count("Shutting down") == 1, log.read_text()  # as TERM has it do


def test_one_that_is_killed_fails_its_job_and_one_that_is_cancelled_says_so(
    site: Site, tmp_path: Path
) -> None:
    bundle = site.deploy(tmp_path, f"ends-{site.program}", {"services": {"cache": CACHE}})
    bundle.script("pull-images", env=site.env)
    job = start(bundle, site)
    node = site.lab.job(job).node
    site.lab.run(["kill", "-KILL", server(site, job)], user="root", node=node)
    assert outcome(site.lab.wait_job(job)) == ("FAILED", "69:0"), site.lab.story(job)
    assert bundle.endpoint(job) == {}

    job = start(bundle, site)
    site.lab.run(["scancel", str(job)])
    ended = site.lab.wait_job(job)
    assert ended.state == "CANCELLED"
    assert "exit 143: terminated" in bundle.path(f"cache/{job}/ended").read_text()
    assert bundle.endpoint(job) == {}
    assert not any("redis-server" in line for line in processes(site.lab, node))


def test_what_another_process_serves_is_not_published_and_a_term_ends_any_program(
    site: Site, tmp_path: Path
) -> None:
    readiness = {"tcp": True, "timeout": "20s"}
    idle = {**CACHE, "command": ["sleep", "600"], "port": 6379, "readiness": readiness}
    bundle = site.deploy(tmp_path, f"idle-{site.program}", {"services": {"cache": idle}})
    bundle.script("pull-images", env=site.env)
    job = bundle.submit("cache", env=site.env)["cache"]
    noted = bundle.path(f"cache/{job}/pid")
    site.lab.wait(lambda: noted.exists() and noted.read_text(), job=job)
    serve = ["python3", "-m", "http.server", "6379"]
    detach(site.lab, serve, user="bob", node=site.lab.job(job).node)
    ended = site.lab.wait_job(job)
    assert outcome(ended) == ("FAILED", "75:0"), site.lab.story(job)
    assert "no process of this job listens on port 6379" in ended.log.read_text()
    assert "killed after" not in ended.log.read_text()


def test_exporters_are_told_apart_too_and_end_with_their_service(
    site: Site, tmp_path: Path
) -> None:
    tools = {"image": "monitoring:1"}
    watched = {**CACHE, "exporters": {"redis": tools, "node": tools}}
    bundle = site.deploy(tmp_path, f"watched-{site.program}", {"services": {"cache": watched}})
    bundle.script("pull-images", env=site.env)
    job = start(bundle, site)
    targets = bundle.path("targets")
    site.lab.wait(lambda: len([*targets.glob("cache.*@*")]) == 2, job=job)
    password = bundle.path("secrets/.exporters.password").read_text()
    for port, series in {9121: "redis_up 1", 9100: "node_load1 "}.items():
        url = f"http://{bundle.endpoint(job)['HOST']}:{port}/metrics"
        answer = site.lab.run(["curl", "-fsS", "-u", f"prometheus:{password}", url]).stdout
        assert f"\n{series}" in answer
        assert site.lab.run(["curl", "-fsS", url], check=False).returncode == 22
    node = site.lab.job(job).node
    bundle.script("cancel")
    assert outcome(site.lab.wait_job(job)) == ("COMPLETED", "0:0"), site.lab.story(job)
    site.lab.wait(lambda: not any("exporter" in line for line in processes(site.lab, node)))


def test_a_container_is_told_which_gpus_are_the_jobs(site: Site, tmp_path: Path) -> None:
    client = {
        "kind": "command",
        "image": "redis:8.2.2",
        "command": ["bash", "-c", 'printf %s "$CUDA_VISIBLE_DEVICES" >/results/gpus'],
        "args": [{"dir": "results"}],
        "resources": {"gpus_per_node": 2, "cpus_per_task": 1, "time": "00:05:00"},
    }
    bundle = site.deploy(tmp_path, f"gpus-{site.program}", {"clients": {"told": client}})
    bundle.script("pull-images", env=site.env)
    job = bundle.submit(env=site.env)["told"]
    ended = site.lab.wait_job(job)
    assert outcome(ended) == ("COMPLETED", "0:0"), site.lab.story(job)
    assert bundle.path(f"results/told/{job}/gpus").read_text() == "0,1"


@pytest.mark.parametrize("site", [podman_hpc], ids=["podman-hpc"], indirect=True)
def test_members_are_started_on_other_nodes_and_missed_there(site: Site, tmp_path: Path) -> None:
    model = "/home/alice/runtimes-model"
    llm = {
        "kind": "vllm",
        "image": "vllm-stand-in:1",
        "model": model,
        "hf_cache": "/tmp",
        "distributed": "mp",
        "resources": {"nodes": 2, "gpus_per_node": 1, "cpus_per_task": 1, "time": "00:10:00"},
    }
    site.lab.run(["mkdir", "-p", model])
    bundle = site.deploy(tmp_path, "members-podman", {"services": {"llm": llm}})
    job = bundle.submit("llm", env=site.env)["llm"]
    bundle.ready(job, service="llm")
    key = bundle.path("secrets/llm.api_key").read_text()
    names = site.lab.job(job).record.partition(" NodeList=")[2].split()[0]
    hosts = site.lab.run(["scontrol", "show", "hostnames", names]).stdout.split()
    other = next(host for host in hosts if host != site.lab.job(job).node)
    assert not any(key in line for host in hosts for line in processes(site.lab, host))
    site.lab.run(["pkill", "-KILL", "-f", "vllm_stand_in"], user="root", node=other)
    ended = site.lab.wait_job(job)
    assert outcome(ended) == ("FAILED", "69:0"), site.lab.story(job)
    assert f"the member on {other} has ended with 137" in ended.log.read_text()


def test_both_share_a_job_and_its_cpus(site: Site, tmp_path: Path) -> None:
    size = {"resources": {"cpus_per_task": 1}}
    recipe = {
        "jobs": {"pair": {"resources": {"cpus_per_task": 2, "time": "00:10:00"}}},
        "services": {"cache": {**CACHE, **size, "job": "pair"}},
        "clients": {"bench": {**BENCH, **size, "job": "pair"}},
    }
    bundle = site.deploy(tmp_path, f"pair-{site.program}", recipe)
    bundle.script("pull-images", env=site.env)
    job = bundle.submit(env=site.env)["pair"]
    ended = site.lab.wait_job(job)
    assert outcome(ended) == ("COMPLETED", "0:0"), site.lab.story(job)
    assert bundle.path(f"results/bench/{job}/result.json").exists()
    assert "Redis is now ready to exit" in bundle.path(f"cache/{job}/cache.log").read_text()


def test_enroot_is_given_no_path_that_it_would_split(lab: Lab, tmp_path: Path) -> None:
    site = Site(lab, "pyxis", {})
    bundle = site.deploy(tmp_path, "split", {"services": {"cache": CACHE}})
    lab.run(["mkdir", "-p", "/home/alice/own"])
    lab.write("/home/alice/own/redis_8.2.2.sqsh", "")
    run = "/home/alice/a run"
    job = bundle.submit("cache", env={"HPCGEN_RUN_DIR": run})["cache"]
    assert outcome(lab.wait_job(job)) == ("FAILED", "78:0"), lab.story(job)
    assert "Enroot mounts no path with space" in lab.path(f"{run}/cache/{job}/ended").read_text()
