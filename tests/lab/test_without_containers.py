"""Jobs for a cluster that runs no containers: programs run on the nodes themselves."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hpcgen.build import Options, build

from tests.lab.bundles import Bundle, default_run, outcome, processes
from tests.lab.cluster import Lab
from tests.lab.fleets import ask

HOSTILE = "a 'b' \"c\" $(touch /tmp/pwned) ; #"
WEB: dict[str, Any] = {
    "kind": "container",
    "image": "docker://python:3.12",
    "port": 8000,
    "command": ["python3", "-m", "http.server", {"port": "web"}],
    "args": ["--directory", {"dir": "logs"}],
    "env": {"GREETING": HOSTILE},
    "secrets": {"TOKEN": {"generate": True}},
}
ASK: dict[str, Any] = {
    "kind": "command",
    "image": "docker://python:3.12",
    "target": "web",
    "command": ["bash", "-c", 'curl -fsS "$HPCGEN_WEB_URL" && printf "%s\\n" "$GREETING"'],
    "env": {"GREETING": HOSTILE},
}


def deploy(lab: Lab, directory: Path, name: str, recipe: dict[str, Any]) -> Bundle:
    """The recipe, compiled for the lab as if it had no Apptainer, in alice's home."""
    site = (files("hpcgen") / "clusters" / "lab.yaml").read_text()
    runtime = "runtime: {program: apptainer, sif_mount: fuse}"
    assert runtime in site
    (directory / "site.yaml").write_text(site.replace(runtime, "runtime: {program: none}"))
    source = directory / "recipe.yaml"
    source.write_text(json.dumps({"name": name, "cluster": "./site.yaml", **recipe}))
    place = f"/home/alice/{name}"
    lab.copy_tree(build(source, directory / "output", Options()), place)
    return Bundle(lab, name, place, "alice", default_run(lab, name, place, "alice"))


@pytest.mark.parametrize(
    "readiness",
    [{"http": "/"}, {"command": ["bash", "-c", "[[ $GREETING == a*# && $TOKEN ]]"]}],
    ids=["http", "command"],
)
def test_a_service_and_its_client_run_on_the_nodes(
    lab: Lab, tmp_path: Path, readiness: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    name = f"bare-{request.node.callspec.id}"
    recipe = {"services": {"web": {**WEB, "readiness": readiness}}, "clients": {"ask": ASK}}
    bundle = deploy(lab, tmp_path, name, recipe)
    ids = bundle.submit()
    bundle.ready(ids["web"], service="web")
    node = lab.job(ids["web"]).node
    secret = bundle.path("secrets/web.TOKEN").read_text()
    seen = processes(lab, node)
    assert any("http.server 8000" in line for line in seen)
    assert not any(secret in line for line in seen)
    assert outcome(lab.wait_job(ids["ask"])) == ("COMPLETED", "0:0")
    log = bundle.path(f"ask/{ids['ask']}/ask.log").read_text()
    assert log.splitlines()[-1] == HOSTILE
    assert not lab.path("/tmp/pwned", node).exists()
    bundle.script("cancel")
    assert outcome(lab.wait_job(ids["web"])) == ("COMPLETED", "0:0")
    assert not any("http.server" in line for line in processes(lab, node))


def test_they_share_a_job(lab: Lab, tmp_path: Path) -> None:
    size = {"resources": {"cpus_per_task": 1}}
    recipe = {
        "jobs": {"pair": {}},
        "services": {"web": {**WEB, **size, "job": "pair"}},
        "clients": {"ask": {**ASK, **size, "job": "pair"}},
    }
    bundle = deploy(lab, tmp_path, "bare-pair", recipe)
    job = bundle.submit()["pair"]
    assert outcome(lab.wait_job(job)) == ("COMPLETED", "0:0")
    assert bundle.path(f"ask/{job}/ask.log").read_text().splitlines()[-1] == HOSTILE


def test_a_fleet_and_its_balancer_run_on_the_nodes(lab: Lab, tmp_path: Path) -> None:
    parts = lab.image("openenv-bare")
    made = "python3 -m venv --without-pip ~/venv && ln -s $0/envoy ~/envoy &&"
    made += " cd ~/venv/lib/*/site-packages && echo $0/packages >lab.pth"
    lab.run(["bash", "-c", made, parts])
    fleet = {
        "kind": "openenv",
        "venv": "$HOME/venv",
        "replicas": 2,
        "workers": 1,
        "readiness": {"timeout": 300},
        "resources": {"cpus_per_task": 2, "time": "00:10:00"},
        "balancer": {"kind": "envoy", "binary": "$HOME/envoy", "placement": "colocated"},
    }
    bundle = deploy(lab, tmp_path, "bare-fleet", {"services": {"envs": fleet}})
    job = bundle.submit()["envs"]
    end = bundle.ready(job, service="envs")
    assert len(ask(bundle, 50)) == 2
    assert "ok    hosts" in bundle.script("preflight", "--fleet").stdout
    seen = processes(lab, end["NODE"])
    for program in ("/home/alice/envoy --config-path", "/home/alice/venv/bin/python3 -m uvicorn"):
        assert any(line.startswith(program) for line in seen), seen
    assert bundle.path(f"envs/{job}/access.log").read_text()
    bundle.script("cancel")
    assert outcome(lab.wait_job(job)) == ("COMPLETED", "0:0"), lab.story(job)
