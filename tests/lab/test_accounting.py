"""A site that keeps accounts: sacct tells how jobs ended, and associations say what may run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.lab.bundles import Bundle, install
from tests.lab.cluster import Lab

SMALL = {"cpus_per_task": 1, "mem": "200M", "time": "00:05:00"}
WAITS = 'touch "$0/runs"; [ -e "$HOME/go" ] || exec sleep 300'
FILLS = "x = b'x' * (600 << 20); import time; time.sleep(300)"
YOURS = "Yours, as CLUSTER|ACCOUNT|PARTITION|QOS:"
WAIT = "fix: wait for your jobs to end, ask for less, or set SBATCH_QOS"
REFUSED = {
    "account": (
        {"SBATCH_ACCOUNT": "nonesuch"},
        "Invalid account or account/partition combination specified",
        'fix: set SBATCH_ACCOUNT to yours, or write "account" in the recipe',
    ),
    "qos": (
        {"SBATCH_QOS": "nonesuch"},
        "Invalid qos specification",
        'fix: set SBATCH_QOS to one of yours, or write "qos" in the recipe',
    ),
    "limit of a QOS": ({"SBATCH_QOS": "closed"}, "QOSMaxSubmitJobPerUserLimit", WAIT),
    "limit of an account": ({"SBATCH_ACCOUNT": "closed"}, "AssocMaxSubmitJobLimit", WAIT),
}
"""What a user sets, what Slurm says to it, and the way out that follows."""


def command(*argv: Any, **fields: Any) -> dict[str, Any]:
    return {"kind": "command", "command": list(argv), **fields}


def shell(script: str, **resources: Any) -> dict[str, Any]:
    return command("sh", "-c", script, {"dir": "results"}, resources={**SMALL, **resources})


CLIENTS = {
    "well": shell("exit 0"),
    "fails": shell("exit 7"),
    "waits": shell(WAITS),
    "again": shell(WAITS, requeue=True),
    "fills": command("python3", "-c", FILLS, resources=SMALL),
    "rows": shell('exit "$ROW"') | {"env": {"ROW": "0"}},
}
TERM = "(0:0|0:15|15:0|143:0)"  # whichever signal came first; sacct shows the status 143 as 15
ENDS = {
    "well": ("COMPLETED", "COMPLETED ExitCode=0:0"),
    "fails": ("FAILED", "FAILED ExitCode=69:0"),
    "killed": ("FAILED", "FAILED ExitCode=0:9"),
    "fills": ("FAILED", "FAILED ExitCode=0:9"),
    "cancelled": ("CANCELLED", f"CANCELLED( by 2001)? ExitCode={TERM}"),
    "never": ("CANCELLED", "CANCELLED( by 2001)? ExitCode=0:0"),
    "late": ("TIMEOUT", f"TIMEOUT ExitCode={TERM}"),
    "lost": ("NODE_FAIL", "NODE_FAIL ExitCode=(1:0|0:1)"),
    "again": ("COMPLETED", "REQUEUED ExitCode=0:0", "COMPLETED ExitCode=0:0"),
    "row 1": ("COMPLETED", "COMPLETED ExitCode=0:0"),
    "row 2": ("FAILED", "FAILED ExitCode=69:0"),
}
"""What became of a job: its state in the table, and what Slurm says of each of its starts."""

EXPERIMENTS = {
    "some": {"client": "rows", "sweep": {"env.ROW": [0, 3]}},
    "sizes": {"client": "well", "sweep": {"resources.cpus_per_task": [1, 2]}},
}
RECIPE = json.dumps({"name": "ledger", "clients": CLIENTS, "experiments": EXPERIMENTS})


def administer(lab: Lab, *words: str) -> None:
    lab.run(["sacctmgr", "--immediate", "--quiet", *words], user="root")


@dataclass(frozen=True, slots=True)
class Ledger:
    """A deployment whose jobs have ended, each in its way.

    `jobs` are their ids by what became of them; `remembered` and `recorded` is what `status --why`
    says of them: while slurmctld knew them and nobody asked accounting, and once it had forgotten.
    """

    bundle: Bundle
    jobs: Mapping[str, int]
    remembered: str
    recorded: str


def status_of(text: str, job: int) -> tuple[str, list[str]]:
    """Of `status --why` the state in a job's row, and the lines below it."""
    (row,) = re.findall(rf"(?m)^\S+ +{job} +(\S+) .*\n((?:    .*\n)*)", text)
    state, lines = row
    return state, [line.strip() for line in lines.splitlines()]


@pytest.fixture(scope="module")
def bundle(accounts: Lab) -> Bundle:
    administer(accounts, "add", "account", "closed", "MaxSubmitJobs=0")
    administer(accounts, "add", "user", "alice", "Account=closed")
    administer(accounts, "add", "qos", "closed", "MaxSubmitJobsPerUser=0")
    administer(accounts, "add", "qos", "short", "MaxWall=00:01:00")
    administer(accounts, "add", "qos", "single", "MaxSubmitJobsPerUser=1")
    administer(accounts, "modify", "user", "alice", "set", "qos+=closed,short,single")
    trial = ["sbatch", "--test-only", "--qos=single", "--time=1", "--wrap=true"]
    accounts.wait(lambda: accounts.run(trial, check=False).returncode == 0)
    return install(accounts, "ledger", RECIPE)


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_of_the_sites_reaches_the_user_with_its_fix(bundle: Bundle, what: str) -> None:
    env, reason, fix = REFUSED[what]
    refused = bundle.script("submit", "well", env=env, check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    lines = refused.stderr.splitlines()
    assert reason in lines[0]
    assert lines[-5:] == [
        fix,
        YOURS,
        "lab|closed||closed,normal,short,single",
        "lab|research||closed,normal,short,single",
        "sbatch refused well; what was submitted stays",
    ]
    preflight = bundle.script("preflight", env=env, check=False)
    assert preflight.returncode == 1
    assert reason in preflight.stdout
    assert preflight.stdout.count(f"note  {fix}\nnote  {YOURS}\n") == 1, "once for all jobs"
    driver = bundle.script("run-some", env=env, check=False)
    assert driver.returncode == 1
    assert reason in driver.stderr and fix in driver.stderr
    assert "sbatch refuses the rows 1 2" in driver.stderr


def test_rows_that_a_limit_refuses_wait_for_those_that_run(bundle: Bundle) -> None:
    done = bundle.script("run-sizes", env={"SBATCH_QOS": "single"}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"rows? \d\b", done.stdout) == ["rows 1", "row 1", "rows 2", "row 2"]
    refusals = done.stderr.count("QOSMaxSubmitJobPerUserLimit")
    assert 1 <= refusals <= 4, "when the first runs, and while Slurm has not noted its end"


def test_a_user_without_an_account_is_told_to_ask(accounts: Lab) -> None:
    stranger = install(accounts, "stranger", RECIPE, user="bob")
    assert stranger.script("preflight").returncode == 0
    administer(accounts, "remove", "user", "bob")
    accounts.wait(lambda: stranger.script("preflight", check=False).returncode)
    refused = stranger.script("submit", check=False)
    assert f"\n{YOURS}\nnone that sacctmgr shows; ask the site\n" in refused.stderr


def test_what_a_limit_keeps_waiting_says_so(bundle: Bundle) -> None:
    job = bundle.submit("well", env={"SBATCH_QOS": "short"})["well"]
    waits = f"JobId={job} JobState=PENDING Reason=QOSMaxWallDurationPerJobLimit "
    bundle.lab.wait(lambda: waits in bundle.script("status", "--why").stdout, job=job)
    bundle.script("cancel")


def begun(bundle: Bundle, client: str) -> int:
    """A job of the client, whose command runs."""
    job = bundle.submit(client)[client]
    place = bundle.path(f"results/{client}/{job}/runs")
    bundle.lab.wait(place.exists, job=job)
    return job


def control(lab: Lab, *words: str) -> None:
    lab.run(["scontrol", *words], user="root")


def ended(bundle: Bundle) -> dict[str, int]:
    """Jobs by what became of them; of the last one its node is lost, and stays so."""
    lab = bundle.lab
    jobs = {"late": begun(bundle, "waits")}
    control(lab, "update", f"JobId={jobs['late']}", "EndTime=now+1")  # looked at every 30 s
    jobs |= bundle.submit("well", "fails", "fills")
    jobs |= {what: begun(bundle, "waits") for what in ("cancelled", "killed")}
    jobs["never"] = bundle.submit("well", env={"SBATCH_QOS": "short"})["well"]
    lab.run(["scancel", str(jobs["cancelled"]), str(jobs["never"])])
    lab.kill_script(jobs["killed"])
    jobs["again"] = begun(bundle, "again")
    control(lab, "requeue", str(jobs["again"]))
    lab.write("/home/alice/go", "")
    lab.start_again(jobs["again"])
    jobs["parts"] = bundle.sbatch("--nodes=1", ":", "--nodes=1", job="well")
    bundle.script("run-some", check=False)
    rows = bundle.script("run-some", "--list").stdout.splitlines()[1:]
    jobs |= {f"row {row.split()[0]}": int(row.split()[2]) for row in rows}
    for job in jobs.values():
        lab.wait_job(job)
    lab.path("/home/alice/go").unlink()
    jobs["lost"] = begun(bundle, "waits")
    control(lab, "update", f"NodeName={lab.job(jobs['lost']).node}", "State=DOWN", "Reason=test")
    lab.wait_job(jobs["lost"])
    return jobs


def forget(lab: Lab, job: int) -> None:
    """Have slurmctld forget each job that has ended, of which this is the last."""
    conf = lab.path("/etc/slurm/slurm.conf")
    conf.write_text(conf.read_text().replace("MinJobAge=7200", "MinJobAge=2"))
    control(lab, "reconfigure")
    show = ["scontrol", "show", "job", str(job)]
    lab.wait(lambda: lab.run(show, check=False).returncode)


@pytest.fixture(scope="module")
def ledger(accounts: Lab, bundle: Bundle) -> Ledger:
    """Its jobs have all ended, and slurmctld has forgotten them."""
    jobs = ended(bundle)
    accounts.run(["mkdir", "/home/alice/without"])  # what a site without accounting has
    accounts.write("/home/alice/without/sacct", "#!/bin/sh\nexit 1\n", mode=0o755)
    without = {"PATH": "/home/alice/without:/usr/bin:/bin"}
    remembered = bundle.script("status", "--why", env=without).stdout
    forget(accounts, jobs["lost"])
    noted = ["sacct", "--noheader", "--format=State", f"--jobs={jobs['lost']}"]
    accounts.wait(lambda: "NODE_FAIL" in accounts.run(noted).stdout)
    recorded = bundle.script("status", "--why").stdout
    assert "Slurm has forgotten it" in bundle.script("status", "--why", env=without).stdout
    return Ledger(bundle, jobs, remembered, recorded)


@pytest.mark.parametrize("what", ENDS)
def test_status_tells_how_a_job_ended_that_slurm_has_forgotten(ledger: Ledger, what: str) -> None:
    states, *starts = ENDS[what]
    job = ledger.jobs[what]
    for text, job_states in ((ledger.recorded, starts), (ledger.remembered, starts[-1:])):
        state, lines = status_of(text, job)
        assert state in states.split("|"), text
        assert len(lines) == len(job_states), text
        for line, how in zip(lines, job_states, strict=True):
            shown = re.sub(r"(Reason|Dependency|Restarts)=\S+ ", "", line)  # slurmctld's alone
            expected = rf"JobId={job} JobState={how} StartTime=\S+ EndTime=20\d\d-\S+ NodeList=.*"
            assert re.fullmatch(expected, shown), text


def test_status_tells_each_part_of_a_heterogeneous_job(ledger: Ledger) -> None:
    job = ledger.jobs["parts"]
    for text in (ledger.recorded, ledger.remembered):
        _, lines = status_of(text, job)
        assert [line.split()[:2] for line in lines] == [
            [f"JobId={component}", "JobState=COMPLETED"] for component in (job, job + 1)
        ]


def test_status_tells_the_memory_of_a_job_that_had_too_little(ledger: Ledger) -> None:
    _, (line,) = status_of(ledger.recorded, ledger.jobs["fills"])
    used = re.search(r" MaxRSS=(\d+)K$", line)
    assert used and int(used[1]) > 200 << 10
