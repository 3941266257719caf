"""PostgreSQL: who gets in, and what outlives a job however it ends."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.lab.bundles import Bundle, detach, install, outcome, processes
from tests.lab.cluster import Job, Lab
from tests.lab.secrets import ODD, command_lines, holding

NODE = "node01"
ON_NODE = f"--nodelist={NODE}"
UNPACKED = "/home/alice/postgres-image"
INIT = """\
CREATE TABLE notes (id BIGSERIAL PRIMARY KEY, text VARCHAR(200)); -- `id`; $(id)
INSERT INTO notes (text) VALUES ('it''s "$HOME", \\ and `id`');
"""
NOTE = 'it\'s "$HOME", \\ and `id`'
PSQL = ["apptainer", "-q", "exec", "/images/postgres.sif"]
PSQL += [*("/usr/lib/postgresql/17/bin/psql", "-XAtq", "-v", "ON_ERROR_STOP=1")]


def deployed(lab: Lab, name: str, **more: Any) -> Bundle:
    """A PostgreSQL called `db`, from its image as a directory, which no job has to unpack."""
    if "image" not in more and not lab.path(UNPACKED).exists():
        argv = ["apptainer", "-q", "build", "--sandbox", UNPACKED, lab.image("postgres")]
        lab.run(argv)
    common = {"image": UNPACKED, "resources": {"time": "00:10:00"}}
    service = {"kind": "postgres", **common, "readiness": {"timeout": "5m"}, **more}
    return install(lab, name, json.dumps({"name": name, "services": {"db": service}}))


def ask(bundle: Bundle, statement: str) -> subprocess.CompletedProcess[str]:
    """What PostgreSQL answers its user, who knows nothing but the connection file."""
    return bundle.connect(shlex.join([*PSQL, "-c", statement]), service="db")


def answer(bundle: Bundle, statement: str) -> str:
    """The one value that PostgreSQL answers with."""
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


def write_on(bundle: Bundle, job: int) -> Path:
    """Insert rows until the server goes; the file has the number of each that it acknowledged."""
    name = f"/home/alice/{bundle.name}-{job}.acknowledged"
    insert = 'echo "INSERT INTO notes (text) VALUES (repeat(9::text, 99)) RETURNING id;" || exit'
    rows = f"while :; do {insert}; sleep 0.002; done"
    line = f"cd {bundle.place} && . connections/db.env && {{ {rows}; }} | {shlex.join(PSQL)}"
    detach(bundle.lab, ["bash", "-c", line], user="alice", node="login", output=name)
    file = bundle.lab.path(name)
    bundle.lab.wait(lambda: file.exists() and file.read_text().count("\n") > 50, job=job)
    return file


def test_its_user_gets_in_and_nobody_else(lab: Lab) -> None:
    """From the image as a file, which is unpacked for the server and mounted for its clients."""
    fields: dict[str, Any] = {"database": "traffic_1", "user": "analyst", "init_sql": INIT}
    bundle = deployed(lab, "postgres-serves", image=lab.image("postgres"), **fields)
    with command_lines() as seen:
        job = start(bundle)
        assert answer(bundle, "SELECT text FROM notes") == NOTE
    end, password = bundle.endpoint(job, "db"), bundle.path("secrets/db.password").read_text()
    assert answer(bundle, "SELECT current_user || rolsuper FROM pg_roles "
                  "WHERE rolname = current_user") == "analystfalse"  # fmt: skip
    assert "permission denied" in ask(bundle, "CREATE ROLE other").stderr
    assert "permission denied" in ask(bundle, "SELECT pg_read_file('/tmp/pgpass')").stderr
    for user, database, tried in (
        ("analyst", "traffic_1", ""),
        ("analyst", "traffic_1", "wrong"),
        ("analyst", "postgres", password),
        ("postgres", "postgres", password),
        ("postgres", "traffic_1", ""),
    ):
        place = f"host={end['HOST']} port={end['PORT']} user={user} dbname={database}"
        argv = [*PSQL, "-w", "-c", "SELECT 1", place]
        attempt = lab.run(argv, user="bob", node=NODE, env={"PGPASSWORD": tried}, check=False)
        assert attempt.returncode == 2, (user, database)
        assert re.search("no pg_hba.conf entry|password|no password", attempt.stderr)
    look = ["find", bundle.run, "/tmp", "-path", "*pg*", "-readable", "-type", "f"]
    assert lab.run(look, user="bob", node=NODE, check=False).stdout == ""
    assert not [line for line in seen if password in line]
    assert holding(password, bundle.path(".").rglob("*")) == [
        str(bundle.path("secrets/db.password")),
        str(bundle.path(f"db/{job}/etc/secrets/password")),
    ]
    lab.run(["scancel", str(job)])
    has_ended(bundle, job, "CANCELLED", "143:0")
    lab.wait(lambda: not processes(lab, NODE))
    start(bundle)
    assert answer(bundle, "SELECT count(*) FROM notes") == "1", "init_sql runs once"


def test_every_acknowledged_row_survives_every_way_to_end(lab: Lab) -> None:
    file, odd = "/home/alice/postgres.secret", f"{ODD}$HOME`id`{{}}*?!~&|;<>()#:"
    lab.write(file, "the-first-one\n", mode=0o600)
    bundle = deployed(lab, "postgres-survives", init_sql=INIT, password={"file": file})
    acknowledged: list[str] = []

    def ends(job: int, rows: Path, state: str, status: str) -> str:
        """The server's log, once the job is over; its successor is to have what it acknowledged."""
        has_ended(bundle, job, state, status)
        acknowledged.extend(line for line in rows.read_text().split("\n")[:-1] if line.isdigit())
        return bundle.path(f"db/{job}/db.log").read_text()

    def is_all_there() -> None:
        assert set(acknowledged) <= set(answer(bundle, "SELECT id FROM notes").split("\n"))
        assert len(acknowledged) > 50

    job = start(bundle)
    rows = write_on(bundle, job)
    lab.run(["pkill", "-KILL", "-u", "alice", "-f", "^postgres"], user="root", node=NODE)
    log = ends(job, rows, "FAILED", "69:0")
    assert log.count("database system is shut down") == 1, "once, after it had made its data"
    assert bundle.connect("true", service="db").returncode == 1

    lab.write(file, odd + "\n", mode=0o600)  # the next one asks for another password
    job = start(bundle)
    is_all_there()
    url = urlsplit(bundle.connect('printf %s "$DATABASE_URL"', service="db").stdout)
    assert (unquote(url.password or ""), url.path, url.username) == (odd, "/app", "app")
    twice = lab.wait_job(bundle.sbatch(ON_NODE, job="db"))
    assert outcome(twice) == ("FAILED", "78:0")
    assert f"job {job} holds {bundle.run}/data/db" in twice.log.read_text()
    rows = write_on(bundle, job)
    lab.run(["scancel", str(job)])
    ends(job, rows, "CANCELLED", "143:0")

    job = start(bundle, "--requeue")
    is_all_there()
    first, rows = bundle.endpoint(job, "db"), write_on(bundle, job)
    lab.run(["scontrol", "requeue", str(job)])
    lab.start_again(job)
    acknowledged.extend(line for line in rows.read_text().split("\n")[:-1] if line.isdigit())
    before = ("", first["NONCE"])
    lab.wait(lambda: bundle.endpoint(job, "db").get("NONCE", "") not in before)
    is_all_there()

    rows = write_on(bundle, job)
    bundle.script("cancel")
    log = ends(job, rows, "COMPLETED", "0:0")
    assert "database system is shut down" in log.rpartition("ready to accept connections")[2]


def test_sql_that_fails_leaves_no_data_and_is_shown(lab: Lab) -> None:
    bundle = deployed(lab, "postgres-wrong", init_sql="CREATE TABLE a (b INT);\nINSRT INTO a;\n")
    job = has_ended(bundle, bundle.sbatch(ON_NODE, job="db"), "FAILED", "69:0")
    assert 'init.sql:2: ERROR:  syntax error at or near "INSRT"' in job.log.read_text()
    assert not bundle.path("data/db/postgres").exists()
    lab.wait(lambda: not processes(lab, NODE))
