"""What the lab promises: a real Slurm, ordinary users, nodes that share homes and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.lab.cluster import Job, Lab, LabError

LOCAL = "/tmp/local"  # in a lab that this session made


def submit(lab: Lab, body: str, *options: str) -> int:
    script = lab.write("/home/alice/job.sh", f"#!/bin/bash\n{body}\n", mode=0o755)
    return lab.sbatch(f"/home/alice/{script.name}", *options)


def finish(lab: Lab, body: str, *options: str) -> tuple[Job, str]:
    job = lab.wait_job(submit(lab, body, *options))
    return job, job.log.read_text()


def test_a_job_runs_as_its_user_and_its_status_arrives(lab: Lab) -> None:
    job, log = finish(lab, "id -un\nhostname\nexit 69")
    assert (job.state, job.exit_status) == ("FAILED", "69:0")
    assert log.split() == ["alice", job.node]


def test_apptainer_runs_an_image_unprivileged(lab: Lab) -> None:
    job, log = finish(lab, f"apptainer --silent exec {lab.image('redis')} redis-server --version")
    assert job.state == "COMPLETED", log
    assert "Redis server v=8." in log


def test_homes_are_private_to_their_users(lab: Lab) -> None:
    lab.run(["touch", "secret"])
    assert lab.run(["ls", "/home/alice"], user="bob", check=False).returncode == 2
    assert lab.run(["cat", "/home/alice/secret"], user="bob", check=False).returncode == 1
    assert lab.run(["stat", "-c", "%a %U", "/home/alice"]).stdout == "700 alice\n"


def test_homes_are_shared_and_tmp_is_the_nodes_own(lab: Lab) -> None:
    finish(lab, f"touch ~/seen-everywhere {LOCAL}", "--nodelist=node01")
    assert lab.run(["ls", "seen-everywhere"], node="node02").stdout == "seen-everywhere\n"
    assert lab.run(["ls", LOCAL], node="node01").stdout == f"{LOCAL}\n"
    assert lab.run(["ls", LOCAL], node="node02", check=False).returncode == 2
    assert lab.path(LOCAL, "node01").exists()
    assert not lab.path(LOCAL, "node02").exists()


def test_scancel_sends_term(lab: Lab) -> None:
    job = submit(lab, "trap 'echo got TERM; exit 143' TERM\necho armed\nsleep 3600 & wait")
    log = lab.job(job).log
    lab.wait(lambda: log.exists() and "armed" in log.read_text(), job=job)
    lab.run(["scancel", str(job)])
    lab.wait_job(job, "CANCELLED")
    lab.wait(lambda: "got TERM" in log.read_text(), job=job)


@pytest.fixture
def second(lab: Lab) -> Iterator[Lab]:
    """Another, smaller lab beside the session's own, whose Slurm kills sooner."""
    second = Lab(name="hpcgen-2", subnet="10.79.0", home=str(lab.home), kill_wait=5)
    try:
        second.up(nodes=1)
        yield second
    finally:
        second.down()


def test_what_ignores_term_is_killed_after_kill_wait(second: Lab) -> None:
    lab = second
    job = submit(lab, "trap '' TERM\ntouch armed\nfor i in {1..36000}; do sleep 0.1; done")
    lab.wait(lab.path("/home/alice/armed").exists, job=job)
    lab.run(["scancel", str(job)])
    script = ["pgrep", "-u", "alice", "-f", "slurm_script"]
    node = lab.job(job).node
    assert lab.run(script, node=node).stdout
    lab.wait(lambda: lab.run(script, node=node, check=False).returncode == 1, job=job)


def test_nodes_have_addresses_of_their_own_and_reach_each_other(lab: Lab) -> None:
    address = ["sh", "-c", "ip -o -4 addr show dev eth0 | awk '{print $4}'"]
    addresses = {lab.run(address, node=node).stdout for node in ("login", *lab.nodes)}
    assert len(addresses) == 1 + len(lab.nodes)
    serve = "echo hello >index.html; timeout 600 python3 -m http.server 8765"
    job = submit(lab, serve, "--nodelist=node01")
    fetch = ["curl", "--silent", "--fail", "http://node01:8765/"]
    lab.wait(lambda: lab.run(fetch, node="node02", check=False).stdout == "hello\n", job=job)


def test_processes_are_the_nodes_own(lab: Lab) -> None:
    job = submit(lab, "exec sleep 61", "--nodelist=node01")
    here = ["pgrep", "-fx", "sleep 61"]
    lab.wait(lambda: lab.run(here, node="node01", check=False).stdout, job=job)
    assert lab.run(here, node="node02", check=False).returncode == 1


def test_modules_load_in_a_job(lab: Lab) -> None:
    job, log = finish(lab, "module load Apptainer/1.3.1-GCCcore-12.3.0 && echo $LOADEDMODULES")
    assert job.state == "COMPLETED", log
    assert log.strip() == "Apptainer/1.3.1-GCCcore-12.3.0"


def test_export_none_starts_a_job_with_slurms_variables_alone(lab: Lab) -> None:
    seen = 'echo "${CANARY:-absent} ${SLURM_EXPORT_ENV:-} $USER"'
    script = lab.write("/home/alice/none.sh", f"#!/bin/bash\n{seen}\n", mode=0o755)
    env = {"CANARY": "sings"}
    kept = lab.wait_job(lab.sbatch(script.name, env=env))
    assert kept.log.read_text().split()[0] == "sings"
    bare = lab.wait_job(lab.sbatch(script.name, "--export=NONE", env=env))
    assert bare.log.read_text().split() == ["absent", "NONE", "alice"]


def test_gpus_are_allotted(lab: Lab) -> None:
    _, log = finish(lab, "echo $CUDA_VISIBLE_DEVICES", "--gres=gpu:2")
    assert log == "0,1\n"


def test_a_wait_in_vain_shows_the_jobs_log(lab: Lab) -> None:
    job = submit(lab, "echo 'the reason'; exit 3")
    with pytest.raises(LabError, match=r"(?s)FAILED 3:0.*the reason"):
        lab.wait_job(job, "COMPLETED")


def test_a_command_that_fails_shows_what_it_printed(lab: Lab) -> None:
    with pytest.raises(LabError, match=r"(?s)status 2.*No such file"):
        lab.run(["ls", "/nowhere"])


def mounts_and_commands() -> str:
    """What every process of this machine sees mounted, and how each was started."""
    texts = []
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("mountinfo", "cmdline", "environ"):
            try:
                texts.append((process / name).read_bytes().decode(errors="replace"))
            except OSError:  # it ended meanwhile
                continue
    return "\n".join(texts)


def network_spaces(processes: Iterable[Path]) -> set[str]:
    """The network namespaces of processes, which are directories of /proc."""
    spaces = set()
    for process in processes:
        try:
            spaces.add(os.readlink(process / "ns/net"))  # noqa: PTH115  # not a path: net:[4026531840]
        except OSError:
            continue
    return spaces


def test_labs_run_side_by_side_start_clean_and_leave_nothing(lab: Lab, second: Lab) -> None:
    inits = (path.read_text().split()[0] for path in second.directory.glob("*/init"))
    spaces = network_spaces(Path("/proc", pid) for pid in inits)
    assert len(spaces) == 2
    second.run(["touch", "left-over"])
    second.run(["touch", "/etc/left-over"], user="root")
    assert not lab.path("/home/alice/left-over").exists()
    assert str(second.directory) in mounts_and_commands()

    second.down()
    assert not second.directory.exists()
    assert not list(Path("/sys/class/net").glob(f"{second.name}*"))
    assert str(second.directory) not in mounts_and_commands()
    everybody = Path("/proc").glob("[0-9]*")  # other labs may come and go meanwhile
    assert not spaces & network_spaces(everybody)
    assert not list(second.home.glob("root-*/etc/left-over"))

    second.up(nodes=1)
    assert second.run(["ls", "left-over"], check=False).returncode == 2
    assert second.run(["ls", "/etc/left-over"], check=False).returncode == 2
    assert submit(second, "true") == 1
