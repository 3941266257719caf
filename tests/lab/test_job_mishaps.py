"""What may befall a job on a real cluster: how it ends then, and what its helpers say of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.lab.bundles import (
    Bundle,
    deploy,
    finish,
    install,
    outcome,
    processes,
    sandbox,
    set_and_get,
    status_table,
)
from tests.lab.cluster import Job, Lab
from tests.lab.faults import NODE, ON_NODE, SERVER
from tests.lab.resp import Redis
from tests.lab.shared_jobs import CACHE

SLEEPS = {"kind": "command", "command": ["sleep", "600"]}
ASLEEP = re.compile("(/usr/bin/)?sleep 600")
KEPT = {"persistence": "aof"}


def deployed(lab: Lab, name: str, *, service: Any = None, **clients: Any) -> Bundle:
    """A Redis, and these clients, which need not talk to it."""
    cache = {"kind": "redis", "image": lab.image("redis"), **(service or {})}
    recipe = {"name": name, "services": {"cache": cache}, "clients": clients}
    return install(lab, name, json.dumps(recipe))


def shared(lab: Lab, name: str) -> Bundle:
    """A Redis and a client that sleeps, in the job `both`."""
    lab.image("redis")
    recipe = {
        "name": name,
        "jobs": {"both": {}},
        "services": {"cache": {**CACHE, "job": "both"}},
        "clients": {"bench": {**SLEEPS, "job": "both"}},
    }
    return install(lab, name, json.dumps(recipe))


def last_word(bundle: Bundle, job: int, name: str = "cache") -> str:
    return bundle.path(f"{name}/{job}/ended").read_text()


def failed(bundle: Bundle, job: int, name: str, status: int, why: str) -> None:
    """It ended with `status`, said why, and bin/status.sh says the same."""
    ended = bundle.lab.wait_job(job)
    assert outcome(ended) == ("FAILED", f"{status}:0"), bundle.lab.story(job)
    assert re.search(f"exit {status}: {why}", last_word(bundle, job, name))
    shown = status_table(bundle)[job]
    assert shown[:2] == [name, "FAILED"]
    assert re.search(why, shown[2])


# --- it dies before it has begun ------------------------------------------------------------------


def test_a_client_that_cannot_write_its_results_says_so(lab: Lab) -> None:
    bundle = deployed(lab, "unwritable-results", bench=SLEEPS)
    lab.run(["mkdir", "-p", f"{bundle.run}/results"])
    lab.run(["chmod", "500", f"{bundle.run}/results"])
    job = bundle.sbatch(job="bench")
    failed(bundle, job, "bench", 73, f"cannot write {bundle.run}/results/bench/{job}")


def test_so_it_does_in_a_job_that_it_shares(lab: Lab) -> None:
    bundle = shared(lab, "unwritable-share")
    lab.run(["mkdir", "-p", f"{bundle.run}/results"])
    lab.run(["chmod", "500", f"{bundle.run}/results"])
    job = bundle.sbatch(job="both")
    finish(bundle, job, "FAILED", "73:0")
    why = f"exit 73: cannot write {bundle.run}/results/bench/{job}\n"
    assert last_word(bundle, job, "bench").endswith(why)
    assert last_word(bundle, job).endswith("exit 0: asked to end\n")


def test_whatever_ends_a_job_early_is_told(lab: Lab) -> None:
    absent = deploy(lab, "early", service={"image": "/images/absent.sif"}, client={})
    service = absent.sbatch()
    client = absent.sbatch(job="bench", env={"CLIENTS": "none"})
    failed(absent, service, "cache", 78, "there is no image /images/absent.sif")
    failed(absent, client, "bench", 78, "CLIENTS='?none'? is not a whole number")


def test_a_job_without_a_home_in_its_environment_takes_the_users(lab: Lab) -> None:
    bundle = deploy(lab, "homeless")
    bare = ["env", "-u", "HOME", "-u", "USER", "-u", "LOGNAME"]
    script = f"{bundle.place}/jobs/cache.sbatch"
    for export in ("ALL", "NONE", "NIL"):
        argv = [*bare, "sbatch", "--parsable", f"--export={export}", script]
        job = int(lab.run(argv).stdout)
        bundle.ready(job)
        assert "SSH TUNNEL: ssh alice@" in lab.job(job).log.read_text()
    shown = lab.run([*bare, f"{bundle.place}/bin/status.sh"]).stdout
    assert re.search(rf"cache +{job} +READY", shown)
    connect = (
        f'set -u; . {bundle.place}/connections/cache.env && echo "$REDIS_PORT ${{HOME-unset}}"'
    )
    printed = lab.run([*bare, "bash", "-c", connect]).stdout
    assert printed.startswith(f"{bundle.endpoint(job)['PORT']} ")


# --- it is killed ---------------------------------------------------------------------------------


def everywhere(lab: Lab) -> list[str]:
    """The command lines of alice's processes on all compute nodes."""
    return [line for node in lab.nodes for line in processes(lab, node)]


def test_nothing_of_a_killed_script_runs_on(lab: Lab) -> None:
    """Of a service, one that ignores TERM too, of a client and its tasks, and of a shared job."""
    clients = {
        "bare": SLEEPS,
        "boxed": {**SLEEPS, "image": lab.image("redis")},
        "tasks": {**SLEEPS, "per": "node", "resources": {"nodes": 2}},
    }
    alone = deployed(lab, "killed", service=KEPT, **clients)
    server = f"trap '' TERM\n({SERVER} \"$@\") &\nwhile :; do sleep 1; done"
    deaf = deploy(lab, "killed-deaf", service={"image": sandbox(lab, "killed-deaf", server)})
    both = shared(lab, "killed-both")
    parts = [
        (alone, "cache"),
        (deaf, "cache"),
        (both, "both"),
        *((alone, client) for client in clients),
    ]
    jobs = [bundle.sbatch(job=name) for bundle, name in parts]
    for (bundle, _), job in zip(parts[:3], jobs, strict=False):
        bundle.ready(job)
    lab.wait(lambda: len([1 for line in everywhere(lab) if ASLEEP.match(line)]) == 5)
    for job in jobs:
        lab.kill_script(job)
    for job in jobs:
        assert outcome(lab.wait_job(job)) == ("FAILED", "0:9")
    lab.wait(lambda: not everywhere(lab))


def test_the_data_of_a_suspended_job_passes_on_after_its_cancellation(lab: Lab) -> None:
    bundle = deploy(lab, "suspended", service=KEPT)
    job = bundle.sbatch(ON_NODE)
    bundle.ready(job)
    assert set_and_get(bundle, job, "kept") == "kept"
    lab.run(["scontrol", "suspend", str(job)], user="root")
    lab.wait_job(job, "SUSPENDED")
    refused = bundle.script("cancel", check=False)
    assert refused.returncode == 1
    assert refused.stderr == f"is suspended, so it cannot end in order, cancelled: {job}\n"
    lab.wait_job(job)
    assert status_table(bundle)[job][:2] == ["cache", "CANCELLED"]
    left = [path.name for path in lab.path("/tmp", NODE).glob(f"hpcgen.{job}.*")]
    assert left, "it was killed, and could remove nothing"
    lab.wait(lambda: not processes(lab, NODE))
    heir = bundle.sbatch(ON_NODE)
    bundle.ready(heir)
    with bundle.redis(heir) as redis:
        assert redis.ask("GET", "whose") == "kept"
    lab.wait(lambda: not any(lab.path(f"/tmp/{name}", NODE).exists() for name in left))
    log = lab.job(heir).log
    lab.wait(lambda: f"removed /tmp/{left[0]}, which job {job} had left" in log.read_text())
    assert f"takes {bundle.run}/data/cache over from job {job}" in log.read_text()


@contextmanager
def failing(lab: Lab, node: str) -> Iterator[None]:
    """Slurm takes the node for one that has failed, meanwhile."""
    name = f"nodename={node}"
    lab.run(["scontrol", "update", name, "state=DOWN", "reason=test"], user="root")
    try:
        yield
    finally:
        resume = ["scontrol", "update", name, "state=RESUME"]
        lab.run(resume, user="root", check=False)  # unless its daemon has done so already
        look = ["sinfo", "--noheader", f"--nodes={node}", "--partition=cpu", "--format=%T"]
        lab.wait(lambda: lab.run(look).stdout.strip() == "idle")


def test_a_job_whose_node_has_failed_is_shown_so(lab: Lab) -> None:
    bundle = deploy(lab, "node-fail")
    node = lab.nodes[-1]
    job = bundle.sbatch(f"--nodelist={node}")
    bundle.ready(job)
    with failing(lab, node):
        lab.wait_job(job, "NODE_FAIL")
        assert status_table(bundle)[job][1] == "NODE_FAIL"
        lab.wait(lambda: not processes(lab, node))
        assert status_table(bundle)[job][1] == "NODE_FAIL", "whatever the script has said meanwhile"


def test_a_job_that_meets_its_time_limit_is_shown_so(lab: Lab) -> None:
    bundle = deployed(lab, "time-limit", bench=SLEEPS)
    job = bundle.sbatch(job="bench")
    lab.wait_job(job, "RUNNING")
    lab.run(["scontrol", "update", f"JobId={job}", "EndTime=now"], user="root")
    lab.wait_job(job, "TIMEOUT")
    assert status_table(bundle)[job][1] == "TIMEOUT"


# --- its files ------------------------------------------------------------------------------------

LIMIT = 102_400
PRINTS = 'for ((i = 0; i < $0; i++)); do printf "%099d\\n" "$i"; ((i % 50)) || sleep 0.5; done'


def kept_lines(log: Path) -> list[int]:
    """The numbers of the lines that a log has kept, in its older part and in itself."""
    older = Path(f"{log}.1").read_bytes()
    lines = (older + log.read_bytes()).split(b"\n")
    assert b"\0" not in older
    return [int(line) for line in lines if len(line) == 99]


def test_a_log_keeps_its_end_and_no_more_than_its_limit(lab: Lab) -> None:
    serves = f"({PRINTS}) & exec redis-server --save '' --protected-mode no --port $1"
    web = {
        "kind": "container",
        "image": lab.image("redis"),
        "port": 7000,
        "command": ["bash", "-c", serves, "1000000", {"port": "port"}],
        "log_limit": "100K",
    }
    prints = {"kind": "command", "command": ["bash", "-c", PRINTS, "2500"], "log_limit": "100K"}
    recipe = {"name": "prints", "services": {"web": web}, "clients": {"bench": prints}}
    bundle = install(lab, "prints", json.dumps(recipe))
    client, service = bundle.sbatch(job="bench"), bundle.sbatch(job="web")
    bundle.ready(service, service="web")
    logs = [bundle.path(f"web/{service}/web.log"), bundle.path(f"bench/{client}/bench.log")]
    largest = 0

    def has_ended() -> bool:
        nonlocal largest
        assert bundle.endpoint(service, "web"), "it serves all the while"
        largest = max(largest, *(log.stat().st_size for log in logs if log.exists()))
        return lab.job(client).state == "COMPLETED"

    lab.wait(has_ended, job=client)
    assert LIMIT < largest < 2 * LIMIT
    assert status_table(bundle)[service][1] == "READY"
    for log in logs:
        assert Path(f"{log}.1").stat().st_size <= LIMIT / 2
        numbers = kept_lines(log)
        assert numbers == sorted(numbers)
        assert len(numbers) > 0.9 * (numbers[-1] - numbers[0]), "hardly one is lost in between"
    assert kept_lines(logs[1])[-1] == 2499
    lab.wait(lambda: kept_lines(logs[0])[-1] > 2 * LIMIT / 100)


def mount(lab: Lab, place: str, *options: str) -> None:
    """A file system in memory at `place` of the node, alice's own; or, mounted, with others."""
    lab.run(["mkdir", "-p", place], user="root", node=NODE)
    uid = lab.path("/home/alice").stat().st_uid
    argv = ["mount", "-t", "tmpfs", "-o", ",".join([f"uid={uid}", "mode=700", *options])]
    lab.run([*argv, "tmpfs", place], user="root", node=NODE)


def test_a_full_disk_makes_a_service_unhealthy_until_there_is_space(lab: Lab) -> None:
    bundle = deploy(lab, "full", service={**KEPT, "readiness": {"timeout": 300, "interval": "1s"}})
    run = "/mnt/full"
    mount(lab, run, "size=3m")
    env = {"HPCGEN_RUN_DIR": run}
    job = bundle.sbatch(ON_NODE, env=env)
    here = f"{run}/cache/{job}"
    lab.wait(lab.path(f"{here}/endpoint", NODE).exists, job=job)
    end = dict(
        line.split("=", 1) for line in lab.path(f"{here}/endpoint", NODE).read_text().split()
    )
    password = lab.path(f"{run}/secrets/cache.password", NODE).read_text()

    def shown() -> str:
        argv = [f"{bundle.place}/bin/status.sh"]
        return lab.run(argv, node=NODE, env=env).stdout.splitlines()[1]

    with Redis(end["HOST"], end["PORT"], password) as redis:
        keys = iter(range(10_000))
        lab.wait(lambda: redis.ask("SET", str(next(keys)), "x" * 200_000).startswith("MISCONF"))
        lab.wait(lambda: " UNHEALTHY " in shown(), job=job)
        assert re.search(r"UNHEALTHY +Redis answers -MISCONF .*No space left on device", shown())
        lab.run(["mount", "-o", "remount,size=64m", run], user="root", node=NODE)
        lab.wait(lambda: " READY " in shown(), job=job)
        assert redis.ask("SET", "key", "value") == "OK"
    log = lab.job(job).log.read_text()
    assert log.index(" unhealthy: Redis answers -MISCONF") < log.index(" healthy again")
    assert lab.job(job).state == "RUNNING"


def tell_script(lab: Lab, job: Job, signal: str) -> None:
    """Send a signal to the job's batch script, and to what it runs in the background."""
    argv = ["pkill", f"-{signal}", "-f", f"job{job.id:05d}/slurm_script"]
    lab.run(argv, user="root", node=job.node)


def test_a_job_whose_directory_is_removed_ends_and_is_not_overlooked(lab: Lab) -> None:
    bundle = deploy(lab, "removed")
    job = bundle.sbatch()
    bundle.ready(job)
    record = lab.job(job)
    tell_script(lab, record, "STOP")
    lab.run(["rm", "-r", bundle.run])
    cancelled = bundle.script("cancel", check=False)
    assert (cancelled.returncode, cancelled.stdout) == (75, "")
    unknown = f"job {job} is cache.sbatch of this bundle, and {bundle.run} has no record of it"
    assert unknown in cancelled.stderr
    tell_script(lab, record, "CONT")
    ended = lab.wait_job(job)
    assert outcome(ended) == ("FAILED", "73:0")
    why = f"FATAL: {bundle.run}/cache/{job} was removed while it ran"
    assert why in ended.log.read_text()


def test_jobs_of_a_bundle_that_is_moved_away_run_with_what_was_kept(lab: Lab) -> None:
    bundle = deploy(lab, "moved", service=KEPT, client={"requests": 100})
    with lab.closed("debug"):
        jobs = bundle.submit(env={"SBATCH_PARTITION": "debug"})
        away = f"{bundle.place}-away"
        lab.run(["mv", bundle.place, away])
        assert {lab.job(job).state for job in jobs.values()} == {"PENDING"}
    finish(bundle, jobs["bench"])
    moved = Bundle(lab, bundle.name, away, bundle.user, bundle.run)
    moved.script("cancel", env={"HPCGEN_RUN_DIR": bundle.run})
    finish(bundle, jobs["cache"])


# --- who connects to it ---------------------------------------------------------------------------

CALLER = r"""
set -eu
IFS=:
for name in cat ls squeue awk env sed cut date mkdir id timeout; do
  eval "$name() { echo \"\$FUNCNAME is not to be called\" >&2; return 9; }"
  export -f "$name"
done
unset name
shopt -s failglob nullglob dotglob
set -f -o posix
HOST=mine PORT=mine STATUS=mine JOB=mine host=mine port=mine url=mine secret=mine exports=mine
RUN=mine BUNDLE=mine ID=mine SERVICE=mine KEY=mine VALUE=mine ANSWER=mine NAME=mine UNSET=mine
export LC_ALL=C.UTF-8 STATUS
{ declare -p; set +o; shopt -p; } >"$1/before" || true
. "$0"
{ declare -p; set +o; shopt -p; } >"$1/after" || true
"""
DYNAMIC = (
    "_ BASHPID RANDOM SRANDOM SECONDS EPOCHSECONDS EPOCHREALTIME LINENO BASH_COMMAND PIPESTATUS"
)
DOCUMENTED = "REDIS_HOST REDIS_PORT REDISCLI_AUTH REDIS_URL " + " ".join(
    f"HPCGEN_CACHE_{part}" for part in ("HOST", "PORT", "URL")
)


def shell_state(path: Path) -> set[str]:
    """What a shell had told of its variables and its options, without what changes by itself."""
    lines = path.read_text().splitlines()
    dynamic = re.compile(rf"declare -\S+ ({DYNAMIC.replace(' ', '|')})(=|$)")
    return {line for line in lines if not dynamic.match(line)}


def test_only_bash_takes_a_connection_file(lab: Lab) -> None:
    bundle = deploy(lab, "shells")
    file = f"{bundle.place}/connections/cache.env"
    for shell in ("dash", "sh"):
        for line in ('. "$0"', 'set -eu; . "$0" || exit'):
            sourced = lab.run([shell, "-c", line, file], check=False)
            assert (sourced.returncode, sourced.stdout) == (64, "")
            assert sourced.stderr == "cache.env: source it from bash\n"


def test_a_connection_file_changes_nothing_else_of_who_sources_it(lab: Lab) -> None:
    bundle = deploy(lab, "sourced")
    job = bundle.sbatch()
    bundle.ready(job)
    file = f"{bundle.place}/connections/cache.env"
    for number, env in enumerate(({}, {"SHELLOPTS": "braceexpand:noglob"}), 1):
        place = f"/home/alice/sourced-{number}"
        lab.run(["mkdir", place])
        lab.run(["bash", "-c", CALLER, file, place], env=env)
        before, after = (
            shell_state(lab.path(f"{place}/before")),
            shell_state(lab.path(f"{place}/after")),
        )
        assert not before - after
        names = {re.findall(r"declare -x (\w+)=", line)[0] for line in after - before}
        assert names == set(DOCUMENTED.split())


# --- its node -------------------------------------------------------------------------------------


@contextmanager
def named(lab: Lab, node: str, name: str, hosts: str) -> Iterator[None]:
    """The node has another name meanwhile, and these lines first in its /etc/hosts."""
    file = lab.path("/etc/hosts", node)
    before = file.read_text()
    lab.run(["hostname", name], user="root", node=node)
    file.write_text(hosts + before)
    try:
        yield
    finally:
        file.write_text(before)
        lab.run(["hostname", node], user="root", node=node)


def test_the_name_of_a_node_may_be_odd_and_tell_no_address(lab: Lab) -> None:
    entry = {"kind": "redis", "image": lab.image("redis"), "resources": {"time": "00:10:00"}}
    recipe = json.dumps({"name": "named", "services": {"cache": entry}})
    interface = install(lab, "named", recipe)
    resolves = install(lab, "named", recipe, cluster="generic")
    node = lab.nodes[-1]
    on = f"--nodelist={node}"
    with named(lab, node, "NODE05X", ""):
        job = interface.sbatch(on)
        assert interface.ready(job)["NODE"] == "NODE05X"
        assert interface.connect("true").returncode == 0
        lost = lab.wait_job(resolves.sbatch(on))
        assert outcome(lost) == ("FAILED", "78:0")
        why = "exit 78: NODE05X resolves to nothing; name an interface"
        assert why in last_word(resolves, lost.id)
    with named(lab, node, "NODE05X", "::1 localhost NODE05X\n127.0.1.1 NODE05X\n"):
        lost = lab.wait_job(resolves.sbatch(on))
        assert outcome(lost) == ("FAILED", "78:0")
        assert "exit 78: NODE05X resolves to 127." in last_word(resolves, lost.id)
    with named(lab, node, node, f"::1 localhost ip6-localhost {node}\n"):
        job = resolves.sbatch(on)
        assert resolves.ready(job)["HOST"].endswith(".15")
        assert resolves.connect("true").returncode == 0


# --- how it ends ----------------------------------------------------------------------------------


def test_a_job_has_said_its_last_word_before_it_tidies_its_node(lab: Lab) -> None:
    bundle = deploy(lab, "tidies", service=KEPT)
    job = bundle.sbatch(ON_NODE)
    bundle.ready(job)
    (place,) = lab.path("/tmp", NODE).glob(f"hpcgen.{job}.*")
    inside = f"/tmp/{place.name}"
    lab.run(["mkdir", f"{inside}/kept", f"{inside}/removed"], node=NODE)
    lab.run(["touch", f"{inside}/kept/file"], node=NODE)
    lab.run(["chmod", "500", f"{inside}/kept"], node=NODE)  # so that the directory stays
    bundle.script("cancel")
    finish(bundle, job)
    lab.wait(lambda: not processes(lab, NODE))
    assert [path.name for path in place.iterdir()] == ["kept"]
    assert bundle.path(f"cache/{job}/ended").stat().st_mtime <= place.stat().st_mtime
    lab.run(["chmod", "700", f"{inside}/kept"], node=NODE)
    lab.run(["rm", "-r", inside], node=NODE)


def test_a_dead_servers_endpoint_goes_while_its_container_is_still_there(lab: Lab) -> None:
    bundle = deploy(lab, "lingers", service=KEPT)
    job = bundle.sbatch(ON_NODE)
    bundle.ready(job)
    argv = ["pgrep", "-u", "alice", "-f", "^Apptainer runtime parent"]
    parent = lab.run(argv, user="root", node=NODE).stdout.split()
    lab.run(["kill", "-STOP", *parent], user="root", node=NODE)
    lab.run(["pkill", "-KILL", "-u", "alice", "-x", "redis-server"], user="root", node=NODE)
    lab.wait(lambda: not bundle.endpoint(job), job=job)
    assert lab.job(job).state == "RUNNING"
    assert lab.run(argv, user="root", node=NODE).stdout.split() == parent
    lab.run(["kill", "-CONT", *parent], user="root", node=NODE)
    assert outcome(lab.wait_job(job)) == ("FAILED", "69:0")
