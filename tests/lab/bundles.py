"""Bundles in the lab: a recipe is compiled, copied into a user's home, and its jobs are run."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from hpcgen.build import Options, build
from hpcgen.model.kind import kinds
from jsonschema import Draft202012Validator

from tests.lab.cluster import ENDED, PATIENCE, Job, Lab, LabError
from tests.lab.resp import Redis

SERVICE = {"kind": "redis", "readiness": {"timeout": "5m"}, "resources": {"time": "00:10:00"}}
CLIENT = {"kind": "redis-benchmark", "target": "cache", "requests": 1000}
SANDBOX = "/home/alice/image"
GRACE = 25
"""Seconds from TERM to KILL of what a job of the lab runs; its Slurm's KillWait is longer still."""

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle at `place` inside the lab, as `user` sees it; its run directory is `run`.

    Where `deploy` made it the service is called `cache`, the client `bench`. Paths are the lab's
    own; `path` turns one below the run directory into the host's.
    """

    lab: Lab
    name: str
    place: str
    user: str
    run: str

    def script(
        self,
        name: str,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        timeout: float = PATIENCE,
    ) -> subprocess.CompletedProcess[str]:
        """Run bin/NAME.sh as a user does, from the home directory."""
        argv = [f"{self.place}/bin/{name}.sh", *arguments]
        return self.lab.run(argv, user=self.user, env=env, check=check, timeout=timeout)

    def submit(self, *jobs: str, env: Mapping[str, str] | None = None) -> dict[str, int]:
        """Run bin/submit.sh; the ids of the jobs by name."""
        lines = self.script("submit", *jobs, env=env).stdout.splitlines()
        return {name: int(job) for name, job in (line.split() for line in lines)}

    def sbatch(
        self,
        *options: str,
        job: str = "cache",
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> int:
        """Submit a script by hand; from the home directory where no other is given."""
        script = f"{self.place}/jobs/{job}.sbatch"
        return self.lab.sbatch(script, *options, user=self.user, cwd=cwd, env=env)

    def change(self, *scripts: str, **values: int) -> None:
        """Other values of variables in scripts of the bundle, each of which has all of them."""
        for name in scripts:
            script = self.lab.path(f"{self.place}/{name}")
            text = script.read_text()
            for variable, value in values.items():
                line = re.compile(rf"^{variable}=\d+$", re.MULTILINE)
                text, count = line.subn(f"{variable}={value}", text)
                assert count == 1, (name, variable, count)
            script.write_text(text)

    def connect(
        self,
        then: str,
        *,
        env: Mapping[str, str] | None = None,
        user: str = "",
        node: str = "login",
        service: str = "cache",
        timeout: float = PATIENCE,
    ) -> subprocess.CompletedProcess[str]:
        """Source the connection file under `set -u`, then run `then` if that has succeeded."""
        line = f'set -u; . "$0/connections/{service}.env" && {then}'
        argv = ["bash", "-c", line, self.place]
        who = user or self.user
        return self.lab.run(argv, user=who, node=node, env=env, check=False, timeout=timeout)

    def path(self, below: str) -> Path:
        """The host's path of what lies below the run directory."""
        return self.lab.path(f"{self.run}/{below}")

    def password(self) -> str:
        """The generated password."""
        return self.path("secrets/cache.password").read_text()

    def endpoint(self, job: int, service: str = "cache") -> dict[str, str]:
        """What the job has published; nothing where it has not, or has withdrawn it."""
        try:
            text = self.path(f"{service}/{job}/endpoint").read_text()
        except FileNotFoundError:
            return {}
        return dict(line.split("=", 1) for line in text.splitlines())

    def ready(self, job: int, timeout: float = PATIENCE, service: str = "cache") -> dict[str, str]:
        """Wait for the job's endpoint. Raises LabError at once where the job ends instead."""

        def is_over() -> bool:
            if self.endpoint(job, service):
                return True
            if self.lab.job(job).state in ENDED:
                raise LabError(f"it was to become ready; {self.lab.story(job)}")
            return False

        self.lab.wait(is_over, timeout=timeout, job=job)
        return self.endpoint(job, service)

    def redis(self, job: int, password: str = "", user: str = "") -> Redis:
        """A connection to the job's Redis, with the generated password where none is given."""
        endpoint = self.endpoint(job)
        return Redis(endpoint["HOST"], endpoint["PORT"], password or self.password(), user)

    def actions(self) -> list[str]:
        """What actions.log tells, without the times."""
        lines = self.path("actions.log").read_text().splitlines()
        return [line.split(" ", 1)[1].strip() for line in lines]


def deploy(
    lab: Lab,
    name: str,
    *,
    service: Entry | None = None,
    client: Entry | None = None,
    user: str = "alice",
    place: str = "",
) -> Bundle:
    """Compile a recipe of one Redis, and of one client where there is one, and copy it to `place`.

    `service` and `client` add to SERVICE and CLIENT. Without `place` it is ~/NAME.
    """
    lab.image("redis")
    recipe: dict[str, Any] = {"name": name, "services": {"cache": {**SERVICE, **(service or {})}}}
    if client is not None:
        recipe["clients"] = {"bench": {**CLIENT, **client}}
    return install(lab, name, json.dumps(recipe), user=user, place=place)


def install(
    lab: Lab,
    name: str,
    text: str,
    *,
    user: str = "alice",
    place: str = "",
    cluster: str = "lab",
) -> Bundle:
    """Compile the recipe called `name` in `text`, and copy it to `place`; without, to ~/NAME.

    Where an earlier test has had that name, the directory has a number behind it.
    """
    place = place or _free(lab, f"/home/{user}/{name}")
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch, "recipe.yaml")
        source.write_text(text)
        if cluster == "lab":
            cluster = str(Path(scratch, "lab.yaml"))
            Path(cluster).write_text(lab_profile())
        made = build(source, Path(scratch, "output"), Options(cluster=cluster))
        lab.copy_tree(made, place, user)
    return Bundle(lab, name, place, user, default_run(lab, name, place, user))


def lab_profile() -> str:
    """The lab's profile, in which what a job runs has GRACE seconds to end."""
    kill_wait = GRACE + 5  # as a grace is what Slurm leaves, but five seconds
    text = (files("hpcgen.clusters") / "lab.yaml").read_text()
    changed = re.sub(r"(?m)^kill_wait: \d+$", f"kill_wait: {kill_wait}", text)
    assert changed != text
    return changed


def _free(lab: Lab, place: str) -> str:
    places = (place, *(f"{place}-{number}" for number in range(2, 100)))
    return next(place for place in places if not lab.path(place).exists())


def default_run(lab: Lab, name: str, place: str, user: str) -> str:
    """The run directory where nothing else is asked for, from the bundle's path and its user."""
    uid = lab.path(f"/home/{user}").stat().st_uid
    digest = hashlib.sha256(f"{place} {uid}".encode()).hexdigest()
    return f"/home/{user}/hpcgen/{name}-{digest[:8]}"


def outcome(job: Job) -> tuple[str, str]:
    """How a job ended: its state and its exit status."""
    return job.state, job.exit_status


def finish(bundle: Bundle, job: int, state: str = "COMPLETED", status: str = "0:0") -> Job:
    """The job once it has ended, in this state and with this exit status."""
    ended = bundle.lab.wait_job(job)
    assert outcome(ended) == (state, status), bundle.lab.story(job)
    return ended


def result(bundle: Bundle, job: Job, kind: str) -> dict[str, Any]:
    """The result.json that the client `bench` has left, valid by the schema of its kind."""
    schema = json.loads((kinds()[kind].folder / "result.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    text = bundle.path(f"results/bench/{job.id}/result.json").read_text()
    data: dict[str, Any] = json.loads(text)
    Draft202012Validator(schema).validate(data)
    return data


def processes(lab: Lab, node: str, user: str = "alice") -> list[str]:
    """The command lines of a user's processes on a node, and nothing where there are none."""
    argv = ["ps", "--no-headers", "-ww", "-o", "args", "-u", user]
    return lab.run(argv, user="root", node=node, check=False).stdout.splitlines()


def listens(lab: Lab, node: str, port: int) -> bool:
    """Whether somebody listens on the port of a node."""
    argv = ["ss", "--no-header", "-ltn", f"sport = :{port}"]
    return bool(lab.run(argv, node=node).stdout)


def detach(
    lab: Lab, argv: Sequence[str], *, user: str, node: str, output: str = "/dev/null"
) -> None:
    """Start a process that runs on, outside any job; the end of the test is its end too."""
    start = 'exec setsid -f "$@" </dev/null >"$0" 2>&1'
    lab.run(["sh", "-c", start, output, *argv], user=user, node=node)


def sandbox(lab: Lab, name: str, server: str) -> str:
    """A copy of the Redis image as a directory, in which redis-server is the script `server`."""
    copy = f"{SANDBOX}-{name}"
    if not lab.path(SANDBOX).exists():
        argv = ["apptainer", "-q", "build", "--sandbox", SANDBOX, lab.image("redis")]
        lab.run(argv)
    lab.run(["cp", "-al", SANDBOX, copy])
    program = lab.path(f"{copy}/usr/bin/redis-server")
    program.unlink()
    lab.write(f"{copy}/usr/bin/redis-server", f"#!/bin/bash\n{server}\n", mode=0o755)
    return copy


def set_and_get(bundle: Bundle, job: int, value: str) -> str:
    """What the job's Redis has, once it was told `value`."""
    with bundle.redis(job) as redis:
        redis.ask("SET", "whose", value)
        return redis.ask("GET", "whose")


def status_table(bundle: Bundle) -> dict[int, list[str]]:
    """What bin/status.sh shows: for each job its name, its state and the rest of its line."""
    lines = [line.split(None, 3) for line in bundle.script("status").stdout.splitlines()]
    assert lines[0] == ["JOB", "ID", "STATE", "DETAIL"]
    return {int(line[1]): [line[0], *line[2:]] for line in lines[1:]}
