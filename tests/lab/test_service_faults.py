"""What goes wrong when a service runs: each fault ends in its stated state, and says why."""

from __future__ import annotations

import re
from functools import partial

import pytest

from tests.lab.bundles import GRACE, Bundle, deploy, outcome, processes, sandbox
from tests.lab.cluster import Lab
from tests.lab.faults import NODE, ON_NODE, PORTS, SERVER, WAIT_FOR_GO, bind, squat
from tests.lab.resp import Redis
from tests.lab.writer import Writer

LISTEN = (
    "perl -MIO::Socket -e '$s = IO::Socket::INET->new(qw(Listen 9 LocalPort 6379 ReuseAddr 1)); "
)
REFUSE = r"while ($p = $s->accept) { print $p qq(-ERR no\r\n) }"
SECOND_SIGNAL = '[[ ${SECOND:-} ]] || { SECOND=sent; kill -TERM "$$"; }\n'


def withdrawn(bundle: Bundle, job: int) -> bool:
    return not bundle.endpoint(job)


def ends_without_a_process(lab: Lab) -> None:
    lab.wait(lambda: not processes(lab, NODE))


# --- it dies, or never gets ready -----------------------------------------------------------------


def test_death_before_it_is_ready_is_told_long_before_its_time_is_over(lab: Lab) -> None:
    image = sandbox(lab, "dies", "touch /data/died; echo 'no memory' >&2; exit 3")
    never = {"readiness": {"timeout": "20m"}, "resources": {"time": "00:30:00"}}
    bundle = deploy(lab, "dies", service={"image": image, **never})
    job = lab.wait_job(bundle.sbatch())
    log = job.log.read_text()
    assert outcome(job) == ("FAILED", "69:0"), log
    assert "FATAL: cache exited with 3 before it was ready" in log
    assert "no memory" in log, "the end of the service's own log belongs into the job's"
    assert not bundle.path("cache/current").is_symlink()
    assert bundle.path(f"cache/{job.id}/data/died").exists()


@pytest.mark.parametrize(("how", "status"), [("kill", 137), ("shutdown", 0)])
def test_death_after_it_was_ready_withdraws_the_endpoint(lab: Lab, how: str, status: int) -> None:
    bundle = deploy(lab, f"dead-by-{how}")
    job = bundle.sbatch(ON_NODE)
    bundle.ready(job)
    if how == "kill":
        lab.run(["pkill", "-KILL", "-u", "alice", "-x", "redis-server"], user="root", node=NODE)
    else:
        with bundle.redis(job) as redis, pytest.raises(ConnectionError):
            redis.ask("SHUTDOWN", "NOSAVE")
    lab.wait(lambda: not bundle.endpoint(job), job=job)
    assert outcome(lab.wait_job(job)) == ("FAILED", "69:0")
    assert f"FATAL: cache exited with {status}\n" in lab.job(job).log.read_text()
    assert bundle.connect("true").returncode == 1
    ends_without_a_process(lab)


@pytest.mark.parametrize(
    ("name", "server", "seconds", "far"),
    [
        ("silent", "exec sleep 3600", 2, "no process of this job listens on port 6379"),
        ("mute", f"{LISTEN} sleep 3600'", 20, "Redis answers nothing"),
        ("rude", f"{LISTEN} {REFUSE}'", 20, "-ERR no"),
    ],
    ids=["silent", "mute", "rude"],
)
def test_never_ready_ends_75_and_says_how_far_it_got(
    lab: Lab, name: str, server: str, seconds: int, far: str
) -> None:
    image = sandbox(lab, name, server)
    bundle = deploy(lab, name, service={"image": image, "readiness": {"timeout": seconds}})
    job = lab.wait_job(bundle.sbatch(ON_NODE))
    log = job.log.read_text()
    assert outcome(job) == ("FAILED", "75:0"), log
    assert f"FATAL: not ready after {seconds} s: " in log
    assert far in log
    assert not bundle.path("cache/current").is_symlink()
    ends_without_a_process(lab)


def test_a_job_that_ends_while_its_image_is_unpacked_leaves_nothing_on_its_node(lab: Lab) -> None:
    large = {"image": lab.image("mysql"), "persistence": "aof", "readiness": {"timeout": 1}}
    bundle = deploy(lab, "unpacks", service=large)
    job = lab.wait_job(bundle.sbatch(ON_NODE))
    assert outcome(job) == ("FAILED", "75:0"), job.log.read_text()
    assert "Directory not empty" not in job.log.read_text()
    search = [
        "find",
        "/tmp",
        "-mindepth",
        "1",
        "-maxdepth",
        "1",
        "-user",
        "alice",
        "-name",
        "hpcgen.*",
    ]
    assert lab.run(search, node=NODE).stdout == ""


# --- somebody else has the port -------------------------------------------------------------------


@pytest.mark.parametrize("user", ["bob", "alice"])
def test_a_taken_port_is_passed_over(lab: Lab, user: str) -> None:
    squat(lab, user, PORTS[0], PORTS[1])
    bundle = deploy(lab, f"passes-{user}")
    job = bundle.sbatch(ON_NODE)
    assert bundle.ready(job)["PORT"] == PORTS[2]
    assert "port 6379 is taken" in lab.job(job).log.read_text()
    with bundle.redis(job) as redis:
        assert redis.ask("SET", "key", "mine") == "OK"
    shown = bundle.connect('echo "$REDIS_PORT $REDIS_URL"').stdout.split()
    assert shown[0] == PORTS[2]
    assert shown[1].endswith(f":{PORTS[2]}/0")


@pytest.mark.parametrize("service", [{}, {"port": 6381}], ids=["range", "explicit"])
def test_no_free_port_ends_71(lab: Lab, service: dict[str, int]) -> None:
    squat(lab, "bob", *PORTS)
    bundle = deploy(lab, f"no-port-{len(service)}", service=service)
    job = lab.wait_job(bundle.sbatch(ON_NODE))
    assert outcome(job) == ("FAILED", "71:0")
    ports = str(service["port"]) if service else " ".join(PORTS)
    assert f"none of the ports {ports} is free on {NODE}" in job.log.read_text()
    assert not bundle.path("cache/current").is_symlink()


@pytest.mark.parametrize("user", ["bob", "alice"])
@pytest.mark.parametrize("service", [{}, {"port": 6379}], ids=["range", "explicit"])
def test_a_port_lost_between_look_and_bind_is_never_published(
    lab: Lab, user: str, service: dict[str, int]
) -> None:
    name = f"race-{user}-{len(service)}"
    image = sandbox(lab, name, f'{WAIT_FOR_GO}\n{SERVER} "$@"')
    bundle = deploy(lab, name, service={"image": image, **service})
    job = bundle.sbatch(ON_NODE)
    lab.wait(bundle.path(f"cache/{job}/data/waiting").exists, job=job)
    squat(lab, user, PORTS[0])
    bundle.path(f"cache/{job}/data/go").touch()
    if service:
        assert outcome(lab.wait_job(job)) == ("FAILED", "71:0")
        assert not bundle.path("cache/current").is_symlink()
    else:
        assert bundle.ready(job)["PORT"] == PORTS[1]
        with bundle.redis(job) as redis:
            assert redis.ask("PING") == "PONG"
    assert "port 6379 was lost to another process" in lab.job(job).log.read_text()


def test_a_port_that_another_has_and_does_not_listen_on_yet_is_passed_over(lab: Lab) -> None:
    """As vLLM has it while it loads its model: nobody could see it in the node's tables."""
    bundle, node = deploy(lab, "bound"), lab.nodes[-1]  # where the fewest servers have been
    bind(lab, node, {PORTS[0]})
    job = bundle.sbatch(f"--nodelist={node}")
    assert bundle.ready(job)["PORT"] == PORTS[1]
    assert f"port {PORTS[0]} was lost to another process" in lab.job(job).log.read_text()


def test_an_impostor_of_the_same_user_is_never_published(lab: Lab) -> None:
    image = sandbox(lab, "hangs", "touch /data/waiting; exec sleep 3600")
    bundle = deploy(lab, "impostor", service={"image": image, "readiness": {"timeout": 30}})
    job = bundle.sbatch(ON_NODE)
    lab.wait(bundle.path(f"cache/{job}/data/waiting").exists, job=job)
    squat(lab, "alice", PORTS[0])
    with Redis(lab.path("/etc/hosts").read_text().split(f" {NODE}")[0].split()[-1], 6379) as redis:
        assert redis.ask("AUTH", "anything") == "OK", "it answers as ours would"
    ended = lab.wait_job(job)
    assert outcome(ended) == ("FAILED", "75:0")
    assert "no process of this job listens on port 6379" in ended.log.read_text()
    assert not bundle.path("cache/current").is_symlink()


# --- it is asked to end, or made to ---------------------------------------------------------------


def test_scancel_ends_143_and_touches_no_other_job(lab: Lab) -> None:
    bundle, other = deploy(lab, "cancelled"), deploy(lab, "untouched")
    job, bystander = bundle.sbatch(ON_NODE), other.sbatch(ON_NODE)
    bundle.ready(job)
    other.ready(bystander)
    lab.run(["scancel", str(job)])
    lab.wait(lambda: not bundle.endpoint(job), job=job)
    assert outcome(lab.wait_job(job)) == ("CANCELLED", "143:0")
    lab.wait(bundle.path(f"cache/{job}/ended").exists)
    assert bundle.path(f"cache/{job}/ended").read_text().endswith("exit 143: terminated\n")
    lab.wait(lambda: sum("redis-server" in line for line in processes(lab, NODE)) == 1)
    assert lab.job(bystander).state == "RUNNING"
    with other.redis(bystander) as redis:
        assert redis.ask("PING") == "PONG"


def test_a_signal_upon_another_cuts_no_end_short(lab: Lab) -> None:
    """bash runs the trap of a second signal within that of EXIT, and an exit there is the last."""
    bundle = deploy(lab, "twice", client={"requests": 100_000_000})
    for name in ("cache", "bench"):
        script = lab.path(f"{bundle.place}/jobs/{name}.sbatch")
        head, way_out, body = re.split(r"(?m)^(finish\(\) .*\n)", script.read_text())
        script.write_text(f"{head}{way_out}{SECOND_SIGNAL}{body}")
    jobs = {"cache": bundle.sbatch(ON_NODE, job="cache")}
    bundle.ready(jobs["cache"])
    jobs["bench"] = bundle.sbatch(ON_NODE, job="bench")
    lab.wait(bundle.path(f"bench/{jobs['bench']}/bench.log").exists, job=jobs["bench"])
    lab.run(["scancel", *map(str, jobs.values())])
    for name, job in jobs.items():
        ended = bundle.path(f"{name}/{job}/ended")
        lab.wait(ended.exists, job=job)
        assert ended.read_text().endswith("exit 143: terminated\n")
        assert not bundle.endpoint(job)
    ends_without_a_process(lab)


def test_cancel_ends_a_job_at_once_ready_or_not(lab: Lab) -> None:
    """A trap runs when the foreground command is over: there must be none that lasts."""
    image = sandbox(lab, "unready", "touch /data/waiting; exec sleep 3600")
    waiting = deploy(lab, "waiting", service={"image": image})
    serving = deploy(lab, "serving")
    first, second = waiting.sbatch(ON_NODE), serving.sbatch(ON_NODE)
    serving.ready(second)
    lab.wait(waiting.path(f"cache/{first}/data/waiting").exists, job=first)
    for bundle, job in ((waiting, first), (serving, second)):
        assert bundle.script("cancel").stdout.split() == ["ended:", str(job)]
        assert outcome(lab.job(job)) == ("COMPLETED", "0:0")
        assert f"cancel {job}" in bundle.actions()
        assert "killed after" not in lab.job(job).log.read_text()
        assert not bundle.endpoint(job)
    ends_without_a_process(lab)


def test_what_ignores_term_is_killed_after_the_grace(lab: Lab) -> None:
    server = f"trap '' TERM\n({SERVER} \"$@\") &\nwhile :; do sleep 1; done"
    deaf = deploy(lab, "deaf", service={"image": sandbox(lab, "deaf", server)})
    frozen = deploy(lab, "frozen")  # in its image, which a process of its own has mounted
    first, second = deaf.sbatch("--nodelist=node02"), frozen.sbatch(ON_NODE)
    deaf.ready(first)
    frozen.ready(second)
    lab.run(["pkill", "-STOP", "-u", "alice", "-x", "redis-server"], user="root", node=NODE)
    lab.run(["scancel", str(first)])
    lab.run(["scancel", "--batch", "--signal=USR1", str(second)])
    for bundle, job in ((deaf, first), (frozen, second)):
        lab.wait(partial(withdrawn, bundle, job), job=job)
        assert not bundle.path(f"cache/{job}/ended").exists(), "it is withdrawn before the grace"
    assert outcome(lab.wait_job(first)) == ("CANCELLED", "143:0")
    assert outcome(lab.wait_job(second)) == ("COMPLETED", "0:0")
    assert f"killed after {GRACE} s" in lab.job(second).log.read_text()
    lab.wait(deaf.path(f"cache/{first}/ended").exists)
    lab.wait(lambda: not processes(lab, "node02"))
    ends_without_a_process(lab)


# --- what outlives a job --------------------------------------------------------------------------


def test_a_killed_batch_shell_leaves_no_usable_endpoint_and_an_heir_takes_the_data(
    lab: Lab,
) -> None:
    bundle = deploy(lab, "heir", service={"persistence": "aof"})
    job = bundle.sbatch(ON_NODE)
    bundle.ready(job)
    with bundle.redis(job) as redis:
        assert redis.ask("SET", "will", "yours") == "OK"
    lab.run(["scancel", "--batch", "--signal=KILL", str(job)])
    assert outcome(lab.wait_job(job)) == ("FAILED", "0:9")
    assert bundle.endpoint(job), "nobody was left to withdraw it"
    stale = bundle.connect("true")
    assert (stale.returncode, stale.stderr) == (2, f"job {job} of cache does not run: FAILED\n")
    heir = bundle.sbatch(ON_NODE)
    bundle.ready(heir)
    with bundle.redis(heir) as redis:
        assert redis.ask("GET", "will") == "yours"
    servers = [line for line in processes(lab, NODE) if "redis-server" in line]
    assert len(servers) == 1, "two servers on one directory destroy the data"


def test_every_acknowledged_write_survives_every_way_to_stop(lab: Lab) -> None:
    stops = {
        "limit": ("COMPLETED", "0:0"),  # the signal before it, which comes after 30 to 60 s
        "scancel": ("CANCELLED", "143:0"),
        "cancel": ("COMPLETED", "0:0"),
    }
    limit = ("--time=2", "--signal=B:USR1@60")
    aof = {"persistence": "aof"}
    bundles = {how: deploy(lab, f"aof-by-{how}", service=aof) for how in stops}
    jobs = {}
    for node, (how, bundle) in zip(lab.nodes, bundles.items(), strict=False):
        options = limit if how == "limit" else ()
        jobs[how] = bundle.sbatch(f"--nodelist={node}", *options)
    writers = {}
    for how, bundle in bundles.items():
        bundle.ready(jobs[how])
        writers[how] = Writer(bundle.redis(jobs[how]))
    lab.wait(lambda: all(writer.acknowledged > 500 for writer in writers.values()))
    lab.run(["scancel", str(jobs["scancel"])])
    bundles["cancel"].script("cancel")
    for how, bundle in bundles.items():
        job, written = lab.wait_job(jobs[how]), writers[how].end()
        assert outcome(job) == stops[how]
        lab.wait(bundle.path(f"cache/{job.id}/ended").exists)
        log = job.log.read_text() + bundle.path(f"cache/{job.id}/cache.log").read_text()
        assert len(log.splitlines()) < 50, log
        assert "BUG REPORT" not in log
        heir = bundle.sbatch()
        bundle.ready(heir)
        with bundle.redis(heir) as redis:
            assert redis.ask("EXISTS", *(str(n) for n in range(written))) == str(written), how


# --- before it starts -----------------------------------------------------------------------------


def test_a_missing_image_ends_78_and_says_which(lab: Lab) -> None:
    bundle = deploy(lab, "no-image", service={"image": "/images/absent.sif"})
    job = lab.wait_job(bundle.sbatch())
    assert outcome(job) == ("FAILED", "78:0")
    assert "there is no image /images/absent.sif" in job.log.read_text()


@pytest.mark.parametrize("run", ["/root/run", "/proc/run", "/home/bob/run"])
def test_a_run_directory_that_cannot_be_written_ends_73(lab: Lab, run: str) -> None:
    bundle = deploy(lab, "unwritable" + run.replace("/", "-"))
    job = lab.wait_job(bundle.sbatch(env={"HPCGEN_RUN_DIR": run}))
    assert outcome(job) == ("FAILED", "73:0")
    assert run in job.log.read_text()


def test_no_job_is_requeued(lab: Lab) -> None:
    bundle = deploy(lab, "requeue")
    job = bundle.sbatch()
    bundle.ready(job)
    refused = lab.run(["scontrol", "requeue", str(job)], check=False)
    assert refused.returncode
    assert " Requeue=0 " in lab.job(job).record
