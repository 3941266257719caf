"""Who can read what: another user of the same node, Slurm, the logs, and every command line."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.lab.bundles import Bundle, deploy, install, outcome
from tests.lab.cluster import Lab
from tests.lab.resp import Redis
from tests.lab.secrets import ODD, command_lines, holding, is_nowhere_else

ON_NODE = "--nodelist=node01"
SAY = 'exec 3<>"/dev/tcp/$1/$2" && printf "%s\r\n" "$3" >&3 && read -r -t 5 line <&3; echo "$line"'


def test_the_password_is_in_its_file_and_nowhere_else(lab: Lab) -> None:
    bundle = deploy(lab, "canary", client={"duration": 15}, service={"persistence": "aof"})
    with command_lines() as seen:
        jobs = bundle.submit()
        bundle.ready(jobs["cache"])
        assert bundle.connect("true").returncode == 0
        client = lab.wait_job(jobs["bench"])
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
    is_nowhere_else(bundle, password, jobs)


def test_another_user_of_the_node_reads_nothing_and_asks_in_vain(lab: Lab) -> None:
    lab.run(["install", "-d", "-m", "1777", "/home/common"], user="root")
    inside = deploy(lab, "private", client={}, service={"persistence": "aof"})
    run = "/home/common/alices run"
    bundle = Bundle(lab, inside.name, inside.place, "alice", run)
    jobs = bundle.submit(env={"HPCGEN_RUN_DIR": run})
    end = bundle.ready(jobs["cache"])
    lab.wait_job(jobs["bench"])
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
    assert outcome(lab.wait_job(jobs["bench"])) == ("COMPLETED", "0:0")
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


# --- the secrets of a program of one's own --------------------------------------------------------

FROM_FILE = "canary-5b1e with 'quotes', $HOME and\na second line"
FROM_SHELL = ("canary-77d0 `id` of the first", "canary-77d0 of the second\nsubmission")
AS_FILES = ("FILE_F", "ENV_F", "MADE_F")
GETS = """
fails() { echo "$1" >&2; exit 1; }
for name in FILE_V ENV_V MADE_V; do printf %s "${!name?}" | sha256sum; done >"$1/sums"
for file in "${@:3}"; do
  [[ ! -v ${file##*/} ]] || fails "${file} is a variable too"
  [[ $(stat -c %a "${file}") == 600 ]] || fails "${file} can be read by others"
  sha256sum <"${file}"
done >>"$1/sums"
[[ ! $2 ]] || exec redis-server --port "$2" --protected-mode no --save ''
"""


def keeper(where: Mapping[str, str], listens: object = "", **more: Any) -> dict[str, Any]:
    """A program that sums up a secret of each origin, once a variable and once a file."""
    origins = {
        "FILE": {"file": "~/kept.secret"},
        "ENV": {"env": "CANARY"},
        "MADE": {"generate": True},
    }
    secrets = {f"{name}_{form}": origin for name, origin in origins.items() for form in "VF"}
    files = [{"secret": name} for name in AS_FILES]
    command = ["bash", "-c", GETS, "gets", where, listens, *files]
    return {"command": command, "secrets": secrets, **more}


def sums(bundle: Bundle, place: str, entry: str, shell: str) -> None:
    """The program saw the secrets as they are, byte for byte."""
    made = [bundle.path(f"secrets/{entry}.MADE_{form}").read_text() for form in "VF"]
    assert made[0] != made[1]
    secrets = [secret for index in (0, 1) for secret in (FROM_FILE, shell, made[index])]
    digests = [line.split()[0] for line in bundle.path(f"{place}/sums").read_text().splitlines()]
    assert digests == [hashlib.sha256(secret.encode()).hexdigest() for secret in secrets], entry


def test_secrets_reach_a_program_as_variables_and_files_and_nobody_else(lab: Lab) -> None:
    image = lab.image("redis")
    lab.write("/home/alice/kept.secret", f"{FROM_FILE}\n", mode=0o600)
    command = {"kind": "command", "resources": {"time": "00:10:00"}}
    port, results = {"port": "port"}, {"dir": "results"}
    web = keeper({"dir": "data"}, port, kind="container", image=image, port=7000)
    recipe = {
        "name": "keeps",
        "services": {"web": web},
        "clients": {
            "inside": keeper(results, image=image, **command),
            "bare": keeper(results, **command),
        },
    }
    bundle = install(lab, "keeps", json.dumps(recipe))
    for script in ("secrets", "submit"):
        refused = bundle.script(script, check=False)
        assert (refused.returncode, refused.stdout) == (78, "")
        assert "CANARY is not set: export it" in refused.stderr
    by_hand, submitted = FROM_SHELL
    with command_lines() as seen:
        bundle.script("secrets", env={"CANARY": by_hand})
        first = bundle.sbatch(job="web")
        bundle.ready(first, service="web")
        sums(bundle, "data/web", "web", by_hand)
        bundle.script("cancel")
        jobs = bundle.submit(env={"CANARY": submitted})
        bundle.ready(jobs["web"], service="web")
        sums(bundle, "data/web", "web", submitted)
        for client in ("inside", "bare"):
            ended = lab.wait_job(jobs[client])
            assert outcome(ended) == ("COMPLETED", "0:0"), lab.story(jobs[client])
            sums(bundle, f"results/{client}/{jobs[client]}", client, submitted)
        bundle.script("cancel")
    assert any("sha256sum" in line for line in seen)
    made = [path.read_text() for path in bundle.path("secrets").glob("*.MADE_*")]
    assert len(set(made)) == 6
    for canary in (FROM_FILE, *FROM_SHELL, *made):
        mark = canary.split("\n")[0][:20]
        assert not [line for line in seen if mark in line and f"CANARY={mark}" not in line]
        is_nowhere_else(bundle, mark, {**jobs, "first": first})
        kept = {Path(path).parent for path in holding(mark, bundle.path(".").rglob("*"))}
        assert kept <= {bundle.path("secrets")}


# --- the benchmark's own user ---------------------------------------------------------------------


def test_the_benchmarks_user_can_do_little_and_is_gone_after_the_run(lab: Lab) -> None:
    bundle = deploy(lab, "limited", client={"duration": 20, "requests": 10000})
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
        assert outcome(lab.wait_job(jobs["bench"])) == ("COMPLETED", "0:0")
        assert redis.ask("GET", "secret") == "alice's"
        assert redis.ask("ACL", "USERS") == "default"
    end = bundle.endpoint(jobs["cache"])
    with pytest.raises(PermissionError, match="WRONGPASS"):
        Redis(end["HOST"], end["PORT"], token, user)
