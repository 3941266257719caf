"""The lab cluster from Python: bring it up, run commands in it, submit jobs and wait for them."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SCRIPT = Path(__file__).with_name("lab")
CONTROLLER = "^slurmctld -D"  # once it has read its configuration again it has another name
ENDED = frozenset(
    {
        "BOOT_FAIL",
        "CANCELLED",
        "COMPLETED",
        "DEADLINE",
        "FAILED",
        "NODE_FAIL",
        "OUT_OF_MEMORY",
        "PREEMPTED",
        "TIMEOUT",
    }
)
POLL = 0.1
LOG_TAIL = 60
PATIENCE = 300.0
"""Seconds after which what is awaited is taken for hanging, on the busiest machine too.

It bounds no time that anybody is promised. A test that is to see that something does not take its
slow way makes that way longer than this, or has it leave another word.
"""


class LabError(AssertionError):
    """A command failed in the lab, or something awaited did not come."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as `scontrol show job` tells it; `log` is its standard output's path on the host."""

    id: int
    state: str
    exit_status: str  # Slurm's own form, status:signal, such as "69:0"
    node: str
    log: Path
    record: str


class Lab:
    """One lab cluster. Every command and every wait has a time limit.

    `name`, `subnet`, `home`, `accounting` and `kill_wait` are the script's LAB_NAME, LAB_SUBNET,
    LAB_HOME, LAB_ACCOUNTING and LAB_KILL_WAIT; two labs run beside each other when name and subnet
    differ. A lab of the same name that was left up is replaced; one that another process is using
    is waited for.
    """

    def __init__(
        self,
        name: str = "",
        subnet: str = "",
        home: str = "",
        *,
        accounting: bool = False,
        kill_wait: int = 0,
    ) -> None:
        self.name = name or os.environ.get("LAB_NAME", "hpcgen")
        self.subnet = subnet or os.environ.get("LAB_SUBNET", "10.78.0")
        self.home = Path(home or os.environ.get("LAB_HOME", "/var/cache/hpcgen-lab"))
        self.accounting = accounting
        self.kill_wait = kill_wait
        self.nodes: tuple[str, ...] = ()
        self._lock: IO[str] | None = None

    @property
    def directory(self) -> Path:
        """Everything a run writes; there only while the lab is up."""
        return self.home / f"run-{self.name}"

    def lacks(self) -> str:
        """What this machine lacks to run the lab, in a few words; "" where it can."""
        if not sys.platform.startswith("linux"):
            return "needs Linux"
        done = self._script("check", timeout=PATIENCE, capture=True)
        return done.stderr.strip().removeprefix("lab: ") if done.returncode else ""

    def up(self, nodes: int = 3) -> None:
        """Build what is missing and start a clean cluster, every node of it idle."""
        self._lock = self._hold()
        self._script("down", timeout=PATIENCE, check=True)
        self._script("up", str(nodes), timeout=1500, check=True)
        self.nodes = tuple(f"node{number:02}" for number in range(1, nodes + 1))

    def down(self) -> None:
        """Stop the cluster and remove what it wrote; no harm where it is not up."""
        self._script("down", timeout=PATIENCE, check=True)
        self.release()

    def release(self) -> None:
        """Leave the cluster as it is, to whoever comes next."""
        if self._lock:
            self._lock.close()
            self._lock = None

    def image(self, name: str) -> str:
        """The path, inside the lab, of what images/NAME.sh makes; built where missing."""
        self._script("build", name, timeout=1500, check=True)
        place = self.cached(name)
        assert place, f"{name} was built, and is not there"
        return f"/images/{place.name}"

    def cached(self, name: str) -> Path | None:
        """Where the host has what images/NAME.sh makes, a SIF or a directory; None: not built."""
        done = self._script("where", name, timeout=PATIENCE, capture=True)
        return Path(done.stdout.strip()) if done.returncode == 0 else None

    def run(
        self,
        argv: Sequence[str],
        *,
        user: str = "alice",
        node: str = "login",
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        stdin: str | None = None,
        timeout: float = PATIENCE,
    ) -> subprocess.CompletedProcess[str]:
        """Run `argv` as `user` on `node`, in a login's environment plus `env`.

        Raises LabError with what was printed when `check` is set and the status is not 0, and
        subprocess.TimeoutExpired.
        """
        place = [f"--chdir={cwd}"] if cwd else []
        variables = [f"{name}={value}" for name, value in (env or {}).items()]
        command = ["on", node, "--user", user, "env", *place, *variables, *argv]
        done = self._script(*command, stdin=stdin, timeout=timeout, capture=True)
        if check and done.returncode:
            printed = f"{done.stdout}{done.stderr}".strip()
            raise LabError(f"{' '.join(argv)}: status {done.returncode}\n{printed}")
        return done

    def start(self, argv: Sequence[str]) -> subprocess.Popen[str]:
        """Start `argv` as alice on the login node; what it prints is to be read."""
        command = [str(SCRIPT), "on", "login", *argv]
        output = subprocess.PIPE
        return subprocess.Popen(command, stdout=output, text=True, env=self._environment())

    def path(self, inside: str, node: str = "login") -> Path:
        """The host's path of the absolute path `inside`, as `node` sees it."""
        top, _, rest = inside.removeprefix("/").partition("/")
        if top in ("home", "images"):
            return self.directory / top / rest
        if top == "tmp":
            return self.directory / node / top / rest
        init = (self.directory / node / "init").read_text().split()[0]
        return Path(f"/proc/{init}/root/{top}/{rest}")

    def write(self, inside: str, text: str, owner: str = "alice", mode: int = 0o644) -> Path:
        """Write a file of `owner` into the lab; its directory must be there."""
        target = self.path(inside)
        target.write_text(text)
        target.chmod(mode)
        self.give(target, owner)
        return target

    def copy_tree(self, src: Path, dest: str, owner: str = "alice") -> Path:
        """Copy the directory `src` to `dest` inside the lab, modes kept, all of it `owner`'s."""
        target = self.path(dest)
        shutil.copytree(src, target, symlinks=True)
        for path in (target, *target.rglob("*")):
            self.give(path, owner)
        return target

    def give(self, path: Path, owner: str) -> None:
        """Give the host's `path` to the lab's user `owner`."""
        home = self.path(f"/home/{owner}").stat()
        os.chown(path, home.st_uid, home.st_gid, follow_symlinks=False)

    def sbatch(
        self,
        script: str,
        *options: str,
        user: str = "alice",
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> int:
        """Submit `script`, a path inside the lab, and return the job's id."""
        argv = ["sbatch", "--parsable", *options, script]
        return int(self.run(argv, user=user, cwd=cwd, env=env).stdout.split(";")[0])

    def job(self, job: int) -> Job:
        """The job's present record; Slurm keeps it for as long as the lab is up."""
        argv = ["scontrol", "--oneliner", "show", "job", str(job)]
        record = self.run(argv, user="root").stdout.splitlines()[0]
        field = dict(re.findall(r"(?:^| )([A-Za-z/:]+)=(.*?)(?= [A-Za-z/:]+=|\s*$)", record))
        node = field.get("BatchHost", "")
        return Job(
            id=job,
            state=field["JobState"],
            exit_status=field["ExitCode"],
            node=node,
            log=self.path(field["StdOut"], node or "login"),
            record=record,
        )

    def jobs(self, states: str = "") -> list[int]:
        """The jobs in `states`, as squeue's own option takes them; without, those not ended."""
        which = [f"--states={states}"] if states else []
        done = self.run(["squeue", "--noheader", "--format=%A", *which], user="root")
        return sorted({int(job) for job in done.stdout.split()})

    def wait(
        self, until: Callable[[], object], *, timeout: float = PATIENCE, job: int | None = None
    ) -> None:
        """Return once `until()` is true. Raises LabError with the job's log when it is not."""
        end = time.monotonic() + timeout
        while not until():
            if time.monotonic() > end:
                story = self.story(job) if job else "no job was named"
                raise LabError(f"waited {timeout:g} s in vain; {story}")
            time.sleep(POLL)

    def wait_job(self, job: int, *states: str, timeout: float = PATIENCE) -> Job:
        """Return the job once it is in one of `states`; without any, once it has ended.

        Raises LabError with the job's record and log at the time limit, and at once when the job
        has ended in another state.
        """
        end = time.monotonic() + timeout
        expected = frozenset(states) or ENDED
        while (now := self.job(job)).state not in expected:
            if now.state in ENDED or time.monotonic() > end:
                raise LabError(f"wanted {' or '.join(sorted(expected))}; {self.story(job)}")
            time.sleep(POLL)
        return now

    def kill_script(self, job: int) -> None:
        """Kill a job's batch script outright: it withdraws nothing, and says no word.

        It alone: the functions that it runs in the background have the same command line.
        """
        script = f"job{job:05d}/slurm_script"
        argv = ["pkill", "-KILL", "--oldest", "-f", script]
        self.run(argv, user="root", node=self.job(job).node)

    def start_again(self, job: int) -> None:
        """Start a requeued job now, where Slurm would wait for two minutes.

        Not before its earlier start is over on every node, nor in the same second: slurmd refuses
        a job that still ends, and a start that is no later than the end.
        """
        ending = ["pgrep", "--full", rf"^slurmstepd: \[{job}\."]

        def is_over() -> bool:
            searches = (
                self.run(ending, user="root", node=node, check=False) for node in self.nodes
            )
            return self.job(job).state == "PENDING" and not any(
                search.stdout for search in searches
            )

        self.wait(is_over, job=job)
        over = int(time.time())  # slurmd compares whole seconds
        self.wait(lambda: int(time.time()) > over)
        self.run(["scontrol", "update", f"JobId={job}", "StartTime=now"], user="root")

    @contextmanager
    def closed(self, partition: str) -> Iterator[None]:
        """No job starts in the partition meanwhile: those that are submitted to it wait."""
        name = f"PartitionName={partition}"
        self.run(["scontrol", "update", name, "State=DOWN"], user="root")
        try:
            yield
        finally:
            self.run(["scontrol", "update", name, "State=UP"], user="root")

    def stop_controller(self) -> None:
        """End slurmctld, which saves its state first."""
        self.run(["pkill", "-TERM", "-f", CONTROLLER], user="root")
        self.wait(lambda: not self._controllers())

    def start_controller(self, *, empty: bool = False) -> None:
        """Start slurmctld again; `empty`: as if it had lost what it knew. It answers then."""
        if empty:  # with `slurmctld -c` it would still know how far it has counted
            self.run(["find", "/var/spool/slurmctld", "-mindepth", "1", "-delete"], user="root")
        start = ["env", "--default-signal=INT,QUIT", "setsid", "-f", "slurmctld", "-D"]
        self.run(["sh", "-c", '"$@" >/dev/null 2>&1 </dev/null', "start", *start], user="root")
        ping = ["scontrol", "ping"]
        self.wait(lambda: "is UP" in self.run(ping, user="root", check=False).stdout)

    @contextmanager
    def without_controller(self, *, frozen: bool = False) -> Iterator[None]:
        """Nobody answers for Slurm meanwhile; `frozen`: connections are taken, and that is all."""
        if frozen:
            self.run(["pkill", "-STOP", "-f", CONTROLLER], user="root")
        else:
            self.stop_controller()
        try:
            yield
        finally:
            if frozen:
                self.run(["pkill", "-CONT", "-f", CONTROLLER], user="root")
            else:
                self.start_controller()

    def _controllers(self) -> list[str]:
        search = self.run(["pgrep", "-f", CONTROLLER], user="root", check=False)
        return search.stdout.split()

    def forget(self, job: int) -> None:
        """Have Slurm forget a job that has ended, as it does after MinJobAge; up to two minutes."""
        place = self.path("/etc/slurm/slurm.conf")
        text = place.read_text()
        changed = re.sub(r"(?m)^MinJobAge=.*", "MinJobAge=2", text)
        assert changed != text
        place.write_text(changed)
        show = ["scontrol", "show", "job", str(job)]
        try:
            self.run(["scontrol", "reconfigure"], user="root")
            self.wait(lambda: self.run(show, user="root", check=False).returncode)
        finally:
            place.write_text(text)
            self.run(["scontrol", "reconfigure"], user="root")

    def story(self, job: int) -> str:
        """The job's record and the end of its log, for a person to read."""
        now = self.job(job)
        log = now.log.read_text(errors="replace") if now.log.is_file() else "(no log)"
        tail = "\n".join(log.splitlines()[-LOG_TAIL:])
        return f"job {job} is {now.state} {now.exit_status}\n{now.record}\n--- {now.log}\n{tail}"

    def clear(self) -> None:
        """End every job, and every process that a job left behind, without mercy.

        First whatever runs on the login node, which may submit jobs as long as it lives. Slurm is
        asked again and again: a job that waits for another starts when that has ended.
        """
        self._kill_all("login")

        def none_is_left() -> bool:
            if jobs := [str(job) for job in self.jobs()]:
                for how in (["--signal=KILL", "--full"], []):  # at once; then those not yet started
                    self.run(["scancel", *how, *jobs], user="root", check=False)
            return not jobs

        self.wait(none_is_left)
        for node in self.nodes:
            self._kill_all(node)

    def _kill_all(self, node: str) -> None:
        """Kill what the users run on a node, until nothing of it is there any more."""
        kill = ["pkill", "-KILL", "-u", "alice,bob"]
        self.wait(lambda: self.run(kill, user="root", node=node, check=False).returncode == 1)

    def _script(
        self,
        *arguments: str,
        timeout: float,
        stdin: str | None = None,
        check: bool = False,
        capture: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Run tests/lab/lab; without `capture` its progress goes to our own standard error."""
        done = subprocess.run(
            [SCRIPT, *arguments],
            input=stdin or "",
            capture_output=capture,
            env=self._environment(),
            timeout=timeout,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
        if check and done.returncode:
            raise LabError(f"lab {' '.join(arguments)}: status {done.returncode}")
        return done

    def _environment(self) -> dict[str, str]:
        names = {"LAB_NAME": self.name, "LAB_SUBNET": self.subnet, "LAB_HOME": str(self.home)}
        accounting = {"LAB_ACCOUNTING": "yes"} if self.accounting else {}
        kill_wait = {"LAB_KILL_WAIT": str(self.kill_wait)} if self.kill_wait else {}
        return {**os.environ, **names, **accounting, **kill_wait}

    def _hold(self, patience: float = 1200) -> IO[str]:
        """Take the lab for this process: labs of one name never run beside each other."""
        self.home.mkdir(parents=True, exist_ok=True)
        lock = (self.home / f"{self.name}.lock").open("w")
        end = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    raise LabError(f"another process keeps the lab {self.name}") from None
                time.sleep(1)
            else:
                return lock
