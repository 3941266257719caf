"""Experiments: the rows of a table, run by a driver that can be stopped and called again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

from tests.lab.bundles import SERVICE, Bundle, detach, install, result
from tests.lab.client_group import HOME, ClientService, fleet
from tests.lab.cluster import PATIENCE, Lab

AWKWARD = "a\tb'\"$(id)\\\n ü"
SMALL = {"cpus_per_task": 1, "mem": "100M", "time": "00:05:00"}


def deployed(lab: Lab, name: str, client: dict[str, Any], **experiments: Any) -> Bundle:
    """A bundle of a Redis, and of a client `bench` with experiments."""
    lab.image("redis")
    services = {"cache": {**SERVICE, "resources": {**SMALL, "time": "00:10:00"}}}
    clients = {"bench": {"resources": SMALL, **client}}
    made = {key: {"client": "bench", **experiment} for key, experiment in experiments.items()}
    recipe = {"name": name, "services": services, "clients": clients, "experiments": made}
    return install(lab, name, json.dumps(recipe))


def command(script: str, *words: Any, **fields: Any) -> dict[str, Any]:
    return {"kind": "command", "command": ["sh", "-c", script, *words], **fields}


def listed(bundle: Bundle, experiment: str) -> list[dict[str, str]]:
    """What --list says of each row, by column; `ended` without the time."""
    out = bundle.script(f"run-{experiment}", "--list").stdout.splitlines()
    head, *rows = (line.split("\t") for line in out)
    listing = [dict(zip(head, row, strict=True)) for row in rows]
    return [{**row, "ended": row["ended"].partition(" ")[2]} for row in listing]


def fields_of(bundle: Bundle, job: str) -> dict[str, Any]:
    """The row that a result carries."""
    row: dict[str, Any] = json.loads(bundle.path(f"results/bench/{job}/row.json").read_text())
    return row


ENDS_THE_ROW = """#!/bin/sh
touch "$HOME/go"
while [ "$(/usr/bin/squeue --noheader --me --states=RUNNING,COMPLETING)" ]; do sleep 0.1; done
exec /usr/bin/squeue "$@"
"""
"""A squeue before which a row ends that the driver has already looked at."""


def interrupted(
    bundle: Bundle, experiment: str, until: Callable[[], object], *rows: str
) -> tuple[int, str]:
    """How a driver ends that is interrupted once it has submitted rows and `until()` is true.

    Its status, and what it said, errors too.
    """
    run, out = f"{bundle.place}/bin/run-{experiment}.sh", f"{HOME}/{experiment}.interrupted"
    line = 'exec env --default-signal=INT "$@" >"$0" 2>&1'
    output = bundle.lab.path(out)
    with bundle.lab.start(["bash", "-c", line, out, run, *rows]) as running:
        bundle.lab.wait(lambda: output.exists() and ": rows " in output.read_text() and until())
        bundle.lab.run(["pkill", "-INT", "--full", f"{run}( |$)"])
        status = running.wait(timeout=PATIENCE)
    return status, output.read_text()


def test_a_sweep_is_one_array_whose_results_carry_their_rows(lab: Lab) -> None:
    client = {"kind": "redis-benchmark", "target": "cache", "requests": 1000, "tests": ["set"]}
    sweep = {"clients": [1, 7], "pipeline": [1, 4]}
    bundle = deployed(lab, "sweep", client, sizes={"sweep": sweep, "max_parallel": 2})
    done = bundle.script("run-sizes", env={"PIPELINE": "9", "REQUESTS": "500"})
    served, submitted, *ended = done.stdout.splitlines()
    assert served.startswith("cache "), "it submits what it needs"
    array = submitted.removeprefix("sizes ").removesuffix(": rows 1 2 3 4")
    assert sorted(line for line in ended if line.startswith("row ")) == [
        f"row {row} (clients={clients} pipeline={pipeline}): exit 0: done"
        for row, (clients, pipeline) in enumerate([(1, 1), (1, 4), (7, 1), (7, 4)], start=1)
    ]
    rows = listed(bundle, "sizes")
    for number, row in enumerate(rows, start=1):
        job = lab.job(int(row["job"]))
        assert f"ArrayJobId={array} ArrayTaskId={number} ArrayTaskThrottle=2 " in job.record
        parameters = result(bundle, job, "redis-benchmark")["parameters"]
        swept = {"clients": int(row["clients"]), "pipeline": int(row["pipeline"])}
        assert {key: parameters[key] for key in swept} == swept, "the row goes before the shell"
        assert parameters["requests"] == 500, "and what no row sets is the shell's to set"
        carried = {"experiment": "sizes", "row": number, "fields": swept}
        assert fields_of(bundle, row["job"]) == carried
    status = bundle.script("status").stdout
    assert "row 4 of sizes: clients=7 pipeline=4\n" in status
    assert lab.jobs("RUNNING") == [], "it stops again what it has submitted"
    bundle.script("clean", "--yes")
    again = bundle.script("run-sizes")
    assert again.stdout.splitlines()[0].startswith("table: "), "nothing is run twice"
    table = bundle.path("experiments/sizes/runs.tsv").read_text()
    assert table.splitlines()[0].split("\t") == ["row", "clients", "pipeline", "job", "ended"]


def test_rows_of_other_sizes_are_jobs_of_their_own_and_one_that_fails_is_named(lab: Lab) -> None:
    does = '[ "$WORD" != fails ] || [ -e "$HOME/mended" ] || exit 7; printf %s "$WORD" >"$0/word"'
    batch: list[dict[str, Any]] = [
        {"env.WORD": AWKWARD, "resources.cpus_per_task": 1},
        {"env.WORD": "fails", "resources.cpus_per_task": 2},
        {"env.WORD": 1.50, "resources.cpus_per_task": 2},
    ]
    client = command(does, {"dir": "results"})
    bundle = deployed(lab, "batch", client, words={"batch": batch})
    commands = bundle.script("run-words", "--dry-run").stdout.splitlines()
    assert [line.split(" --")[-2:] for line in commands] == [
        ["cpus-per-task=1", f"array=1 {bundle.place}/jobs/words.sbatch"],
        ["cpus-per-task=2", f"array=2-3 {bundle.place}/jobs/words.sbatch"],
    ]
    lines = bundle.script("preflight").stdout.splitlines()
    assert len([line for line in lines if line.startswith("ok    Job ")]) == 4, "two of words"
    first = bundle.script("run-words", check=False)
    assert (first.returncode, first.stderr) == (1, "these rows have not ended well: 2\n")
    assert "row 2 (env.WORD=fails resources.cpus_per_task=2): exit 69: sh exited" in first.stdout
    rows = listed(bundle, "words")
    for row, fields in zip(rows, batch, strict=True):
        text = str(fields["env.WORD"])
        assert f"NumCPUs={fields['resources.cpus_per_task']} " in lab.job(int(row["job"])).record
        assert fields_of(bundle, row["job"])["fields"] == {**fields, "env.WORD": text}
        if text != "fails":
            assert bundle.path(f"results/bench/{row['job']}/word").read_text() == text
    lab.write("/home/alice/mended", "")
    second = bundle.script("run-words").stdout.splitlines()
    assert second[0].endswith(": rows 2"), "only what has not ended well is run again"
    assert [row["job"] for row in listed(bundle, "words")][::2] == [r["job"] for r in rows][::2]
    table = lab.path(f"{bundle.place}/experiments/words.tsv")
    table.write_text(table.read_text().replace("\t2\n", "\t999\n"))
    refused = bundle.script("preflight", check=False)
    assert refused.returncode == 1
    assert "FAIL  sbatch refuses words (--cpus-per-task=999): " in refused.stdout


def test_a_driver_that_is_interrupted_takes_up_what_runs(lab: Lab) -> None:
    waits = 'until [ -e "$HOME/go" ]; do sleep 0.1; done; echo "$N" >"$0/n"'
    scaling = {"field": "resources.cpus_per_task", "start": 1, "stop": 2, "step": 1}
    client = command(waits, {"dir": "results"}, env={"N": "0"})
    grown = {"scaling": {**scaling, "offsets": {"env.N": 1000}}, "max_parallel": 1}
    bundle = deployed(lab, "scaling", client, growing=grown)
    status, output = interrupted(bundle, "growing", lambda: lab.jobs("RUNNING"))
    assert status == 130
    assert output.endswith("\nwhat runs goes on: call it again to see it end\n")
    assert output.count(": rows ") == 1, "one at a time"
    (job,) = lab.jobs("RUNNING")
    refused = bundle.sbatch("--array=3", job="growing")
    lab.run(["mkdir", f"{HOME}/late"])
    lab.write(f"{HOME}/late/squeue", ENDS_THE_ROW, mode=0o755)
    path = {"PATH": f"{HOME}/late:/usr/local/bin:/usr/bin:/bin"}
    resumed = bundle.script("run-growing", env=path).stdout
    assert resumed.count(": rows 2\n") == 1
    assert resumed.count(": rows 1\n") == 0
    rows = listed(bundle, "growing")
    assert rows[0]["job"] == str(job)
    for row, cpus in zip(rows, (1, 2), strict=True):
        assert bundle.path(f"results/bench/{row['job']}/n").read_text() == f"{1000 + cpus}\n"
        assert fields_of(bundle, row["job"])["fields"] == {
            "resources.cpus_per_task": cpus, "env.N": 1000 + cpus,
        }  # fmt: skip
    assert lab.wait_job(refused).exit_status == "78:0"
    assert "there is no row 3 in experiments/growing.tsv" in lab.job(refused).log.read_text()
    shutil.rmtree(bundle.path("files"))  # what was kept of the bundle when it was submitted
    lab.path(f"{bundle.place}/experiments/growing.tsv").write_text("row\n1\n")
    changed = lab.wait_job(bundle.sbatch("--array=1", job="growing"))
    assert changed.exit_status == "78:0", "the reviewed table, or none"
    alone = lab.wait_job(bundle.sbatch(job="growing"))
    assert "submit it with bin/run-growing.sh, or sbatch --array=ROW" in alone.log.read_text()


def test_rows_that_set_their_target_have_it_anew_for_each_of_its_settings(lab: Lab) -> None:
    client = {"kind": "redis-benchmark", "target": "cache", "requests": 500, "tests": ["set"]}
    sweep = {"target.maxmemory": ["20mb", "30mb"], "clients": [1, 3]}
    bundle = deployed(lab, "settings", client, limits={"sweep": sweep})
    cache = bundle.submit("cache")["cache"]
    refused = bundle.script("run-limits", check=False)
    assert refused.returncode == 1
    assert (
        f"job {cache} runs cache, and rows have their own; first: bin/cancel.sh" in refused.stderr
    )
    bundle.script("cancel")
    lines = bundle.script("run-limits").stdout.splitlines()
    served = [line.split() for line in lines if line.startswith("cache.limits-")]
    assert [name for name, _ in served] == ["cache.limits-1", "cache.limits-2"]
    rows = listed(bundle, "limits")
    assert [row["ended"] for row in rows] == ["exit 0: done"] * 4
    for number, row in enumerate(rows):
        server = lab.job(int(served[number // 2][1]))
        assert f"JobName=settings-cache.{served[number // 2][0].split('.')[1]} " in server.record
        conf = bundle.path(f"cache/{server.id}/etc/redis.conf").read_text()
        assert f"maxmemory {row['target.maxmemory']}\n" in conf
        log = lab.job(int(row["job"])).log.read_text()
        assert "connected to cache" in log
        fields = {"target.maxmemory": row["target.maxmemory"], "clients": int(row["clients"])}
        assert fields_of(bundle, row["job"])["fields"] == fields
    first, second = (lab.job(int(job)).record for _, job in served)
    assert first.partition("EndTime=")[2][:19] <= second.partition("StartTime=")[2][:19]
    assert lab.jobs("PENDING,RUNNING") == []


def test_a_cancelled_experiment_submits_no_more(lab: Lab) -> None:
    client = command("sleep 3000")
    sweep = {"env.N": [1, 2]}
    bundle = deployed(lab, "cancelled", client, rows={"sweep": sweep, "max_parallel": 1})
    run = f"{bundle.place}/bin/run-rows.sh"
    output = lab.path(f"{HOME}/rows.out")
    detach(lab, [run], user="alice", node="login", output=f"{HOME}/rows.out")
    lab.wait(lambda: lab.jobs("RUNNING") != [])
    second = bundle.script("run-rows", check=False)
    assert second.returncode == 1
    assert "runs it; gone? remove " in second.stderr, "one driver at a time"
    assert bundle.script("cancel", "bench").returncode == 0
    lab.wait(lambda: "these rows have not ended well: 1 2\n" in output.read_text())
    assert "bin/cancel.sh has ended it\n" in output.read_text()
    assert lab.jobs("PENDING,RUNNING") == []
    _, again = interrupted(bundle, "rows", lambda: lab.jobs("RUNNING"), "2")
    assert ": rows 2\n" in again, "and goes on where somebody asks for it"


def test_fleets_of_a_batch_are_registered_each_by_its_number(
    lab: Lab,
    service: ClientService,
) -> None:
    clients = {"fleet": fleet("ends", create=True)}
    fleets = {"client": "fleet", "batch": ["201:1:5", "202:2:6"], "max_parallel": 1}
    recipe = {"name": "fleets", "clients": clients, "experiments": {"fleets": fleets}}
    bundle = install(lab, "fleets", json.dumps(recipe))
    done = bundle.script("run-fleets").stdout
    assert done.count("exit 0: done") == 2
    for row, (number, nodes) in zip(listed(bundle, "fleets"), ((201, 1), (202, 2)), strict=True):
        job = lab.job(int(row["job"]))
        assert f"JobName=fleets-fleet.fleets.{number} " in job.record
        assert f"NumNodes={nodes} " in job.record
        group = json.loads(bundle.path(f"results/fleet/{job.id}/result.json").read_text())
        assert (group["benchmark_id"], group["num_clients"]) == (number, nodes)
        assert service.requests(number).count("POST /connect 201") == nodes
