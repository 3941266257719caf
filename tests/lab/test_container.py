"""The kinds `container` and `command`: probes, references, secrets, and programs on many nodes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.bundles import Bundle, install, outcome, sandbox
from tests.lab.cluster import Lab
from tests.lab.faults import SERVER
from tests.lab.resp import Redis

REDIS = "exec redis-server --save '' --protected-mode no --port"
PORT, HOST = {"port": "port"}, {"host": "web"}


def container(lab: Lab, **more: Any) -> dict[str, Any]:
    """A Redis without a password, which says when it starts."""
    command = ["bash", "-c", f'echo started; {REDIS} "$0" --bind "$1"', PORT, HOST]
    return {
        "kind": "container",
        "image": lab.image("redis"),
        "port": 7000,
        "command": command,
        "readiness": {"timeout": 300},
        **more,
    }


def deployed(lab: Lab, name: str, **parts: Any) -> Bundle:
    return install(lab, name, json.dumps({"name": name, **parts}))


def test_a_service_of_its_job_alone_listens_on_loopback(lab: Lab) -> None:
    bundle = deployed(lab, "alone", services={"web": container(lab, expose="job")})
    job = bundle.submit()["web"]
    end = bundle.ready(job, service="web")
    assert end["HOST"] == "127.0.0.1"
    look = ["ss", "--no-header", "-ltn", "sport = :7000"]
    assert lab.run(look, node=end["NODE"]).stdout.split()[3] == "127.0.0.1:7000"
    line = f"SSH TUNNEL: ssh -J alice@login alice@{end['NODE']} -NL 7000:127.0.0.1:7000\n"
    lab.wait(lambda: line in lab.job(job).log.read_text(), job=job)


@pytest.mark.parametrize("kept", [True, False])
def test_data_outlives_the_job_where_the_recipe_says_so(lab: Lab, kept: bool) -> None:
    name = f"keeps-{kept}".lower()
    command = ["bash", "-c", 'echo >>/data/lives; exec redis-server --port "$0"', PORT]
    used = {**container(lab, keep_data=kept), "command": [*command, "--dir", {"dir": "data"}]}
    bundle = deployed(lab, name, services={"web": used})
    for life in (1, 2):
        job = bundle.submit()["web"]
        bundle.ready(job, service="web")
        place = "data/web" if kept else f"web/{job}/data"
        assert bundle.path(f"{place}/lives").read_text() == "\n" * (life if kept else 1)
        bundle.script("cancel")


def test_an_image_without_a_command_runs_its_own(lab: Lab) -> None:
    image = sandbox(lab, "own", f'{SERVER} "$@"')
    script = f"{image}/.singularity.d/runscript"
    lab.path(script).unlink()  # which the copy shares with what it is made from
    lab.write(script, f'#!/bin/sh\n{REDIS} "$@"\n', mode=0o755)
    asks = {"command": ["redis-cli", "-p", "7000", "ping"]}  # and does not run the image's own
    web = container(lab, image=image, args=[PORT], readiness=asks)
    del web["command"]
    bundle = deployed(lab, "own", services={"web": web})
    assert bundle.ready(bundle.submit()["web"], service="web")["PORT"] == "7000"


REFERENCES = {  # what each one is, by what is known of the job, of the service and of the other
    "own port": (PORT, "7000"),
    "own name's port": ({"port": "web"}, "7000"),
    "own host": (HOST, "{web[HOST]}"),
    "own url": ({"url": "web"}, "http://{web[HOST]}:7000"),
    "other port": ({"port": "other"}, "7001"),
    "other host": ({"host": "other"}, "{other[HOST]}"),
    "other url": ({"url": "other"}, "redis://{other[HOST]}:7001"),
    "further port": ({"port": "admin"}, "7002"),
    "secret": ({"secret": "TOKEN"}, "/run/hpcgen/secrets/TOKEN"),
    "job": ({"slurm": "job_id"}, "{job}"),
    "job's name": ({"slurm": "job_name"}, "references-web"),
    "CPUs": ({"slurm": "cpus_per_task"}, "2"),
    "tasks": ({"slurm": "ntasks"}, "1"),
    "nodes": ({"slurm": "nnodes"}, "1"),
}
WRITES = r"""
for directory in /data /scratch /logs /shared /site; do
  touch "$directory/written" 2>/dev/null && echo "$directory"
done >/logs/writable
printf '%s\n' "${@:4}" >/logs/arguments
for name in $(compgen -e R_); do echo "$name=${!name}"; done >/logs/variables
redis-server --port "$3" --bind "$2" --protected-mode no >/dev/null &
exec redis-server --port "$1" --bind "$2" --protected-mode no
"""


KEY = {"secret": "TOKEN"}


def test_references_binds_and_further_ports_arrive_as_stated(lab: Lab) -> None:
    lab.run(["mkdir", "/home/alice/site", "/home/alice/shared"])
    words = [reference for reference, _ in REFERENCES.values()]
    directories = [{"dir": name} for name in ("data", "scratch", "logs")]
    web = container(
        lab,
        command=["bash", "-c", WRITES, "web", PORT, HOST, {"port": "admin"}, *words, *directories],
        env={f"R_{number:02}": word for number, word in enumerate(words)},
        ports={"admin": 7002},
        binds=["$HOME/site:/site:ro", "$HOME/shared:/shared"],
        secrets={"TOKEN": {"generate": True}},
        resources={"cpus_per_task": 2},
        connection={"WEB_AT": "url", "WEB_HOST": "host", "WEB_PORT": "port", "WEB_KEY": KEY},
    )
    listens = ["bash", "-c", f'{REDIS} "$0" --bind "$1"', {"port": "port"}, {"host": "other"}]
    other = container(lab, port=7001, scheme="redis", command=listens)
    shows = r'printf "%s\n" "$WEB_AT" "$WEB_HOST" "$WEB_PORT" "$HPCGEN_WEB_URL" "${@:2}" >"$1/told"'
    others = [{"host": "other"}, {"port": "other"}, {"url": "other"}]
    asks = {
        "kind": "command",
        "target": "web",
        "command": ["bash", "-c", shows, "shows", {"dir": "results"}, *others],
    }
    clients = {"bare": asks, "inside": {**asks, "image": lab.image("redis")}}
    bundle = deployed(lab, "references", services={"web": web, "other": other}, clients=clients)
    jobs = bundle.submit()
    endpoints = {name: bundle.ready(jobs[name], service=name) for name in ("web", "other")}
    values = [text.format(job=jobs["web"], **endpoints) for _, text in REFERENCES.values()]

    def wrote(name: str) -> list[str]:
        return bundle.path(f"web/{jobs['web']}/{name}").read_text().splitlines()

    assert wrote("arguments") == [*values, "/data", "/scratch", "/logs"]
    assert wrote("variables") == [f"R_{number:02}={text}" for number, text in enumerate(values)]
    assert wrote("writable") == ["/data", "/scratch", "/logs", "/shared"]
    places = (bundle.path("data/web"), bundle.path(f"web/{jobs['web']}"))
    assert all(place.joinpath("written").exists() for place in places)
    assert lab.path("/home/alice/shared/written").exists()
    assert not any(lab.path("/home/alice/site").iterdir())
    token = bundle.path("secrets/web.TOKEN").read_text()
    sourced = bundle.connect('printf %s "$WEB_KEY" "$(env | grep -c ^WEB_KEY=)"', service="web")
    assert sourced.stdout == f"{token}1"

    host, there = endpoints["web"]["HOST"], endpoints["other"]["HOST"]
    url = f"http://{host}:7000"
    for client in clients:
        assert outcome(lab.wait_job(jobs[client])) == ("COMPLETED", "0:0"), lab.story(jobs[client])
        shown = bundle.path(f"results/{client}/{jobs[client]}/told").read_text().splitlines()
        assert shown[:4] == [url, host, "7000", url], client
        assert shown[4:] == [there, "7001", f"redis://{there}:7001"], client
    for port in (7000, 7002):
        with Redis(host, port) as redis:
            assert redis.ask("PING") == "PONG"
