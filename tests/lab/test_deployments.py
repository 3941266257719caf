"""Where a deployment keeps its files, that deployments never mix, and what its helpers do."""

from __future__ import annotations

import os
import re

from tests.lab.bundles import (
    Bundle,
    default_run,
    deploy,
    detach,
    outcome,
    set_and_get,
    status_table,
)
from tests.lab.cluster import Lab

ON_NODE = "--nodelist=node01"


# --- the same recipe twice ------------------------------------------------------------------------


def test_two_jobs_of_one_checkout_serve_side_by_side(lab: Lab) -> None:
    bundle = deploy(lab, "twice")
    first = bundle.sbatch(ON_NODE)
    one = bundle.ready(first)
    second = bundle.sbatch(ON_NODE)
    two = bundle.ready(second)
    assert one["NODE"] == two["NODE"]
    assert one["PORT"] != two["PORT"]
    assert one["NONCE"] != two["NONCE"]
    assert set_and_get(bundle, first, "first") == "first"
    assert set_and_get(bundle, second, "second") == "second"
    lab.wait(lambda: str(bundle.path("cache/current").readlink()) == str(second))
    lab.run(["scancel", str(first)])
    lab.wait(lambda: not bundle.endpoint(first))
    assert bundle.connect('echo "$REDIS_PORT"').stdout == f"{two['PORT']}\n"
    with bundle.redis(second) as redis:
        assert redis.ask("GET", "whose") == "second"


def test_the_older_of_two_jobs_serves_on_when_the_newer_ends(lab: Lab) -> None:
    bundle = deploy(lab, "older")
    first = bundle.sbatch()
    bundle.ready(first)
    second = bundle.sbatch()
    bundle.ready(second)
    lab.run(["scancel", str(second)])
    lab.wait(lambda: not bundle.endpoint(second))
    assert set_and_get(bundle, first, "older") == "older"
    assert bundle.connect("true").returncode == 1, "`current` is the newer one's, which is gone"


def test_jobs_that_start_at_once_take_ports_of_their_own(lab: Lab) -> None:
    bundle = deploy(lab, "at-once")
    jobs = [bundle.sbatch(ON_NODE) for _ in range(4)]
    ports = {bundle.ready(job)["PORT"] for job in jobs}
    assert len(ports) == len(jobs)
    for job in jobs:
        assert set_and_get(bundle, job, str(job)) == str(job)
    with_values = [bundle.redis(job) for job in jobs]
    for job, redis in zip(jobs, with_values, strict=True):
        with redis:
            assert redis.ask("GET", "whose") == str(job)


def test_kept_data_has_one_owner(lab: Lab) -> None:
    bundle = deploy(lab, "owner", service={"persistence": "aof"})
    first = bundle.sbatch(ON_NODE)
    bundle.ready(first)
    second = lab.wait_job(bundle.sbatch(ON_NODE))
    assert outcome(second) == ("FAILED", "78:0")
    message = f"job {first} holds {bundle.run}/data/cache; stop it first: bin/cancel.sh cache"
    assert message in second.log.read_text()
    assert bundle.connect("true").returncode == 0
    assert set_and_get(bundle, first, "kept") == "kept"


def test_checkouts_and_users_never_mix(lab: Lab) -> None:
    one = deploy(lab, "mine", place="/home/alice/checkout-1")
    two = deploy(lab, "mine", place="/home/alice/checkout-2")
    bobs = deploy(lab, "mine", place="/home/bob/checkout-1", user="bob")
    bundles = (one, two, bobs)
    jobs = [bundle.sbatch(ON_NODE) for bundle in bundles]
    endpoints = [bundle.ready(job) for bundle, job in zip(bundles, jobs, strict=True)]
    assert len({bundle.run for bundle in bundles}) == 3
    assert len({bundle.password() for bundle in bundles}) == 3
    assert len({endpoint["PORT"] for endpoint in endpoints}) == 3
    for bundle, job in zip(bundles, jobs, strict=True):
        assert set_and_get(bundle, job, bundle.run) == bundle.run
    for bundle, job, endpoint in zip(bundles, jobs, endpoints, strict=True):
        with bundle.redis(job) as redis:
            assert redis.ask("GET", "whose") == bundle.run
        shown = bundle.connect('echo "$REDIS_PORT $REDISCLI_AUTH"').stdout
        assert shown == f"{endpoint['PORT']} {bundle.password()}\n"


def test_two_users_share_one_checkout(lab: Lab) -> None:
    lab.run(["install", "-d", "-m", "755", "/home/shared"], user="root")
    alices = deploy(lab, "shared", place="/home/shared/checkout", user="alice")
    place, name = alices.place, alices.name
    bobs = Bundle(lab, name, place, "bob", default_run(lab, name, place, "bob"))
    jobs = [bundle.sbatch(ON_NODE) for bundle in (alices, bobs)]
    for bundle, job in zip((alices, bobs), jobs, strict=True):
        bundle.ready(job)
        assert set_and_get(bundle, job, bundle.user) == bundle.user
    assert alices.run != bobs.run
    assert alices.password() != bobs.password()


# --- what readers see -----------------------------------------------------------------------------

READER = """
reads=0 whole=0
until [[ -e $2 ]]; do
  line='' last='' lines=0
  while IFS= read -r line; do last=$line lines=$((lines + 1)); done 2>/dev/null <"$1"
  reads=$((reads + 1))
  ((lines == 0)) && continue
  [[ $lines == 7 && $last == COMPLETE=1 ]] || { echo "torn: $lines lines, then $last"; exit 1; }
  whole=$((whole + 1))
done
echo "$reads $whole"
"""


def test_no_reader_ever_sees_half_an_endpoint(lab: Lab) -> None:
    bundle = deploy(lab, "torn")
    current, stop = f"{bundle.run}/cache/current/endpoint", f"{bundle.run}/stop"
    argv = ["bash", "-c", READER, "reader", current, stop]
    detach(lab, argv, user="alice", node="node03", output="/home/alice/reads")
    for _ in range(3):
        jobs = [bundle.sbatch() for _ in range(3)]
        places = {f"{end['HOST']}:{end['PORT']}\n" for end in map(bundle.ready, jobs)}
        seen = bundle.connect('echo "$REDIS_HOST:$REDIS_PORT"')
        assert seen.stdout in places, seen.stderr
        lab.run(["scancel", *map(str, jobs)])
        lab.wait(lambda: not any(map(bundle.endpoint, jobs)))  # noqa: B023
    bundle.path("stop").touch()
    tally = lab.path("/home/alice/reads")
    lab.wait(lambda: tally.read_text().endswith("\n"))
    assert "torn" not in tally.read_text()
    reads, complete = map(int, tally.read_text().split())
    assert reads > complete > 100


# --- ways to submit -------------------------------------------------------------------------------


def test_a_job_runs_from_anywhere_and_logs_where_it_was_submitted(lab: Lab) -> None:
    bundle = deploy(lab, "anywhere")
    lab.run(["mkdir", "empty"])
    job = bundle.sbatch(cwd="/home/alice/empty")
    bundle.ready(job)
    log = lab.path(f"/home/alice/empty/anywhere-cache-{job}.log")
    assert "SLURM_JOB_ID: " in log.read_text()
    assert [path.name for path in log.parent.iterdir()] == [log.name]
    assert bundle.path(f"cache/{job}/job.log").is_symlink()
    submitted = bundle.submit()["cache"]
    bundle.ready(submitted)
    log = bundle.path(f"logs/anywhere-cache-{submitted}.log")
    lab.wait(lambda: " ready\n" in log.read_text(), job=submitted)


def test_lines_that_people_grep_for(lab: Lab) -> None:
    bundle = deploy(lab, "greppable")
    job = bundle.sbatch()
    end = bundle.ready(job)
    log = lab.job(job).log
    lab.wait(lambda: "ready" in log.read_text())
    first_lines = [
        f"SLURM_JOB_ID: {job}",
        f"HEAD NODE: {end['NODE']}",
        f"IP ADDRESS: {end['HOST']}",
        f"SSH TUNNEL: ssh alice@login -NL {end['PORT']}:{end['HOST']}:{end['PORT']}",
    ]
    assert log.read_text().splitlines()[:4] == first_lines


def test_submitted_without_any_environment(lab: Lab) -> None:
    bundle = deploy(lab, "bare", client={})
    job = bundle.sbatch("--export=NONE")
    bundle.ready(job)
    client = lab.wait_job(bundle.sbatch("--export=NONE", job="bench"))
    assert outcome(client) == ("COMPLETED", "0:0"), client.log.read_text()


def test_what_a_login_shell_exports_changes_nothing(lab: Lab) -> None:
    bundle = deploy(lab, "inherits")
    names = ("APPTAINER_BIND", "APPTAINER_IMAGE", "CDPATH", "ENV", "PORT", "RUN", "HERE", "PID")
    env = dict.fromkeys(names, "/home/alice/hostile")
    plain, hostile = bundle.sbatch(), bundle.sbatch(env={**env, "HOSTNAME": "login", "IP": "::1"})
    one, two = bundle.ready(plain), bundle.ready(hostile)
    assert one.keys() == two.keys()
    assert (two["HOST"], two["NODE"]) == (one["HOST"], one["NODE"])
    assert not lab.path("/home/alice/hostile").exists()


def from_stdin(lab: Lab, bundle: Bundle, cwd: str, env: dict[str, str] | None = None) -> int:
    script = lab.path(f"{bundle.place}/jobs/cache.sbatch").read_text()
    return int(lab.run(["sbatch", "--parsable"], cwd=cwd, env=env, stdin=script).stdout)


def test_a_script_from_stdin_needs_to_be_told_its_bundle(lab: Lab) -> None:
    bundle = deploy(lab, "stdin")
    lost = lab.wait_job(from_stdin(lab, bundle, "/home/alice"))
    assert outcome(lost) == ("FAILED", "78:0")
    assert "submit it with: HPCGEN_BUNDLE=DIRECTORY sbatch ..." in lost.log.read_text()
    job = from_stdin(lab, bundle, "/home/alice", {"HPCGEN_BUNDLE": bundle.place})
    inside = from_stdin(lab, bundle, bundle.place)
    bundle.ready(job)
    bundle.ready(inside)
    assert bundle.connect("true").returncode == 0


def test_in_an_allocation_a_job_runs_on_its_node_and_nowhere_else(lab: Lab) -> None:
    bundle = deploy(lab, "within", client={}, place="/home/alice/it's within")
    script = f"{bundle.place}/jobs/cache.sbatch"
    refused = lab.run(["salloc", "--quiet", "bash", script], check=False)
    assert refused.returncode == 78
    line = refused.stdout.strip().split("sbatch it, or: ")[1]
    assert lab.run(["bash", "-c", f"printf %s {line.split('-n1 ')[1]}"]).stdout == script
    assert not bundle.path(".").exists(), "nothing ran on the login node"
    detach(lab, ["salloc", "--quiet", "sh", "-c", line], user="alice", node="login")
    lab.wait(lambda: lab.jobs("RUNNING"))
    (job,) = lab.jobs("RUNNING")
    lab.wait(lambda: bundle.endpoint(job))
    nodes = lab.run(["squeue", "--noheader", f"--jobs={job}", "--format=%N"]).stdout.strip()
    assert bundle.endpoint(job)["NODE"] == nodes
    assert status_table(bundle)[job][1] == "READY"
    bench = ["salloc", "--quiet", "sh", "-c", line.replace("cache.sbatch", "bench.sbatch")]
    assert " exit 0: done\n" in lab.run(bench, cwd="/tmp").stdout
    lab.run(["scancel", str(job)])
    lab.wait(lambda: not bundle.endpoint(job))


def array(bundle: Bundle, job: str = "cache") -> dict[int, int]:
    """The jobs of an array of two, by their tasks."""
    first = bundle.sbatch("--array=0-1", job=job)
    argv = ["squeue", "--noheader", f"--jobs={first}", "--states=all", "--format=%K %A"]
    lab = bundle.lab
    lab.wait(lambda: len(lab.run(argv).stdout.split()) == 4 and len(lab.jobs("PENDING")) == 0)
    return {int(task): int(job) for task, job in map(str.split, lab.run(argv).stdout.splitlines())}


def test_the_tasks_of_an_array_are_jobs_of_their_own(lab: Lab) -> None:
    bundle = deploy(lab, "array", client={})
    jobs = sorted(array(bundle).values())
    for job in jobs:
        bundle.ready(job)
        assert set_and_get(bundle, job, str(job)) == str(job)
        bundle.path("cache/current").unlink()
        bundle.path("cache/current").symlink_to(str(job))
        assert bundle.connect("true").returncode == 0, "Slurm tells of both for the array's id"
    assert {job: line[1] for job, line in status_table(bundle).items()} == dict.fromkeys(
        jobs, "READY"
    )
    for job in array(bundle, "bench").values():
        assert outcome(lab.wait_job(job)) == ("COMPLETED", "0:0")
        assert bundle.path(f"results/bench/{job}/result.json").exists()
    bundle.script("clean", "--yes")
    assert all(bundle.endpoint(job) for job in jobs), "they run"
    lab.run(["scancel", f"{jobs[0]}_1"])
    lab.wait(lambda: [bool(bundle.endpoint(job)) for job in jobs].count(True) == 1)
    bundle.script("cancel")
    assert not lab.jobs()


def test_the_data_of_an_arrays_task_passes_on_though_another_runs(lab: Lab) -> None:
    bundle = deploy(lab, "array-data", service={"persistence": "aof"})
    lab.write("/home/alice/sleeps", "#!/bin/sh\nsleep 300\n")
    first = lab.sbatch("sleeps", "--array=0-1", cwd="/home/alice")
    lab.wait(lambda: len(lab.jobs("RUNNING")) == 2)
    assert first in lab.jobs("RUNNING")
    lab.run(["mkdir", "-p", f"{bundle.run}/data/cache/.owner/{first}.killed"])
    held = lab.wait_job(bundle.sbatch())
    assert outcome(held) == ("FAILED", "78:0")
    lab.run(["scancel", f"{first}_1"])
    lab.wait_job(first)
    assert len(lab.jobs("RUNNING")) == 1
    bundle.ready(bundle.sbatch())


# --- a second start -------------------------------------------------------------------------------


def test_a_requeued_job_goes_on_with_its_data_and_is_not_taken_for_its_former_self(
    lab: Lab,
) -> None:
    service = {"persistence": "aof", "resources": {"time": "00:10:00", "requeue": True}}
    bundle = deploy(lab, "requeued", service=service, client={})
    job = bundle.submit("cache")["cache"]
    before, password = bundle.ready(job), bundle.password()
    stale = bundle.path(f"cache/{job}/endpoint").read_text()
    assert set_and_get(bundle, job, "kept") == "kept"
    lab.run(["scontrol", "requeue", str(job)])
    lab.wait(lambda: not bundle.endpoint(job))
    waiting = bundle.submit("bench", env={"HPCGEN_JOBS": f"cache={job}"})["bench"]
    lab.wait(bundle.path(f"bench/{waiting}/missing").exists, job=waiting)
    lab.wait(lambda: lab.job(job).state == "PENDING")
    lab.write(f"{bundle.run}/cache/{job}/endpoint", stale)  # as a node that fails leaves it
    lost = bundle.connect("true")
    assert (lost.returncode, lost.stderr) == (
        2,
        f"job {job} of cache does not run: PENDING\n",
    )
    assert status_table(bundle)[job][:2] == ["cache", "PENDING"]
    lab.start_again(job)
    lab.wait(lambda: bundle.endpoint(job).get("NONCE", before["NONCE"]) != before["NONCE"], job=job)
    assert bundle.password() == password
    with bundle.redis(job) as redis:
        assert redis.ask("GET", "whose") == "kept"
    (owner,) = bundle.path("data/cache/.owner").iterdir()
    assert owner.name.startswith(f"{job}.{bundle.endpoint(job)['NONCE']}.lab.")
    assert bundle.connect("true").returncode == 0
    assert lab.job(job).log.read_text().count(" ready\n") == 2, "the log is appended to"
    client = lab.wait_job(waiting)
    assert outcome(client) == ("COMPLETED", "0:0"), "it gave up on what comes back"


# --- directories ----------------------------------------------------------------------------------


def test_a_bundle_may_be_read_only_and_its_path_hold_spaces(lab: Lab) -> None:
    bundle = deploy(lab, "odd", client={}, place="/home/alice/my read-only  bundle")
    lab.run(["chmod", "-R", "a-w", bundle.place])
    job = bundle.sbatch()
    bundle.ready(job)
    assert bundle.connect("true").returncode == 0
    submitted = bundle.submit()
    assert outcome(lab.wait_job(submitted["bench"])) == ("COMPLETED", "0:0")
    by_hand = lab.wait_job(bundle.sbatch(job="bench"))
    assert outcome(by_hand) == ("COMPLETED", "0:0"), by_hand.log.read_text()


def test_where_files_go_can_be_said(lab: Lab) -> None:
    bundle = deploy(lab, "placed", client={})
    for env, run in (
        ({"HPCGEN_RUN_DIR": "/home/alice/elsewhere"}, "/home/alice/elsewhere"),
        ({"HPCGEN_DEPLOYMENT": "mine"}, "/home/alice/hpcgen/placed-mine"),
    ):
        placed = Bundle(lab, bundle.name, bundle.place, bundle.user, run)
        job = placed.sbatch(env=env)
        placed.ready(job)
        assert placed.path(".").stat().st_mode & 0o777 == 0o700
        assert placed.connect("true", env=env).returncode == 0
        assert placed.connect("true").returncode == 1
        client = placed.submit("bench", env=env)["bench"]
        assert outcome(lab.wait_job(client)) == ("COMPLETED", "0:0")
        assert placed.path(f"results/bench/{client}/result.json").exists()
    assert not bundle.path(".").exists()


# --- helpers --------------------------------------------------------------------------------------


def test_submit_keeps_what_a_pending_job_needs(lab: Lab) -> None:
    bundle = deploy(lab, "keeps", client={})
    service = bundle.sbatch()
    bundle.ready(service)
    with lab.closed("debug"):
        pending = bundle.submit("bench", env={"SBATCH_PARTITION": "debug"})["bench"]
        connection = lab.path(f"{bundle.place}/connections/cache.env")
        connection.write_text(connection.read_text() + "# a later commit\n")
        assert lab.job(pending).state == "PENDING"
    by_hand = bundle.sbatch(job="bench")
    for job in (pending, by_hand):  # the copy is kept for both
        assert outcome(lab.wait_job(job)) == ("COMPLETED", "0:0")


def test_helpers_show_and_end_and_remove_what_is_the_deployments_own(lab: Lab) -> None:
    bundle = deploy(lab, "helped", service={"persistence": "aof"}, client={})
    other = deploy(lab, "helped-not")
    assert status_table(bundle) == {}
    assert bundle.script("logs", check=False).returncode == 1
    assert bundle.script("cancel").stdout == "nothing of this deployment is running\n"
    bystander = other.sbatch()
    jobs = bundle.submit()
    cache, bench = jobs["cache"], jobs["bench"]
    assert set(status_table(bundle)) == {cache, bench}
    bundle.ready(cache)
    other.ready(bystander)
    lab.wait_job(bench)
    shown = status_table(bundle)
    assert shown[cache] == ["cache", "READY", bundle.endpoint(cache)["NODE"]]
    assert shown[bench][:2] == ["bench", "COMPLETED"]
    assert shown[bench][2].endswith("exit 0: done")
    assert "SLURM_JOB_ID:" in bundle.script("logs", "cache").stdout
    assert '"kind": "redis-benchmark"' in bundle.script("logs", "bench").stdout
    assert bundle.script("logs", "absent", check=False).returncode == 64

    refused = bundle.script("clean", "--data", "--yes", check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "cache has not ended; first: bin/cancel.sh" in refused.stderr
    assert bundle.path("secrets/cache.password").exists()

    assert bundle.script("cancel").stdout.split() == ["ended:", str(cache)]
    assert outcome(lab.job(cache)) == ("COMPLETED", "0:0")
    assert lab.job(bystander).state == "RUNNING"
    assert status_table(bundle)[cache][2].endswith("exit 0: asked to end")

    would = bundle.script("clean")
    assert "nothing was removed; add --yes" in would.stderr
    assert f"{bundle.run}/cache/{cache}\n" in would.stdout
    assert bundle.path(f"cache/{cache}").exists()
    bundle.script("clean", "--yes")
    assert not bundle.path(f"cache/{cache}").exists()
    assert bundle.path(f"results/bench/{bench}/result.json").exists()
    assert bundle.path("data/cache").exists()
    bundle.script("clean", "--data", "--yes")
    left = {str(path.relative_to(bundle.path("."))) for path in bundle.path(".").rglob("*")}
    assert not [path for path in left if path.startswith(("data/c", "results/b", "secrets/c"))]
    assert other.path(f"cache/{bystander}").exists()
    assert other.connect("true").returncode == 0
    assert bundle.actions() == [
        f"submit cache {cache}",
        f"submit bench {bench}",
        f"cancel {cache}",
        "clean --yes",
        "clean --data --yes",
    ]


def why(bundle: Bundle, env: dict[str, str] | None = None) -> str:
    return bundle.script("status", "--why", env=env).stdout


def test_status_follows_a_job_through_its_life(lab: Lab) -> None:
    bundle = deploy(lab, "lives", service={"readiness": {"stable_for": 2}}, client={})
    nodes = (f"--nodes={len(lab.nodes)}", "--exclusive", "--time=5")
    lab.write("/home/alice/fills", "#!/bin/sh\nsleep 300\n")
    full = lab.sbatch("fills", *nodes, cwd="/home/alice")
    lab.wait_job(full, "RUNNING")
    job, never = (bundle.submit("cache")["cache"] for _ in range(2))
    assert status_table(bundle)[job][1] == "PENDING"
    waits = r"JobState=PENDING Reason=Resources .*StartTime=20\d\d-\d\d-\d\dT"
    lab.wait(lambda: re.search(waits, why(bundle)), job=job)  # once Slurm has planned it
    lab.run(["scancel", str(never), str(full)])
    lab.wait(lambda: status_table(bundle)[job][1] == "RUNNING", job=job)
    bundle.ready(job)
    assert status_table(bundle)[job][1] == "READY"
    lab.wait(lambda: re.search(rf"uses: {job}\.batch\|[0-9.]+K\|", why(bundle)), job=job)
    refused = bundle.sbatch(job="bench", env={"CLIENTS": "0"})
    lab.wait_job(refused)
    lab.run(["scancel", str(job)])
    lab.wait(bundle.path(f"cache/{job}/ended").exists, job=job)
    lab.wait_job(job)
    shown = status_table(bundle)
    assert shown[refused][1] == "FAILED"
    assert "exit 78: CLIENTS='0' is not a whole number" in shown[refused][2]
    assert shown[job][1] == "CANCELLED"
    assert shown[job][2].endswith("exit 143: terminated")
    assert shown[never][1:] == ["CANCELLED", "without a word: killed, or cancelled before it began"]
    assert "JobState=CANCELLED Reason=None" in why(bundle)


def test_helpers_explain_themselves_and_refuse_what_they_do_not_know(lab: Lab) -> None:
    bundle = deploy(lab, "usage", client={})
    for name in ("submit", "status", "logs", "cancel", "clean", "preflight"):
        usage = bundle.script(name, "--help")
        assert usage.stdout.startswith(f"usage: bin/{name}.sh")
        refused = bundle.script(name, "--no-such-thing", check=False)
        assert refused.returncode == 64, name
    dry = bundle.script("submit", "--dry-run")
    assert dry.stderr.count("sbatch --parsable") == 2
    assert not bundle.path(".").exists(), "a dry run writes nothing"
    assert not lab.jobs()


def test_preflight_tells_what_a_submit_would_lack(lab: Lab) -> None:
    bundle = deploy(lab, "flight", service={"password": {"file": "~/flight password"}}, client={})
    without = bundle.script("preflight", check=False)
    assert without.returncode == 1
    lines = [line.split(None, 1) for line in without.stdout.splitlines()]
    results = {text: result for result, text in lines}
    assert results["/home/alice/flight password must exist, be yours and have mode 600"] == "FAIL"
    assert results["image /images/redis.sif"] == "ok"
    assert len([text for text in results if text.startswith("Job ") and results[text] == "ok"]) == 2
    assert results[f"nodes cpu*: {len(lab.nodes)} idle"] == "note"
    lab.write("/home/alice/flight password", "a-password-of-two", mode=0o600)
    assert bundle.script("preflight").returncode == 0
    bundle.ready(bundle.submit("cache")["cache"])
    assert "reaches cache\n" in bundle.script("preflight", "--from-node").stdout
    bundle.script("cancel")
    gone = bundle.script("preflight", "--from-node", check=False)
    assert gone.returncode == 1
    assert "does not reach cache" in gone.stdout


def test_status_logs_and_clean_look_at_every_run(lab: Lab) -> None:
    bundle = deploy(lab, "runs", client={"requests": 100})
    first = bundle.submit()
    lab.wait_job(first["bench"])
    bundle.script("cancel")
    second = bundle.submit()
    bundle.ready(second["cache"])
    lab.wait_job(second["bench"])
    assert [status_table(bundle)[job][1] for job in (first["bench"], second["cache"])] == [
        "COMPLETED",
        "READY",
    ]
    why = bundle.script("status", "--why").stdout
    assert "JobState=RUNNING" in why
    assert "ExitCode=0:0" in why
    newest, every = (bundle.script("logs", *words).stdout for words in ((), ("--all",)))
    assert f"SLURM_JOB_ID: {first['cache']}" not in newest
    assert f"SLURM_JOB_ID: {first['cache']}" in every
    lab.write(f"{bundle.run}/bench/{first['bench']}/bench.log", "an Error of the program\n")
    errors = bundle.script("logs", "--errors").stdout
    assert errors.endswith("bench.log:an Error of the program\n")
    foreign = [
        bundle.path(name) for name in ("notes", "cache/notes", "logs/other-1.log", "other/1")
    ]
    for path in foreign:
        path.mkdir(parents=True)
        os.utime(path, (0, 0))
    assert bundle.script("clean", "--older-than=1").stdout == ""
    old = bundle.path(f"bench/{first['bench']}")
    os.utime(old, (0, 0))
    assert bundle.script("clean", "--older-than=1", "--yes").stdout.count("removed") == 2
    assert not old.exists()
    assert all(path.exists() for path in foreign), "it removes what the bundle wrote, and no more"
    assert bundle.script("clean", "--older-than=x", check=False).returncode == 64


def test_logs_are_found_by_whatever_name_the_recipe_gives_them(lab: Lab) -> None:
    """One with Slurm's own words for it, and one for errors; Slurm's are below the first's."""
    resources = {"time": "00:10:00", "output": "%u.%x.%5j.out", "error": "%N-%j.err"}
    bundle = deploy(lab, "lognames", service={"resources": resources})
    job = bundle.submit()["cache"]
    bundle.ready(job)
    names = {f"alice.lognames-cache.{job:05}.out", f"node01-{job}.err"}
    assert {path.name for path in bundle.path("logs").iterdir()} == names
    printed = bundle.script("logs", "cache").stdout
    assert all(f"{kind} <==" in printed for kind in ("job.log", "job.err"))
    assert f"SLURM_JOB_ID: {job}\n" in printed
    bundle.script("cancel")
    assert "COMPLETED" in bundle.script("status").stdout
    assert bundle.script("clean", "--yes").stdout.count("removed") == 3
    assert not any(bundle.path("logs").iterdir())
