"""The `chroma` kind with the real server: what it keeps, how it ends, and what measures it."""

from __future__ import annotations

import json
import re
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.lab.bundles import Bundle, finish, install, outcome, result
from tests.lab.cluster import Lab

NODE = "node01"
ON_NODE = f"--nodelist={NODE}"
COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"
ELSEWHERE = ["chroma", "run", "--path", "/tmp", "--host", {"host": "vectors"}]
CLIENT = {"kind": "chroma-benchmark", "target": "vectors", "vectors": 250, "dimension": 16}
ENDLESS = {"vectors": 20, "queries": 1000000000}


def deployed(lab: Lab, name: str, client: dict[str, Any] | None = None, **service: Any) -> Bundle:
    """A Chroma called `vectors`, and the client `bench` where there is one."""
    name = f"chroma-{name}"
    image = lab.image("chroma")
    vectors = {"kind": "chroma", "image": image, "readiness": {"timeout": "5m"}, **service}
    recipe: dict[str, Any] = {"name": name, "services": {"vectors": vectors}}
    if "job" in service:
        recipe["jobs"] = {service["job"]: {}}
    if client is not None:
        recipe["clients"] = {"bench": {**CLIENT, "image": image, **client}}
    return install(lab, name, json.dumps(recipe))


def start(bundle: Bundle, *options: str) -> int:
    """Submit the service by hand, and wait until it is ready."""
    job = bundle.sbatch(*options, job="vectors")
    bundle.ready(job, service="vectors")
    return job


def ask(bundle: Bundle, job: int, path: str, body: object = None, method: str = "POST") -> Any:
    """What the job's Chroma answers, from JSON."""
    endpoint = bundle.endpoint(job, "vectors")
    http = HTTPConnection(endpoint["HOST"], int(endpoint["PORT"]), timeout=60)
    sent = None if body is None else json.dumps(body).encode()
    http.request(method, path, sent, {"Content-Type": "application/json"})
    answer = http.getresponse()
    text = answer.read()
    http.close()
    assert answer.status < 300, text
    return json.loads(text)


def collections(bundle: Bundle, job: int) -> list[str]:
    return sorted(collection["name"] for collection in ask(bundle, job, COLLECTIONS, method="GET"))


def keep(bundle: Bundle, job: int, name: str) -> None:
    """Put one vector into a new collection."""
    made = ask(bundle, job, COLLECTIONS, {"name": name})
    ask(bundle, job, f"{COLLECTIONS}/{made['id']}/add", {"ids": [name], "embeddings": [[0.5, 1]]})


def kept(bundle: Bundle, job: int) -> list[str]:
    """What every collection has next to its own vector."""
    ids = []
    for collection in ask(bundle, job, COLLECTIONS, method="GET"):
        query = {"query_embeddings": [[0.5, 1]], "n_results": 1}
        ids += ask(bundle, job, f"{COLLECTIONS}/{collection['id']}/query", query)["ids"][0]
    return sorted(ids)


# --- the service ----------------------------------------------------------------------------------


def test_it_serves_at_the_address_of_its_connection_file(lab: Lab) -> None:
    bundle = deployed(lab, "serves")
    job = start(bundle, ON_NODE)
    keep(bundle, job, "first")
    assert kept(bundle, job) == ["first"]
    beat = 'curl -s "$HPCGEN_VECTORS_URL/api/v2/heartbeat"; echo " $CHROMA_HOST $CHROMA_PORT"'
    printed = bundle.connect(beat, service="vectors").stdout
    endpoint = bundle.endpoint(job, "vectors")
    assert "nanosecond heartbeat" in printed
    assert printed.endswith(f" {endpoint['HOST']} {endpoint['PORT']}\n")
    sockets = lab.run(["ss", "-Hltn", f"sport = :{endpoint['PORT']}"], node=NODE).stdout
    assert sockets.split()[3] == f"{endpoint['HOST']}:{endpoint['PORT']}", "at no other address"
    log = bundle.path(f"vectors/{job}/vectors.log").read_text()
    assert "No telemetry is configured" in log


def test_a_chroma_that_keeps_its_data_elsewhere_is_never_published(lab: Lab) -> None:
    command = [*ELSEWHERE, "--port", {"port": "port"}]
    bundle = deployed(lab, "elsewhere", command=command, readiness={"timeout": 60})
    job = finish(bundle, bundle.sbatch(job="vectors"), "FAILED", "75:0")
    assert f"Chroma keeps nothing in {bundle.run}/data/vectors" in job.log.read_text()
    assert not bundle.path("vectors/current").is_symlink()


def test_a_directory_has_one_chroma_whichever_deployment_it_is_of(lab: Lab) -> None:
    directory = "/tmp/collections"  # another file system than the run directory's
    one = deployed(lab, "one", persist_directory=directory)
    two = deployed(lab, "two", persist_directory=directory)
    first = start(one, ON_NODE)
    keep(one, first, "ones")
    for bundle in (one, two):
        second = finish(bundle, bundle.sbatch(ON_NODE, job="vectors"), "FAILED", "78:0")
        assert f"job {first} holds {directory}; stop it first" in second.log.read_text()
    assert kept(one, first) == ["ones"]
    one.script("cancel", "vectors")
    left = lab.run(["ls", "-A", f"{directory}/.owner", directory], node=NODE).stdout
    assert ".new" not in left
    heir = start(two, ON_NODE)
    assert kept(two, heir) == ["ones"]


# --- the benchmark --------------------------------------------------------------------------------


def test_the_benchmark_measures_and_leaves_nothing_behind(lab: Lab) -> None:
    client = {"batch_size": 100, "queries": 30, "top_k": 5, "concurrency": 4, "seed": 3}
    bundle = deployed(lab, "measures", client)
    jobs = bundle.submit()
    measured = result(bundle, finish(bundle, jobs["bench"]), "chroma-benchmark")
    settings = {"vectors": 250, "dimension": 16, "collection": "benchmark"}
    assert measured["parameters"] == {**client, **settings}
    assert (measured["client"], measured["target"]) == ("bench", "vectors")
    assert measured["job_id"] == jobs["bench"]
    parts = {"insert": 3, "query": 30, "concurrent_query": 30}
    for part, requests in parts.items():
        figures = measured[part]
        assert (figures["succeeded"], figures["failed"]) == (requests, 0)
        latency = figures["latency_ms"]
        order = [latency[name] for name in ("min", "p50", "p95", "p99", "max")]
        assert order == sorted(order)
    assert collections(bundle, jobs["vectors"]) == []


def test_the_benchmark_shares_a_job_with_its_chroma(lab: Lab) -> None:
    bundle = deployed(lab, "shared", {"job": "both"}, job="both")
    job = finish(bundle, bundle.submit()["both"])
    measured = result(bundle, job, "chroma-benchmark")
    assert measured["insert"]["succeeded"] == 3
    assert bundle.path("bench").joinpath(str(job.id), "bundle", "benchmark.py").is_file()


def test_the_duration_is_for_the_queries(lab: Lab) -> None:
    bundle = deployed(lab, "lasting", {"duration": 4, "queries": 5})
    measured = result(bundle, finish(bundle, bundle.submit()["bench"]), "chroma-benchmark")
    for part in ("query", "concurrent_query"):  # each has half of it to begin its last query in
        last = measured[part]["latency_ms"]["max"] / 1000
        assert 1 < measured[part]["seconds"] < 2 + last + 1
        assert measured[part]["succeeded"] > 5


def test_a_refused_batch_fails_the_benchmark_and_says_why(lab: Lab) -> None:
    little = {"CHROMA_MAX_PAYLOAD_SIZE_BYTES": 5000}
    bundle = deployed(lab, "refused", {"batch_size": 100}, env=little)
    jobs = bundle.submit()
    job = finish(bundle, jobs["bench"], "FAILED", "69:0")
    log = job.log.read_text()
    assert "no result: 1 of 3 batches inserted: RefusedError: status 413" in log
    assert not bundle.path(f"results/bench/{job.id}/result.json").exists()
    assert collections(bundle, jobs["vectors"]) == []


def test_a_program_that_leaves_no_result_fails(lab: Lab) -> None:
    bundle = deployed(lab, "empty", {"args": ["--help"]})
    job = finish(bundle, bundle.submit()["bench"], "FAILED", "69:0")
    assert "FATAL: the measurement left no result" in job.log.read_text()


def running(lab: Lab, name: str, limit: int = 600) -> tuple[Bundle, dict[str, int]]:
    """A benchmark in its queries, of which there is no end."""
    bundle = deployed(lab, name, ENDLESS)
    script = lab.path(f"{bundle.place}/jobs/bench.sbatch")
    limited, count = re.subn(r"(?m)^LIMIT=\d+$", f"LIMIT={limit}", script.read_text())
    assert count == 1
    script.write_text(limited)
    jobs = bundle.submit()
    log = bundle.path(f"bench/{jobs['bench']}/bench.log")
    lab.wait(lambda: log.is_file() and "inserted" in log.read_text(), job=jobs["bench"])
    return bundle, jobs


def test_a_benchmark_whose_chroma_died_fails_at_once(lab: Lab) -> None:
    bundle, jobs = running(lab, "bereaved")
    lab.run(["scancel", str(jobs["vectors"])])
    job = finish(bundle, jobs["bench"], "FAILED", "69:0")
    assert "no result: no connection to the target" in job.log.read_text()
    assert not bundle.path(f"results/bench/{job.id}/result.json").exists()


def test_a_benchmark_that_is_told_to_stop_deletes_its_collection(lab: Lab) -> None:
    bundle, jobs = running(lab, "stopped")
    assert collections(bundle, jobs["vectors"]) == [f"benchmark-{jobs['bench']}"]
    bundle.script("cancel", "bench")
    assert outcome(lab.job(jobs["bench"])) == ("COMPLETED", "0:0")
    assert collections(bundle, jobs["vectors"]) == []


def test_a_benchmark_without_an_end_is_ended(lab: Lab) -> None:
    bundle, jobs = running(lab, "endless", limit=4)
    job = finish(bundle, jobs["bench"], "FAILED", "75:0")
    assert "FATAL: no result after 4 s" in job.log.read_text()
    assert collections(bundle, jobs["vectors"]) == []


# --- the program ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["benchmark.py", "measuring.py"])
def test_a_changed_program_ends_78_and_is_named(lab: Lab, name: str) -> None:
    bundle = deployed(lab, f"changed-{name.removesuffix('.py')}", {})
    program = f"{bundle.place}/services/bench/{name}"
    lab.path(program).write_text(lab.path(program).read_text() + "print('another')\n")
    job = finish(bundle, bundle.sbatch(job="bench"), "FAILED", "78:0")
    assert f"{program} is not the file this job was built with" in job.log.read_text()


def test_a_missing_program_ends_78_and_is_named(lab: Lab) -> None:
    bundle = deployed(lab, "missing", {})
    program = f"{bundle.place}/services/bench/benchmark.py"
    lab.path(program).unlink()
    job = finish(bundle, bundle.sbatch(job="bench"), "FAILED", "78:0")
    assert f"{program} is not the file this job was built with" in job.log.read_text()


def test_a_pending_job_runs_the_program_it_was_submitted_with(lab: Lab) -> None:
    bundle = deployed(lab, "pending", {})
    start(bundle)
    with lab.closed("debug"):
        pending = bundle.submit("bench", env={"SBATCH_PARTITION": "debug"})["bench"]
        lab.path(f"{bundle.place}/services/bench/benchmark.py").write_text("a later commit\n")
        assert lab.job(pending).state == "PENDING"
    result(bundle, finish(bundle, pending), "chroma-benchmark")
