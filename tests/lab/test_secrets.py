"""Who can read what: another user of the same node, Slurm, the logs, and every command line."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.lab.bundles import Bundle, deploy, outcome
from tests.lab.cluster import Lab
from tests.lab.resp import Redis

ON_NODE = "--nodelist=node01"
ODD = "p@ss/w:rd#1%"
SAY = 'exec 3<>"/dev/tcp/$1/$2" && printf "%s\r\n" "$3" >&3 && read -r -t 5 line <&3; echo "$line"'


@contextmanager
def command_lines() -> Iterator[set[str]]:
    """Every command line that any process of this machine shows meanwhile, the lab's nodes' too."""
    seen: set[str] = set()
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.005):
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:  # it has just ended
                    continue

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        stop.set()
        watcher.join()


def holding(text: str, files: Iterable[Path]) -> list[str]:
    """The names of the files that hold `text`."""
    found = text.encode()
    return [str(file) for file in files if file.is_file() and found in file.read_bytes()]


def test_the_password_is_in_its_file_and_nowhere_else(lab: Lab) -> None:
    bundle = deploy(lab, "canary", client={"duration": 3}, service={"persistence": "aof"})
    with command_lines() as seen:
        jobs = bundle.submit()
        bundle.ready(jobs["cache"])
        assert bundle.connect("true").returncode == 0
        client = lab.wait_job(jobs["bench"], timeout=60)
        bundle.script("status")
        bundle.script("logs")
        bundle.script("cancel")
    assert outcome(client) == ("COMPLETED", "0:0")
    password = bundle.password()
    assert re.fullmatch("[0-9a-f]{48}", password)
    assert any("redis-benchmark" in line for line in seen)
    assert not [line for line in seen if password in line]
    assert holding(password, bundle.path(".").rglob("*")) == [
        str(bundle.path("secrets/cache.password"))
    ]
    assert not holding(password, lab.path(bundle.place).rglob("*"))
    for job in jobs.values():
        shown = lab.run(["scontrol", "show", "job", "-dd", str(job)], user="root").stdout
        assert password not in shown
    stored = [path for path in lab.path("/var/spool/slurmctld").rglob("*") if path.is_file()]
    assert [path for path in stored if path.name == "environment"]
    assert not holding(password, stored)


def test_another_user_of_the_node_reads_nothing_and_asks_in_vain(lab: Lab) -> None:
    lab.run(["install", "-d", "-m", "1777", "/home/common"], user="root")
    inside = deploy(lab, "private", client={}, service={"persistence": "aof"})
    run = "/home/common/alices run"
    bundle = Bundle(lab, inside.name, inside.place, "alice", run)
    jobs = bundle.submit(env={"HPCGEN_RUN_DIR": run})
    end = bundle.ready(jobs["cache"])
    lab.wait_job(jobs["bench"], timeout=60)
    files = [path for path in bundle.path(".").rglob("*") if not path.is_symlink()]
    names = {path.name for path in files}
    assert {"endpoint", "cache.password", "cache.log", "redis.conf", "result.json"} <= names
    look = ["find", run, "-mindepth", "1", "-readable"]
    assert lab.run(look, user="bob", node=end["NODE"], check=False).stdout == ""
    for path in files:
        name = f"{run}/{path.relative_to(bundle.path('.'))}"
        assert lab.run(["test", "-r", name], user="bob", check=False).returncode == 1
    open_to_others = [str(path) for path in files if path.stat().st_mode & 0o077]
    assert not open_to_others

    for command in ("PING", "GET key", "INFO", "CONFIG GET requirepass", "ACL LIST"):
        argv = ["bash", "-c", SAY, "say", end["HOST"], end["PORT"], command]
        answer = lab.run(argv, user="bob", node=end["NODE"]).stdout
        assert answer.startswith("-NOAUTH"), command
    assert inside.connect("true", user="bob").returncode != 0


# --- a password of one's own ----------------------------------------------------------------------


@pytest.mark.parametrize("password", [ODD, "$HOME`id`{}*?!~&|;<>()"])
def test_a_password_from_a_file_reaches_clients_whatever_it_holds(lab: Lab, password: str) -> None:
    name = f"password-{len(password)}"
    file = f"/home/alice/{name}.secret"
    lab.write(file, password + "\n", mode=0o600)
    bundle = deploy(lab, name, service={"password": {"file": file}}, client={})
    jobs = bundle.submit()
    end = bundle.ready(jobs["cache"])
    with bundle.redis(jobs["cache"], password) as redis:
        assert redis.ask("PING") == "PONG"
    shown = bundle.connect(r'printf "%s\n" "$REDISCLI_AUTH" "$REDIS_URL"').stdout.splitlines()
    url = urlsplit(shown[1])
    assert shown[0] == password
    assert unquote(url.password or "") == password
    assert (url.scheme, url.hostname, str(url.port)) == ("redis", end["HOST"], end["PORT"])
    assert outcome(lab.wait_job(jobs["bench"], timeout=60)) == ("COMPLETED", "0:0")
    assert not bundle.path("secrets").exists()
    assert not holding(password, bundle.path(".").rglob("*"))


@pytest.mark.parametrize(
    ("name", "content", "mode", "owner"),
    [
        ("open", ODD, 0o644, "alice"),
        ("bobs", ODD, 0o604, "bob"),
        ("spaced", "two words", 0o600, "alice"),
        ("quoted", "one'quote", 0o600, "alice"),
        ("empty", "", 0o600, "alice"),
        ("absent", None, 0, ""),
    ],
)
def test_a_password_file_that_is_not_fit_ends_78(
    lab: Lab, name: str, content: str | None, mode: int, owner: str
) -> None:
    file = f"/home/alice/password-{name}"
    if content is not None:
        lab.write(file, content + "\n", owner=owner, mode=mode)
    bundle = deploy(lab, f"unfit-{name}", service={"password": {"file": file}})
    job = lab.wait_job(bundle.sbatch())
    log = job.log.read_text()
    assert outcome(job) == ("FAILED", "78:0"), log
    assert file in log
    assert not content or content not in log


# --- the benchmark's own user ---------------------------------------------------------------------


def test_the_benchmarks_user_can_do_little_and_is_gone_after_the_run(lab: Lab) -> None:
    bundle = deploy(lab, "limited", client={"duration": 6, "requests": 10000})
    jobs = bundle.submit()
    bundle.ready(jobs["cache"])
    with bundle.redis(jobs["cache"]) as redis, command_lines() as seen:
        assert redis.ask("SET", "secret", "alice's") == "OK"
        user = f"bench-{jobs['bench']}"
        pattern = re.compile(rf"redis-benchmark .*--user {user} -a ([0-9a-f]{{48}})")
        lab.wait(lambda: any(map(pattern.search, tuple(seen))), job=jobs["bench"])
        token = next(match[1] for match in map(pattern.search, tuple(seen)) if match)
        assert token != bundle.password()
        with bundle.redis(jobs["cache"], token, user) as limited:
            assert limited.ask("PING") == "PONG"
            for command in (
                ("GET", "secret"),
                ("SET", "secret", "bob's"),
                ("KEYS", "*"),
                ("FLUSHALL",),
                ("CONFIG", "SET", "maxmemory", "1"),
                ("ACL", "LIST"),
                ("SHUTDOWN",),
                ("EVAL", "return 1", "0"),
            ):
                assert limited.ask(*command).startswith("NOPERM"), command
            assert bundle.password() not in limited.ask("CONFIG", "GET", "*")
        assert outcome(lab.wait_job(jobs["bench"], timeout=60)) == ("COMPLETED", "0:0")
        assert redis.ask("GET", "secret") == "alice's"
        assert redis.ask("ACL", "USERS") == "default"
    end = bundle.endpoint(jobs["cache"])
    with pytest.raises(PermissionError, match="WRONGPASS"):
        Redis(end["HOST"], end["PORT"], token, user)
