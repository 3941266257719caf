"""What runs before a program: its modules, and its setup commands, wherever the program runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.bundles import Bundle, install, outcome, processes
from tests.lab.cluster import Lab

MODULE = "env/release/2023.1"
BEFORE = 'echo "$0 $GREETING $(cat "$2") $TOKEN" >>"$1/order"; test -e /given/file'


def deployed(lab: Lab, name: str, **sections: Any) -> Bundle:
    """A bundle of these sections; where they have no service, beside one that nobody starts."""
    idle = {"services": {"cache": {"kind": "redis"}}}
    recipe = {"name": name, **idle, "defaults": {"resources": {"time": "00:05:00"}}, **sections}
    return install(lab, name, json.dumps(recipe))


def client(lab: Lab, *, contained: bool, **more: Any) -> dict[str, Any]:
    """A client with two setup commands and a program, which leave in `order` what they see."""
    words = [{"dir": "results"}, {"secret": "KEY"}]
    contained_fields = (
        {"image": lab.image("redis"), "binds": ["$HOME/given:/given:ro"]} if contained else {}
    )
    script = BEFORE if contained else BEFORE.replace("/given", "$HOME/given")
    return {
        "kind": "command",
        "env": {"GREETING": "it's"},
        "secrets": {"KEY": {"generate": True}, "TOKEN": {"generate": True}},
        "setup": [["sh", "-c", script, step, *words] for step in ("first", "second")],
        "command": ["sh", "-c", 'echo "program" >>"$0/order"', {"dir": "results"}],
        **contained_fields,
        **more,
    }


def put_files(lab: Lab) -> None:
    lab.run(["mkdir", "-p", "/home/alice/given"])
    lab.path("/home/alice/given/file").touch()


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
@pytest.mark.parametrize("contained", [True, False], ids=["contained", "bare"])
def test_setup_runs_in_order_with_what_the_program_has(
    lab: Lab, contained: bool, shared: bool
) -> None:
    put_files(lab)
    name = f"setup-{contained}-{shared}".lower()
    size = {"job": "pair", "resources": {"cpus_per_task": 1, "mem": "100M"}} if shared else {}
    jobs: dict[str, Any] = {"jobs": {"pair": {}}} if shared else {}
    bundle = deployed(
        lab, name, **jobs, clients={"bench": client(lab, contained=contained, **size)}
    )
    (job,) = bundle.submit("pair" if shared else "bench").values()
    assert outcome(lab.wait_job(job)) == ("COMPLETED", "0:0"), lab.story(job)
    key, token = (bundle.path(f"secrets/bench.{name}").read_text() for name in ("KEY", "TOKEN"))
    order = bundle.path(f"results/bench/{job}/order").read_text().splitlines()
    assert order == [f"first it's {key} {token}", f"second it's {key} {token}", "program"]


def test_setup_runs_once_on_each_node(lab: Lab) -> None:
    seen = ["sh", "-c", 'echo "$(uname -n)" >>"$0/seen"', {"dir": "results"}]
    resources = {"nodes": 2, "ntasks": 4}
    entry = {"kind": "command", "per": "task", "resources": resources, "setup": [seen]}
    bundle = deployed(lab, "setup-nodes", clients={"bench": {**entry, "command": ["true"]}})
    job = bundle.sbatch(job="bench")
    assert outcome(lab.wait_job(job)) == ("COMPLETED", "0:0"), lab.story(job)
    text = bundle.path(f"results/bench/{job}/seen").read_text()
    assert sorted(text.split()) == ["node01", "node02"]


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
@pytest.mark.parametrize(
    ("command", "status", "reason"),
    [
        (["sh", "-c", "echo why; exit 7"], "78:0", "its setup failed: sh exited with 7"),
        (["no-such-program"], "78:0", "its setup failed: no-such-program exited with 255"),
        (["sleep", "3000"], "75:0", "its setup, sleep, was not done"),
    ],
    ids=["fails", "missing", "lasts"],
)
def test_a_service_whose_setup_does_not_succeed_never_starts(
    lab: Lab, command: list[str], status: str, reason: str, shared: bool
) -> None:
    image = lab.image("redis")
    job: dict[str, Any] = {"jobs": {"pair": {}}} if shared else {}
    readiness = {"timeout": 20 if command[0] == "sleep" else 200}
    web = {
        "kind": "container", "image": image, "port": 7000, "readiness": readiness,
        "setup": [["sh", "-c", "echo prepared"], command, ["sh", "-c", "touch /data/third"]],
        "command": ["sh", "-c", 'touch "$0/started"; exec redis-server', {"dir": "data"}],
        **({"job": "pair"} if shared else {}),
    }  # fmt: skip
    name = f"fails-{command[0][:5]}-{len(command)}-{shared}".lower().replace("_", "-")
    bundle = deployed(lab, name, **job, services={"web": web})
    (id_,) = bundle.submit().values()
    ended = lab.wait_job(id_)
    assert outcome(ended) == ("FAILED", status), lab.story(id_)
    log = ended.log.read_text()
    assert reason in log
    assert ("why" in log) == (command[-1].startswith("echo why"))
    assert bundle.path(f"web/{id_}/web.log").read_text().startswith("prepared\n")
    assert list(bundle.path("data/web").glob("[!.]*")) == []
    assert not [line for node in lab.nodes for line in processes(lab, node) if "sleep 3000" in line]


def test_a_service_is_ready_only_after_its_setup(lab: Lab) -> None:
    serve = ["sh", "-c", 'test -s /data/made && exec redis-server --bind "$0" --port "$1"']
    web = {
        "kind": "container", "image": lab.image("redis"), "port": 7000,
        "setup": [["sh", "-c", 'echo "$0" >/data/made', {"url": "web"}]],
        "command": [*serve, {"host": "web"}, {"port": "web"}, {"dir": "data"}],
    }  # fmt: skip
    bundle = deployed(lab, "setup-serves", services={"web": web})
    job = bundle.submit()["web"]
    at = bundle.ready(job, service="web")
    assert bundle.path("data/web/made").read_text() == f"http://{at['HOST']}:{at['PORT']}\n"


def test_a_client_whose_setup_fails_or_lasts_says_so(lab: Lab) -> None:
    bare = {"kind": "command", "command": ["touch", {"dir": "results"}]}
    bundle = deployed(
        lab,
        "setup-clients",
        clients={
            "fails": {**bare, "duration": 200, "setup": [["false"]]},
            "lasts": {**bare, "duration": 3, "setup": [["sleep", "3000"]]},
        },
    )
    jobs = bundle.submit("fails", "lasts")
    for name, status, reason in (
        ("fails", "78:0", "its setup failed: false exited with 1"),
        ("lasts", "75:0", "its setup, sleep, was not done"),
    ):
        ended = lab.wait_job(jobs[name])
        assert outcome(ended) == ("FAILED", status), lab.story(jobs[name])
        assert reason in ended.log.read_text()


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
def test_modules_are_loaded_and_one_that_is_missing_is_named(lab: Lab, shared: bool) -> None:
    seen = ["bash", "-c", 'echo "$LOADEDMODULES" >"$0/modules"', {"dir": "results"}]
    bare = {"kind": "command", "command": seen}
    names = ("loads", "plain", "lacks")
    modules = {"loads": ["lab/extra"], "plain": [], "lacks": ["lab/extra", "no/such-module"]}
    job: dict[str, Any] = {"jobs": {name: {} for name in names}} if shared else {}
    clients = {
        f"{name}-it": {**bare, "modules": modules[name], **({"job": name} if shared else {})}
        for name in names
    }
    where = lab.run(["bash", "-lc", 'echo "${MODULEPATH%%:*}"']).stdout.strip()
    lab.run(["mkdir", "-p", f"{where}/lab"], user="root")
    for node in lab.nodes:
        lab.run(
            ["sh", "-c", f"mkdir -p {where}/lab; touch {where}/lab/extra.lua"],
            user="root",
            node=node,
        )
    bundle = deployed(lab, f"modules-{shared}".lower(), **job, clients=clients)
    ids = {name: bundle.sbatch(job=name if shared else f"{name}-it") for name in names}
    ended = {name: lab.wait_job(job) for name, job in ids.items()}
    assert [outcome(job) for job in ended.values()] == [
        ("COMPLETED", "0:0"), ("COMPLETED", "0:0"), ("FAILED", "78:0"),
    ]  # fmt: skip
    assert "FATAL: no module no/such-module" in ended["lacks"].log.read_text()
    for name in ("loads", "plain"):
        text = bundle.path(f"results/{name}-it/{ids[name]}/modules").read_text()
        assert ("lab/extra" in text) == (name == "loads")
        assert MODULE in text, "the site's own are still there"
