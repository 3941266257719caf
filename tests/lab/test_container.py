"""The kinds `container` and `command`: probes, references, secrets, and programs on many nodes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.bundles import SANDBOX, Bundle, install, sandbox
from tests.lab.cluster import Lab

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
        "readiness": {"timeout": 20},
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
    image = sandbox(lab, "own", "exec /usr/bin/redis-check-rdb")
    script = lab.path(f"{image}/.singularity.d/runscript")
    assert image.startswith(SANDBOX)
    script.unlink()
    lab.write(f"{image}/.singularity.d/runscript", f'#!/bin/sh\n{REDIS[5:]} "$@"\n', mode=0o755)
    web = container(lab, image=image, args=[PORT])
    del web["command"]
    script.write_text(
        "#!/bin/sh\nexec perl -e 'exec {q(/usr/bin/redis-check-rdb)} @ARGV' "
        "redis-server --save '' --protected-mode no --port \"$@\"\n"
    )
    bundle = deployed(lab, "own", services={"web": web})
    assert bundle.ready(bundle.submit()["web"], service="web")["PORT"] == "7000"
