"""The kinds `container` and `command`: probes, references, secrets, and programs on many nodes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.bundles import SANDBOX, Bundle, install, outcome, sandbox
from tests.lab.cluster import Job, Lab

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


def ended(lab: Lab, job: int, state: str = "COMPLETED", status: str = "0:0") -> Job:
    done = lab.wait_job(job)
    assert outcome(done) == (state, status), lab.story(job)
    return done


HTTP = (
    "perl -MIO::Socket -e '$s = IO::Socket::INET->new(Listen => 9, ReuseAddr => 1, LocalPort => "
    'shift); while ($c = $s->accept) { $_ = <$c>; print $c "HTTP/1.0 " . (m{ /ok } ? 200 : 503)'
    " . qq( said\\r\\n\\r\\n); close $c }' "
)
PROBES: dict[str, tuple[dict[str, Any], bool, str]] = {
    "http": ({"http": "/ok"}, True, ""),
    "http-503": ({"http": "/not"}, False, "GET /not is answered with 503"),
    "tcp": ({"tcp": True}, True, ""),
    "log": ({"log": "it's $(up)"}, True, ""),
    "log-never": ({"log": "never"}, False, "its log lacks: never"),
    "command": ({"command": ["bash", "-c", '[[ $V == "a b" ]]']}, True, ""),
    "command-fails": ({"command": ["bash", "-c", "exit 3"]}, False, "bash exits with 3"),
    "stable": ({"tcp": True, "stable_for": 2}, True, ""),
}


def test_each_probe_decides_what_is_published(lab: Lab) -> None:
    jobs = {}
    command = ["bash", "-c", 'echo "it\'s \\$(up)"; exec ' + HTTP + '"$0"', PORT]
    for name, (readiness, _, _) in PROBES.items():
        told = {"readiness": {**readiness, "timeout": 6}, "env": {"V": "a b"}}
        web = {**container(lab, **told), "command": command, "port": 7100 + len(jobs)}
        bundle = deployed(lab, f"probe-{name}", services={"web": web})
        jobs[name] = bundle, bundle.submit()["web"]
    for name, (_, is_ready, said) in PROBES.items():
        bundle, job = jobs[name]
        if is_ready:
            assert bundle.ready(job, service="web")
        else:
            assert said in ended(lab, job, "FAILED", "75:0").log.read_text()
            assert not bundle.path("web/current").is_symlink()


def test_a_service_that_needs_another_waits_for_it(lab: Lab) -> None:
    started = ["bash", "-c", 'printf "%s\\n" "$@" >/data/told; sleep 1; ' + REDIS + ' "$1"']
    told = [{"port": "port"}, {"url": "web"}, {"host": "web"}, {"port": "web"}]
    second = {**container(lab, port=7001), "command": [*started, "second", *told]}
    slow = container(lab, readiness={"timeout": 20, "stable_for": 2})
    bundle = deployed(lab, "ordered", services={"second": second, "web": slow})
    jobs = bundle.submit()
    end = bundle.ready(jobs["second"], service="second")
    assert end["PORT"] == "7001"
    web = bundle.endpoint(jobs["web"], "web")
    url = f"http://{web['HOST']}:{web['PORT']}"
    said = bundle.path("data/second/told")
    assert said.read_text().splitlines() == ["7001", url, web["HOST"], web["PORT"]]
    assert said.stat().st_mtime >= bundle.path(f"web/{jobs['web']}/endpoint").stat().st_mtime


def test_a_service_of_its_job_alone_listens_on_loopback(lab: Lab) -> None:
    bundle = deployed(lab, "alone", services={"web": container(lab, expose="job")})
    job = bundle.submit()["web"]
    end = bundle.ready(job, service="web")
    assert end["HOST"] == "127.0.0.1"
    look = ["ss", "--no-header", "-ltn", "sport = :7000"]
    assert lab.run(look, node=end["NODE"]).stdout.split()[3] == "127.0.0.1:7000"
    line = f"SSH TUNNEL: ssh -J alice@login alice@{end['NODE']} -NL 7000:127.0.0.1:7000\n"
    lab.wait(lambda: line in lab.job(job).log.read_text(), job=job)


SHOW = (
    'stat -c %a "$1" >/data/mode; cat "$1" >/data/file; printf %s "$VARIABLE" >/data/variable; '
    'printf %s "$MADE" >/data/made; cat /shared/word >/data/bound; echo x >/shared/word; '
)


def test_secrets_arrive_whole_and_leave_with_the_job(lab: Lab) -> None:
    odd = "a b'\"$(x)\\é"
    lab.write("/home/alice/secret", odd, mode=0o600)
    lab.run(["mkdir", "shared"])
    lab.write("/home/alice/shared/word", "bound")
    command = ["bash", "-c", SHOW + REDIS + ' "$0"', PORT, {"secret": "FILE"}]
    secrets = {
        "FILE": {"file": "~/secret"},
        "VARIABLE": {"env": "MINE"},
        "MADE": {"generate": True},
    }
    binds = ["~/shared:/shared:ro"]
    web = {**container(lab, secrets=secrets, binds=binds), "command": command}
    kept = [*command[:2], "exec 2>&1; env; " + command[2], *command[3:]]
    web["command"] = ["bash", "-c", f"echo x >/data/again; {command[2]}", *command[3:]]
    assert kept
    bundle = deployed(lab, "secret", services={"web": {**web, "env": {"WORD": {"dir": "data"}}}})
    refused = bundle.script("submit", check=False)
    assert (refused.returncode, "MINE is not set" in refused.stderr) == (78, True)
    bundle.script("secrets", env={"MINE": odd})
    job = bundle.submit()["web"]
    bundle.ready(job, service="web")
    data = bundle.path("data/web")
    assert (data / "file").read_text() == (data / "variable").read_text() == odd
    assert (data / "mode").read_text() in ("400\n", "600\n")
    assert (data / "made").read_text() == bundle.path("secrets/web.MADE").read_text()
    assert (data / "bound").read_text() == "bound"
    assert lab.path("/home/alice/shared/word").read_text() == "bound"
    bundle.script("cancel")
    ended(lab, job)
    assert not bundle.path(f"web/{job}/etc/secrets").exists()


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


def test_commands_on_nodes_and_tasks_and_what_their_end_means(lab: Lab) -> None:
    where = ["bash", "-c", 'echo >"$0/$(uname -n).$SLURM_PROCID.$RANDOM"', {"dir": "results"}]
    two = {"nodes": 2}
    clients: dict[str, dict[str, Any]] = {
        "node": {"command": where, "per": "node", "resources": two},
        "inside": {
            **{"command": where, "per": "node", "resources": two},
            "image": lab.image("redis"),
        },
        "task": {"command": where, "per": "task", "resources": {**two, "ntasks": 4}},
        "once": {"command": where, "resources": two},
        "fails": {"command": ["bash", "-c", "echo the reason; exit 5"]},
        "slow": {"command": ["sleep", "60"], "duration": 2},
    }
    described = {name: {"kind": "command", **each} for name, each in clients.items()}
    services = {"web": container(lab)}
    bundle = deployed(lab, "spread", services=services, clients=described)
    jobs = bundle.submit(*clients)
    for name, nodes, runs in (("node", 2, 2), ("inside", 2, 2), ("task", 2, 4), ("once", 1, 1)):
        ended(lab, jobs[name])
        ran = [path.name for path in bundle.path(f"results/{name}/{jobs[name]}").iterdir()]
        assert len(ran) == runs, (name, ran)
        assert len({each.split(".")[0] for each in ran}) == nodes, (name, ran)
    log = ended(lab, jobs["fails"], "FAILED", "69:0").log.read_text()
    assert "the reason\n" in log
    assert "bash exited with 5" in log
    assert "not done within 2 s" in ended(lab, jobs["slow"], "FAILED", "75:0").log.read_text()
