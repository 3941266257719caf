"""MySQL: who gets in, what outlives a job however it ends, and what the benchmark tells."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jsonschema import Draft202012Validator

from tests.lab.bundles import Bundle, detach, install, outcome, processes
from tests.lab.cluster import Job, Lab
from tests.lab.secrets import ODD, command_lines, holding

NODE = "node01"
ON_NODE = f"--nodelist={NODE}"
UNPACKED = "/home/alice/mysql-image"
INIT = """\
CREATE TABLE notes (id INT PRIMARY KEY AUTO_INCREMENT, text VARCHAR(200)); -- `id`; $(id)
INSERT INTO notes (text) VALUES ('it''s "$HOME", \\\\ and `id`');
DELIMITER //
CREATE PROCEDURE twice() BEGIN SELECT COUNT(*) * 2 FROM notes; END //
"""
NOTE = 'it\'s "$HOME", \\ and `id`'


def unpacked(lab: Lab) -> str:
    """The image as a directory, which no job has to unpack."""
    if not lab.path(UNPACKED).exists():
        argv = ["apptainer", "-q", "build", "--sandbox", UNPACKED, lab.image("mysql")]
        lab.run(argv)
    return UNPACKED


def deployed(lab: Lab, name: str, client: dict[str, Any] | None = None, **more: Any) -> Bundle:
    """A MySQL called `db`, and a benchmark called `bench` where `client` is given."""
    image = more.pop("image", "") or unpacked(lab)
    common = {"image": image, "resources": {"time": "00:10:00"}}
    service = {"kind": "mysql", **common, "readiness": {"timeout": "5m"}, **more}
    recipe: dict[str, Any] = {"name": name, "services": {"db": service}}
    if client is not None:
        recipe["clients"] = {
            "bench": {"kind": "mysql-benchmark", "target": "db", **common, **client}
        }
    return install(lab, name, json.dumps(recipe))


def mysql(*options: str) -> list[str]:
    """The command line of a client that reads no file."""
    return [
        "apptainer",
        "-q",
        "exec",
        "/images/mysql.sif",
        "mysql",
        "--no-defaults",
        "-NB",
        *options,
    ]


def ask(bundle: Bundle, statement: str) -> subprocess.CompletedProcess[str]:
    """What MySQL answers its user, who knows nothing but the connection file."""
    line = shlex.join(mysql(f"--execute={statement}"))
    return bundle.connect(f'{line} --user="$MYSQL_USER" "$MYSQL_DATABASE"', service="db")


def answer(bundle: Bundle, statement: str) -> str:
    """The one value that MySQL answers with."""
    done = ask(bundle, statement)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


def start(bundle: Bundle, *options: str) -> int:
    """Submit the server by hand, and wait until it is ready."""
    job = bundle.sbatch(ON_NODE, *options, job="db")
    bundle.ready(job, service="db")
    return job


def has_ended(bundle: Bundle, job: int, state: str, status: str) -> Job:
    """Wait for the end of the job, and of what it left to clean up."""
    ended = bundle.lab.wait_job(job)
    assert outcome(ended) == (state, status), bundle.lab.story(job)
    bundle.lab.wait(bundle.path(f"db/{job}/ended").exists)
    return ended


def socket(lab: Lab) -> str:
    """The path, on the node, of the socket of the server that runs there."""
    (socket_file,) = lab.path("/tmp", NODE).glob("hpcgen.*/mysqld.sock")
    return f"/tmp/{socket_file.parent.name}/{socket_file.name}"


# --- who gets in ----------------------------------------------------------------------------------


def test_its_user_gets_in_and_nobody_else(lab: Lab) -> None:
    """From the image as a file, which is unpacked for the server and mounted for its clients."""
    fields: dict[str, Any] = {"database": "traffic_1", "user": "analyst", "init_sql": INIT}
    bundle = deployed(lab, "mysql-serves", image=lab.image("mysql"), **fields)
    job = start(bundle)
    end = bundle.endpoint(job, "db")
    assert answer(bundle, "SELECT text FROM notes") == NOTE.replace("\\", "\\\\")
    assert answer(bundle, "CALL twice()") == "2"
    assert answer(bundle, "SELECT CURRENT_USER()") == "analyst@%"
    for statement in (
        "SELECT user FROM mysql.user",
        "CREATE DATABASE trafficA1",  # an underscore is a wildcard to GRANT
        "CREATE USER other",
        "SHUTDOWN",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
    ):
        assert "denied" in ask(bundle, statement).stderr, statement

    where = ["--host", end["HOST"], "--port", end["PORT"], "--execute=SELECT CURRENT_USER()"]
    password = bundle.path("secrets/db.password").read_text()
    for user in ("alice", "bob"):
        for name, tried in (("root", ""), ("root", password), ("analyst", ""), ("", "")):
            argv = mysql(*where, f"--user={name}")
            attempt = lab.run(argv, user=user, node=NODE, env={"MYSQL_PWD": tried}, check=False)
            assert attempt.stderr.startswith("ERROR 1045 (28000): Access denied"), name
    by_socket = mysql("--user=root", f"--socket={socket(lab)}", "--execute=SELECT CURRENT_USER()")
    assert lab.run(by_socket, node=NODE).stdout == "root@localhost\n"
    bobs = lab.run(by_socket, user="bob", node=NODE, check=False)
    assert "(13)" in bobs.stderr, "permission denied"
    look = ["find", bundle.run, "/tmp", "-path", "*mysql*", "-readable", "-type", "f"]
    assert lab.run(look, user="bob", node=NODE, check=False).stdout == ""

    lab.run(["scancel", str(job)])
    has_ended(bundle, job, "CANCELLED", "143:0")
    log = bundle.path(f"db/{job}/db.log").read_text()
    assert "Shutdown complete" in log, "its image was not taken from under it"
    lab.wait(lambda: not processes(lab, NODE))
    start(bundle)
    assert answer(bundle, "SELECT COUNT(*) FROM notes") == "1", "init_sql runs once"


def test_a_password_from_a_file_reaches_clients_and_follows_the_file(lab: Lab) -> None:
    file, password = "/home/alice/mysql.secret", f"{ODD}$HOME`id`{{}}*?!~&|;<>()#"
    lab.write(file, "the-first-one\n", mode=0o600)
    bundle = deployed(lab, "mysql-password", {"transactions": 5}, password={"file": file})
    job = start(bundle)
    lab.run(["scancel", "--batch", "--signal=USR1", str(job)])
    has_ended(bundle, job, "COMPLETED", "0:0")
    lab.write(file, password + "\n", mode=0o600)
    jobs = bundle.submit()
    end = bundle.ready(jobs["db"], service="db")
    assert answer(bundle, "SELECT 1") == "1"
    url = urlsplit(bundle.connect('printf %s "$DATABASE_URL"', service="db").stdout)
    assert (unquote(url.password or ""), url.path) == (password, "/app")
    assert (url.scheme, url.username, url.hostname) == ("mysql", "app", end["HOST"])
    assert outcome(lab.wait_job(jobs["bench"])) == ("COMPLETED", "0:0")


def test_the_password_is_in_its_file_and_nowhere_else(lab: Lab) -> None:
    bundle = deployed(lab, "mysql-canary", {"transactions": 20})
    with command_lines() as seen:
        jobs = bundle.submit()
        bundle.ready(jobs["db"], service="db")
        assert answer(bundle, "SELECT 1") == "1"
        client = lab.wait_job(jobs["bench"])
        bundle.script("status")
        bundle.script("logs")
        bundle.script("cancel")
    assert outcome(client) == ("COMPLETED", "0:0")
    password = bundle.path("secrets/db.password").read_text()
    assert re.fullmatch("[0-9a-f]{48}", password)
    assert {"mysqld", "mysql"} <= {line.split(" ")[0] for line in seen}
    assert not [line for line in seen if password in line]
    assert holding(password, bundle.path(".").rglob("*")) == [
        str(bundle.path("secrets/db.password"))
    ]
    assert not holding(password, lab.path(bundle.place).rglob("*"))
    assert not holding(password, lab.path("/tmp", NODE).rglob("*"))
    for job in jobs.values():
        shown = lab.run(["scontrol", "show", "job", "-dd", str(job)], user="root").stdout
        assert password not in shown
    stored = [path for path in lab.path("/var/spool/slurmctld").rglob("*") if path.is_file()]
    assert [path for path in stored if path.name == "environment"]
    assert not holding(password, stored)


# --- what outlives a job --------------------------------------------------------------------------


def write_on(bundle: Bundle, job: int) -> Path:
    """Insert rows until the server goes; the file has the number of each that it acknowledged."""
    end, name = bundle.endpoint(job, "db"), f"/home/alice/{bundle.name}-{job}.acknowledged"
    password = bundle.path("secrets/db.password").read_text()
    client = shlex.join(
        mysql("--unbuffered", "--host", end["HOST"], "--port", end["PORT"], "--user=app", "app")
    )
    insert = 'echo "INSERT INTO notes VALUES ($n, REPEAT(9, 99)); SELECT $n;" || exit'
    rows = f"n={job}000000; while :; do n=$((n + 1)); {insert}; sleep 0.002; done"
    line = f"export MYSQL_PWD={password}; {{ {rows}; }} | {client}"
    detach(bundle.lab, ["bash", "-c", line], user="alice", node="login", output=name)
    file = bundle.lab.path(name)
    bundle.lab.wait(lambda: file.exists() and file.read_text().count("\n") > 50, job=job)
    return file


def test_every_acknowledged_row_survives_every_way_to_end(lab: Lab) -> None:
    bundle = deployed(lab, "mysql-survives", init_sql=INIT)
    acknowledged: list[str] = []

    def ends(job: int, file: Path, state: str, status: str) -> str:
        """The server's log, once the job is over; its successor is to have what it acknowledged."""
        has_ended(bundle, job, state, status)
        acknowledged.extend(line for line in file.read_text().split("\n")[:-1] if line.isdigit())
        return bundle.path(f"db/{job}/db.log").read_text()

    def is_all_there() -> None:
        there = answer(bundle, "SELECT id FROM notes").split("\n")
        assert set(acknowledged) <= set(there)
        assert len(acknowledged) > 50

    job = start(bundle)
    file = write_on(bundle, job)
    lab.run(["pkill", "-KILL", "-u", "alice", "-x", "mysqld"], user="root", node=NODE)
    log = ends(job, file, "FAILED", "69:0")
    assert "Shutdown complete" not in log.rpartition("ready for connections")[2]
    assert bundle.connect("true", service="db").returncode == 1

    job = start(bundle)
    is_all_there()
    file = write_on(bundle, job)
    lab.run(["scancel", str(job)])
    ends(job, file, "CANCELLED", "143:0")

    job = start(bundle)
    is_all_there()
    file = write_on(bundle, job)
    bundle.script("cancel")
    log = ends(job, file, "COMPLETED", "0:0")
    assert "Shutdown complete" in log.rpartition("ready for connections")[2]
    start(bundle)
    is_all_there()


def test_an_initialisation_cut_short_is_done_again(lab: Lab) -> None:
    bundle = deployed(lab, "mysql-cut", init_sql=INIT)
    job = bundle.sbatch(ON_NODE, job="db")
    lab.wait(bundle.path("data/db/new/mysql.ibd").exists, job=job)
    lab.run(["scancel", str(job)])
    has_ended(bundle, job, "CANCELLED", "143:0")
    assert bundle.path("data/db/new").exists()
    assert not bundle.path("data/db/mysql").exists()
    start(bundle)
    assert answer(bundle, "SELECT COUNT(*) FROM notes") == "1"
    assert not bundle.path("data/db/new").exists()


def test_sql_that_fails_leaves_no_data_and_is_shown(lab: Lab) -> None:
    bundle = deployed(lab, "mysql-wrong", init_sql="CREATE TABLE a (b INT);\nINSRT INTO a;\n")
    job = has_ended(bundle, bundle.sbatch(ON_NODE, job="db"), "FAILED", "69:0")
    assert "ERROR 1064 (42000) at line 2" in job.log.read_text()
    assert not bundle.path("data/db/mysql").exists()
    lab.wait(lambda: not processes(lab, NODE))


# --- the benchmark --------------------------------------------------------------------------------


def result(bundle: Bundle, job: int) -> dict[str, Any]:
    """The job's result.json, valid by the schema of its kind."""
    ended = bundle.lab.wait_job(job)
    assert outcome(ended) == ("COMPLETED", "0:0"), bundle.lab.story(job)
    folder = resources.files("hpcgen") / "services" / "mysql_benchmark"
    schema = json.loads((folder / "result.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    data: dict[str, Any] = json.loads(bundle.path(f"results/bench/{job}/result.json").read_text())
    Draft202012Validator(schema).validate(data)
    return data


def test_committed_transactions_are_measured(lab: Lab) -> None:
    settings = {"clients": 4, "rows": 2500, "transactions": 25}
    bundle = deployed(lab, "mysql-measures", {**settings, "duration": "20s"}, max_connections=9)
    jobs = bundle.submit()
    measured = result(bundle, jobs["bench"])
    assert measured["parameters"] == settings
    assert (measured["client"], measured["target"]) == ("bench", "db")
    assert measured["job_id"] == jobs["bench"]
    assert measured["seconds"] >= 20
    rounds = measured["rounds"]
    assert rounds > 1
    assert measured["clients"] == {"successful": 4 * rounds, "failed": 0}
    assert measured["transactions"] == {"asked": 100 * rounds, "committed": 100 * rounds}
    for figure in ("transactions_per_second", "transaction_ms"):
        assert measured[figure]["min"] <= measured[figure]["mean"] <= measured[figure]["max"]
    assert answer(bundle, "SHOW TABLES") == "", "the run's own table is gone"


def test_only_what_was_committed_counts(lab: Lab) -> None:
    settings = {"clients": 12, "transactions": 200}  # so many that all are there at once
    bundle = deployed(lab, "mysql-crowded", settings, max_connections=4)
    jobs = bundle.submit()
    measured = result(bundle, jobs["bench"])
    clients, done = measured["clients"], measured["transactions"]
    assert clients["failed"] > 0
    assert clients["successful"] + clients["failed"] == 12
    assert done == {"asked": 2400, "committed": 200 * clients["successful"]}
    log = bundle.path(f"bench/{jobs['bench']}/bench.log").read_text()
    assert log.count("Too many connections") == clients["failed"]


def test_without_a_result_the_benchmark_fails(lab: Lab) -> None:
    bundle = deployed(lab, "mysql-bereaved", {"transactions": 1000000})
    jobs = bundle.submit()
    bundle.ready(jobs["db"], service="db")
    started = bundle.path(f"results/bench/{jobs['bench']}/unfinished.tsv")
    lab.wait(started.exists, job=jobs["bench"])
    lab.run(["scancel", str(jobs["db"])])
    job = lab.wait_job(jobs["bench"])
    assert outcome(job) == ("FAILED", "69:0")
    assert not bundle.path(f"results/bench/{job.id}/result.json").exists()
