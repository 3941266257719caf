"""When a service counts as ready: each probe, `stable_for`, and who waits for whom with `after`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.bundles import Bundle, deploy, install, outcome, sandbox
from tests.lab.cluster import Job, Lab
from tests.lab.faults import ON_NODE, PORTS, SERVER, WAIT_FOR_GO, squat

PYTHON = "vllm-stand-in"  # an image that has Python, and so a web server
TEXT = "it's ready: [1.0] $HOME"
SERVE = r"""
printf '%s\n' "$2"; mkdir /tmp/site; touch "/tmp/site/$3"
exec python3 -m http.server "$0" --bind "$1" --directory /tmp/site
"""
ONCE = """
import http.server, os, sys
class First(http.server.BaseHTTPRequestHandler):
    asked = 0
    def do_GET(self):
        First.asked += 1
        if First.asked > 1 and sys.argv[3] == "die": os._exit(3)
        self.send_response(503 if First.asked > 1 and sys.argv[3] == "fall silent" else 200)
        self.end_headers()
http.server.HTTPServer((sys.argv[2], int(sys.argv[1])), First).serve_forever()
"""
PORT = {"port": "port"}


def web(lab: Lab, name: str, port: int, **more: Any) -> dict[str, Any]:
    """A web server on `port`, which says TEXT and has a page /ready."""
    command = ["bash", "-c", SERVE, PORT, {"host": name}, TEXT, "ready"]
    return {
        "kind": "container",
        "image": lab.image(PYTHON),
        "port": port,
        "command": command,
        **more,
    }


def deployed(lab: Lab, name: str, services: dict[str, Any]) -> Bundle:
    defaults = {"readiness": {"timeout": 300}, "resources": {"time": "00:10:00"}}
    recipe = {"name": name, "defaults": defaults, "services": services}
    return install(lab, name, json.dumps(recipe))


def never_ready(bundle: Bundle, job: int, name: str, status: str = "75:0") -> Job:
    """The job once it has failed, without ever having been published."""
    ended = bundle.lab.wait_job(job)
    assert outcome(ended) == ("FAILED", status), bundle.lab.story(job)
    assert not bundle.path(f"{name}/current").is_symlink()
    assert "\nSSH TUNNEL:" not in ended.log.read_text()
    return ended


def test_each_probe_tells_what_is_ready_from_what_only_listens(lab: Lab) -> None:
    at = {"WHERE": {"host": "by-command"}}
    is_so = "[[ $WHERE == 10.* && $WHERE == $0 && -e /tmp/site/ready ]]"
    asks = ["bash", "-c", is_so, {"host": "by-command"}]
    probes: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
        "by-http": ({"http": "/ready"}, {}, "GET /ready is answered with 404"),
        "by-log": ({"log": TEXT}, {}, f"its log lacks: {TEXT}"),
        "by-command": ({"command": asks}, {"env": at}, "bash exits with 1"),
        "by-tcp": ({"tcp": True}, {}, "takes no connection"),
    }
    services: dict[str, Any] = {}
    for number, (name, (probe, more, _)) in enumerate(probes.items()):
        port = 7000 + 10 * number
        wrong = ["bash", "-c", SERVE, PORT, {"host": name}, f"not {TEXT[1:]}", "unready"]
        if name == "by-tcp":
            wrong[4] = "127.0.0.1"  # where nobody else can reach it
        late = {"readiness": {**probe, "timeout": 40}, "command": wrong, **more}
        services[name] = web(lab, name, port, readiness=probe, **more)
        services[f"not-{name}"] = web(lab, name, port + 1, **late)
    bundle = deployed(lab, "probes", services)
    jobs = bundle.submit()
    for name, (_, _, reason) in probes.items():
        bundle.ready(jobs[name], service=name)
        log = never_ready(bundle, jobs[f"not-{name}"], f"not-{name}").log.read_text()
        assert "FATAL: not ready after 40 s: " in log
        assert reason in log, name


def test_a_probe_that_hangs_does_not_outlast_the_timeout(lab: Lab) -> None:
    hangs = {"command": ["sleep", "600"], "timeout": 30}
    bundle = deployed(lab, "hangs", {"web": web(lab, "web", 7000, readiness=hangs)})
    job = bundle.submit()["web"]
    log = never_ready(bundle, job, "web").log.read_text()
    assert "FATAL: not ready after 30 s: sleep exits with 124" in log


def test_what_is_not_ready_for_as_long_as_asked_is_never_published(lab: Lab) -> None:
    services = {}
    for port, (name, how) in enumerate((("dies", "die"), ("stops", "fall silent"), ("stays", ""))):
        command = ["python3", "-c", ONCE, PORT, {"host": name}, how]
        readiness = {"http": "/", "stable_for": 3}
        services[name] = web(lab, name, 7000 + port, command=command, readiness=readiness)
    bundle = deployed(lab, "stable", services)
    jobs = bundle.submit()
    log = never_ready(bundle, jobs["stops"], "stops").log.read_text()
    assert "FATAL: did not stay ready for 3 s" in log
    log = never_ready(bundle, jobs["dies"], "dies", "69:0").log.read_text()
    assert "FATAL: dies exited with 3 before it had been ready for 3 s" in log
    bundle.ready(jobs["stays"], service="stays")
    probes = bundle.path(f"stays/{jobs['stays']}/stays.log").read_text().count("GET / HTTP")
    assert probes == 1 + 3


def test_a_service_starts_once_those_before_it_are_ready(lab: Lab) -> None:
    lab.run(["mkdir", "/home/alice/doors"])
    opened = {"command": ["test", "-e", "/doors/open"]}
    first = web(lab, "first", 7000, readiness=opened, binds=["$HOME/doors:/doors:ro"])
    bundle = deployed(
        lab, "after", {"second": web(lab, "second", 7001, after=["first"]), "first": first}
    )
    jobs = bundle.submit()
    waits = bundle.path(f"second/{jobs['second']}/missing")
    lab.wait(lambda: waits.exists() and waits.read_text(), job=jobs["second"])
    look = ["curl", "--silent", "--fail", f"http://{lab.job(jobs['first']).node}:7000/ready"]
    lab.wait(lambda: lab.run(look, check=False).returncode == 0, job=jobs["first"])
    assert not bundle.path(f"second/{jobs['second']}/second.log").exists()
    assert not bundle.endpoint(jobs["first"], "first")
    lab.path("/home/alice/doors/open").touch()
    bundle.ready(jobs["second"], service="second")
    assert bundle.endpoint(jobs["first"], "first")
    assert "connected to first\n" in lab.job(jobs["second"]).log.read_text()


@pytest.mark.parametrize(
    ("how", "first"),
    [("lost", f"{WAIT_FOR_GO}; exit 1"), ("requeued", f'{SERVER} "$@" >/dev/null')],
    ids=["lost", "requeued"],
)
def test_what_an_earlier_start_wrote_into_the_log_proves_nothing(
    lab: Lab, how: str, first: str
) -> None:
    says_it_once = f"if mkdir /data/lived; then echo 'its text'; {first}; fi"
    image = sandbox(lab, how, f'{says_it_once}\n{SERVER} "$@" >/dev/null')
    readiness = {"log": "its text", "timeout": 30}
    bundle = deploy(lab, f"early-{how}", service={"image": image, "readiness": readiness})
    job = bundle.sbatch(ON_NODE, "--requeue")
    if how == "lost":
        lab.wait(bundle.path(f"cache/{job}/data/waiting").exists, job=job)
        squat(lab, "bob", PORTS[0])
        bundle.path(f"cache/{job}/data/go").touch()
    else:
        bundle.ready(job)
        lab.run(["scontrol", "requeue", str(job)])
        lab.start_again(job)
        lab.wait_job(job, "RUNNING")
    ended = lab.wait_job(job)
    assert outcome(ended) == ("FAILED", "75:0"), lab.story(job)
    assert "FATAL: not ready after 30 s: its log lacks: its text" in ended.log.read_text()
