"""The kind `client-group`: a fleet, a client service, and every way in which the two can end."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.lab.bundles import Bundle, detach, install, listens, outcome, processes
from tests.lab.client_group import HOME, PORT, SMALL, ClientService, fleet
from tests.lab.cluster import Lab


def deployed(lab: Lab, name: str, how: str, **fields: Any) -> Bundle:
    recipe = {"name": name, "clients": {"fleet": fleet(how, **fields)}}
    return install(lab, name, json.dumps(recipe))


def results(bundle: Bundle, job: int, name: str = "fleet") -> dict[str, Any]:
    """What the nodes and the job have left, by name, and what the clients noted."""
    folder = bundle.path(f"results/{name}/{job}")
    texts = {path.name: path.read_text() for path in folder.iterdir()} if folder.exists() else {}
    return {name: json.loads(text) if text else None for name, text in texts.items()}


@pytest.mark.parametrize("contained", [False, True])
def test_every_node_registers_and_runs(lab: Lab, service: ClientService, contained: bool) -> None:
    inside = {
        "image": lab.image("vllm-stand-in"),
        "binds": [f"{HOME}:/clients:ro"],
        "command": ["python3", "/clients/benchmark_client.py", "ends", {"dir": "results"}],
    }
    bundle = deployed(
        lab,
        f"runs-{contained}".lower(),
        "ends",
        num_clients=3,
        time_limit=7,
        options=True,
        **(inside if contained else {}),
    )
    job = lab.wait_job(bundle.sbatch(job="fleet"))
    assert outcome(job) == ("COMPLETED", "0:0"), lab.story(job.id)
    assert "TimeLimit=00:07:00" in job.record
    assert f"JobName={bundle.name}-fleet.123 " in job.record
    assert job.log.name == f"{bundle.name}-fleet.123-{job.id}.log"
    left = results(bundle, job.id)
    nodes = lab.nodes[:3]
    assert sorted(left) == [*(f"{n}{s}" for n in nodes for s in ("", ".json")), "result.json"]
    for number, node in enumerate(nodes, start=11):
        address = f"http://{lab.subnet}.{number}:9000"
        assert left[f"{node}.json"] == {
            "node": node, "client_address": address, "status": 0, "asked_to_end": False,
        }  # fmt: skip
        env = left[node]["env"]
        assert env["CLIENT_SERVICE_ADDR"] == f"http://login:{PORT}"
        assert env["AI_SERVER_ADDR"] == "http://ai-server:8000"
        assert (env["BENCHMARK_ID"], env["CLIENT_PORT"]) == ("123", "9000")
        assert "GPU_MEMORY_FRACTION" not in env
        assert left[node]["words"] == [
            "--client-service-addr", f"http://login:{PORT}",
            "--ai-server-addr", "http://ai-server:8000", "--benchmark-id", "123",
        ]  # fmt: skip
    assert left["result.json"]["num_clients"] == 3
    connects = ["POST /connect 201"] * 3
    assert service.requests() == ["POST 201", *connects, "POST /run 200", "DELETE 200"]


def test_addresses_and_memory_are_those_that_were_set_when_submitting(
    lab: Lab, service: ClientService
) -> None:
    resources = {**SMALL, "gpus_per_node": 1}
    bundle = deployed(lab, "group-set", "ends", service="nowhere:1", resources=resources)
    ours = {"CLIENT_SERVICE_ADDR": f"login:{PORT}", "AI_SERVER_ADDR": "http://other:9"}
    overrides = {**ours, "GPU_MEMORY_FRACTION": "0.25"}
    job = lab.wait_job(bundle.sbatch(job="fleet", env=overrides))
    assert outcome(job) == ("COMPLETED", "0:0"), lab.story(job.id)
    env = results(bundle, job.id)["node01"]["env"]
    assert env["CLIENT_SERVICE_ADDR"] == f"http://login:{PORT}"
    assert (env["AI_SERVER_ADDR"], env["GPU_MEMORY_FRACTION"]) == ("http://other:9", "0.25")
    assert f"CLIENT_SERVICE_ADDR=login:{PORT} instead of nowhere:1\n" in job.log.read_text()
    unfit = lab.wait_job(bundle.sbatch(job="fleet", env={**overrides, "AI_SERVER_ADDR": "$(id)"}))
    assert outcome(unfit) == ("FAILED", "78:0")
    assert "FATAL: AI_SERVER_ADDR='$(id)' is not of the form" in unfit.log.read_text()


def test_registration_is_tried_again_while_the_service_is_busy(
    lab: Lab, service: ClientService
) -> None:
    service.post("/faults", {"connect": [503, 500]})
    bundle = deployed(lab, "busy", "ends", num_clients=1)
    job = lab.wait_job(bundle.sbatch(job="fleet"))
    assert outcome(job) == ("COMPLETED", "0:0"), lab.story(job.id)
    tries = ["POST /connect 503", "POST /connect 500", "POST /connect 201"]
    assert service.requests() == ["POST 201", *tries, "POST /run 200", "DELETE 200"]
    assert "201 at try 3: welcome" in bundle.path(f"fleet/{job.id}/{job.node}.log").read_text()


@dataclass(frozen=True, slots=True)
class Failure:
    """A fleet that fails, what the service is told to answer, and what the job then says."""

    how: str
    status: int
    reason: str
    fields: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, list[int]] = field(default_factory=dict)


FAILURES = {
    "refused": Failure(
        "ends", 78, "/connect: 403 at try 1: a fault of two lines", faults={"connect": [403]}
    ),
    "unknown": Failure(
        "ends", 78, "404 at try 1: benchmark 999 is not known", {"benchmark_id": 999}
    ),
    "busy": Failure(
        "ends", 75, "/connect: 503 at try", {"connect_timeout": 20}, {"connect": [503] * 99}
    ),
    "away": Failure(
        "ends", 75, "/connect: no answer at", {"service": "login:8009", "connect_timeout": 20}
    ),
    "not-run": Failure("ends", 75, "/run: 500 at try 1", faults={"run": [500]}),
    "fails": Failure("fails", 69, "node02: the client exited with 7"),
    "stubborn": Failure("stubborn", 69, "only 0 of 2 clients ran", {"duration": 1}),
    "dies": Failure("dies", 69, "node02: the client exited with 7 before it listened on port 9000"),
    "deaf": Failure(
        "deaf", 75, "the client does not listen on port 9000 after 1 s", {"connect_timeout": 1}
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_one_failure_ends_the_fleet_and_the_group(
    lab: Lab, service: ClientService, name: str
) -> None:
    case = FAILURES[name]
    service.post("/faults", case.faults)
    bundle = deployed(lab, f"fleet-{name}", case.how, **case.fields)
    job = lab.wait_job(bundle.sbatch(job="fleet"))
    assert outcome(job) == ("FAILED", f"{case.status}:0"), lab.story(job.id)
    log = job.log.read_text()
    assert f"exit {case.status}: " in log
    assert case.reason in log
    assert "result.json" not in results(bundle, job.id)
    if name != "away":
        assert service.requests(case.fields.get("benchmark_id", 123))[-1].startswith("DELETE ")
    if name == "fails":
        assert "this client fails" in log
    assert not [line for node in lab.nodes for line in processes(lab, node) if "client" in line]


@pytest.mark.parametrize(
    ("how", "state", "status"),
    [
        ("asked", "COMPLETED", "0:0"),
        ("cancelled", "CANCELLED", "143:0"),
        ("over", "COMPLETED", "0:0"),
        ("limit", "COMPLETED", "0:0"),
    ],
)
def test_clients_that_serve_are_asked_to_end(
    lab: Lab, service: ClientService, how: str, state: str, status: str
) -> None:
    bundle = deployed(lab, how, "serves", **({"duration": 1} if how == "over" else {}))
    if how == "limit":  # Slurm asks up to a minute earlier than it is told to, here at once
        job = bundle.sbatch("--time=1", "--signal=B:USR1@50", job="fleet")
    else:
        job = bundle.submit("fleet")["fleet"]
        lab.wait(lambda: "POST /run 200" in service.requests(), job=job)
    if how == "asked":
        bundle.script("cancel")
    if how == "cancelled":
        lab.run(["scancel", str(job)])
    ended = lab.wait_job(job)
    assert outcome(ended) == (state, status), lab.story(job)
    assert service.requests()[-1] == "DELETE 200"
    endings = [name for name in results(bundle, job) if name.endswith(".asked")]
    assert len(endings) == 2 or how in ("cancelled", "limit")
    assert ("result.json" in results(bundle, job)) == (how == "over")
    assert not [line for node in lab.nodes for line in processes(lab, node) if "client" in line]


def test_two_benchmarks_run_side_by_side_on_the_same_nodes(
    lab: Lab, service: ClientService
) -> None:
    first = fleet("serves", benchmark_id=101, create=True, duration=2)
    other = {**first, "benchmark_id": 102, "port": 9100}
    recipe = {"name": "two", "clients": {"first": first, "other": other}}
    bundle = install(lab, "two", json.dumps(recipe))
    jobs = bundle.submit()
    for name, number, port in (("first", 101, 9000), ("other", 102, 9100)):
        job = lab.wait_job(jobs[name])
        assert outcome(job) == ("COMPLETED", "0:0"), lab.story(job.id)
        left = results(bundle, job.id, name)
        assert left["result.json"]["benchmark_id"] == number
        assert left["node01.json"]["client_address"].endswith(f":{port}")
        connects = ["POST /connect 201"] * 2
        assert service.requests(number) == ["POST 201", *connects, "POST /run 200", "DELETE 200"]


def test_a_port_of_somebody_else_is_not_registered(lab: Lab, service: ClientService) -> None:
    argv = ["python3", "-m", "http.server", "9000", "--directory", "/tmp"]
    detach(lab, argv, user="bob", node="node01")
    bundle = deployed(
        lab, "taken", "ends", num_clients=1, resources={**SMALL, "nodelist": "node01"}
    )
    lab.wait(lambda: listens(lab, "node01", 9000))
    job = lab.wait_job(bundle.sbatch(job="fleet"))
    assert outcome(job) == ("FAILED", "71:0"), lab.story(job.id)
    assert "node01: port 9000 is taken" in job.log.read_text()
    assert service.requests() == ["POST 201", "DELETE 200"]


@pytest.mark.parametrize("profile", ["dgx", "gpu", "cpu"])
def test_a_profile_asks_slurm_for_what_it_stands_for(
    lab: Lab, service: ClientService, profile: str
) -> None:
    constraint = {"dgx": "dgx_a100", "cpu": "skylake"}.get(profile, "")
    constraint = {"dgx": "dgx_a100", "cpu": "skylake"}.get(profile, "(null)")
    bundle = deployed(
        lab,
        f"profile-{profile}",
        "ends",
        profile=profile,
        resources={"mem": "300M"},
        gpu_memory_fraction=0.5,
    )
    job = lab.wait_job(bundle.sbatch(job="fleet"))
    assert outcome(job) == ("COMPLETED", "0:0"), lab.story(job.id)
    assert f"Partition={profile} " in job.record
    assert f"Features={constraint} " in job.record
    assert f"CPUs/Task={16 if profile == 'cpu' else 8} " in job.record
    env = results(bundle, job.id)["node01"]["env"]
    assert env.get("GPU_MEMORY_FRACTION") == (None if profile == "cpu" else "0.5")
    assert ("CUDA_VISIBLE_DEVICES" in env) == (profile != "cpu")


def test_a_fleet_of_one_in_a_job_with_its_server(lab: Lab, service: ClientService) -> None:
    client = fleet("ends", num_clients=1, job="pair", target="cache")
    recipe = {
        "name": "pair",
        "jobs": {"pair": {"resources": {"mem": "500M"}}},
        "services": {"cache": {"kind": "redis", "image": lab.image("redis"), "job": "pair"}},
        "clients": {
            "fleet": {k: v for k, v in client.items() if k not in ("resources", "target_endpoint")}
        },
    }
    bundle = install(lab, "pair", json.dumps(recipe))
    job = lab.wait_job(bundle.sbatch(job="pair"))
    assert outcome(job) == ("COMPLETED", "0:0"), lab.story(job.id)
    env = results(bundle, job.id)[job.node]["env"]
    assert env["AI_SERVER_ADDR"].startswith("redis://127.0.0.1:")
    assert service.requests()[-2:] == ["POST /run 200", "DELETE 200"]
