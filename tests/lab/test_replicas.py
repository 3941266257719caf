"""Several replicas on a node: vLLM on two nodes, two replicas on each, behind real Envoy."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from tests.lab.bundles import Bundle, detach, install, listens, outcome
from tests.lab.cluster import Lab
from tests.lab.fleets import published
from tests.lab.vllm import IMAGES, REAL, service

STAND_IN = next(image for image in IMAGES if image != REAL)
BODY = r"{\"model\": \"$OPENAI_MODEL\", \"prompt\": \"one\", \"max_tokens\": 2}"
ASK = """curl --silent --dump-header - --header 'Content-Type: application/json' \\
  --header @- --data "BODY" "$OPENAI_BASE_URL/completions#[1-COUNT]" \\
  <<<"Authorization: Bearer $OPENAI_API_KEY" """.replace("BODY", BODY)
ANSWERED_BY = re.compile(r"(?m)^x-upstream-host: (\S+?)\r?$")
FACTS = 'echo "$WORKER_NODES|$NUM_WORKERS|$WORKERS_PER_NODE"'


def group(lab: Lab, name: str, image: str, count: int, **more: Any) -> Bundle:
    """A vLLM of so many replicas behind Envoy."""
    llm = service(lab, image, replicas=count, **more)
    llm["balancer"] = {"kind": "envoy", "image": lab.image("envoy")}
    metrics = {"kind": "prometheus", "scrape": ["llm"], "exporters": []}
    services = {"llm": llm, "metrics": metrics}
    return install(lab, name, json.dumps({"name": name, "services": services}))


def replicas_of(bundle: Bundle) -> dict[str, dict[str, str]]:
    """What each replica has published, by its number."""
    return published(bundle.path("llm-replicas/current"))


def answered(bundle: Bundle, count: int) -> Counter[str]:
    """How many of so many completions each backend has given, through the connection file."""
    done = bundle.connect(ASK.replace("COUNT", str(count)), service="llm")
    assert done.stdout.count('"completion_tokens"') == count, done.stdout[-2000:]
    return Counter(ANSWERED_BY.findall(done.stdout))


def backends(replicas: dict[str, dict[str, str]]) -> set[str]:
    return {f"{replica['HOST']}:{replica['PORT']}" for replica in replicas.values()}


def gpus_of(lab: Lab, node: str) -> list[set[str]]:
    """What each vLLM of a node is told of its GPUs."""
    show = r"for pid in $(pgrep -f vllm_stand_in); do tr '\0' '\n' </proc/$pid/environ; done"
    text = lab.run(["bash", "-c", show], user="root", node=node).stdout
    return [
        set(devices.split(",")) for devices in re.findall(r"(?m)^CUDA_VISIBLE_DEVICES=(.*)$", text)
    ]


def kill(lab: Lab, replica: dict[str, str]) -> None:
    """The program of a replica, and not those of others on its node."""
    find = f"ss -Hltnp 'sport = :{replica['PORT']}' | grep -o 'pid=[0-9]*' | cut -d= -f2"
    lab.run(["bash", "-c", f"kill -KILL $({find})"], user="root", node=replica["NODE"])


def targets(bundle: Bundle, name: str) -> set[str]:
    """The replicas, by number, of which Prometheus is told under this name."""
    files = bundle.path("targets").glob(f"{name}@*.json")
    return {json.loads(file.read_text())[0]["labels"]["replica"] for file in files}


def test_four_replicas_on_two_nodes_answer_behind_envoy(lab: Lab) -> None:
    resources = {"cpus_per_task": 1, "mem": "200M", "time": "00:10:00"}
    two = {"replicas_per_node": 2, "gpus_per_replica": 2, "resources": resources}
    exporters = {"node": {"image": lab.image("monitoring")}}
    bundle = group(lab, "group", STAND_IN, 4, exporters=exporters, **two)
    listen = "import socket, time; one = socket.create_server(('', 8002)); time.sleep(600)"
    for node in lab.nodes:
        detach(lab, ["python3", "-c", listen], user="bob", node=node)
    lab.wait(lambda: all(listens(lab, node, 8002) for node in lab.nodes))
    jobs = bundle.submit("llm-replicas", "llm")
    bundle.ready(jobs["llm"], service="llm")
    replicas = replicas_of(bundle)
    first, _, second, _ = (replicas[index]["NODE"] for index in "0123")
    assert Counter(replica["NODE"] for replica in replicas.values()) == {first: 2, second: 2}
    assert [replicas[index]["PORT"] for index in "0123"] == ["8001", "8004", "8001", "8004"]
    assert len({replica["NONCE"] for replica in replicas.values()}) == 4

    answers = answered(bundle, 100)
    assert set(answers) == backends(replicas)
    assert all(abs(count - 25) <= 2 for count in answers.values()), answers
    nodes, count, processes = bundle.connect(FACTS, service="llm").stdout.strip().split("|")
    assert set(nodes.split()) == {replica["NODE"] for replica in replicas.values()}
    assert (len(nodes.split()), count, processes) == (2, "4", "2")
    for node in nodes.split():
        one, other = gpus_of(lab, node)
        assert len(one) == len(other) == 2
        assert not one & other
    checked = json.loads(bundle.script("preflight", "--fleet", "--json").stdout)
    assert checked["ok"]
    assert set(checked["hosts"]) == backends(replicas)

    assert targets(bundle, "llm-replicas") == {"0", "1", "2", "3"}
    lab.wait(lambda: targets(bundle, "llm-replicas.node") == {"0", "2"})

    gone = replicas["1"]
    kill(lab, gone)
    lab.wait(lambda: not serves(bundle, gone))
    rest = backends(replicas) - {f"{gone['HOST']}:{gone['PORT']}"}
    lab.wait(lambda: set(answered(bundle, 12)) == rest or "1" in replicas_of(bundle))
    lab.wait(lambda: set(answered(bundle, 12)) == backends(replicas))
    again = replicas_of(bundle)["1"]
    assert again["NONCE"] != gone["NONCE"]
    assert (again["NODE"], again["PORT"]) == (gone["NODE"], gone["PORT"])
    log = lab.job(jobs["llm-replicas"]).log.read_text()
    assert "replica 1 has ended with 69, 3 of 4 serve" in log

    assert "Application startup complete." in bundle.script("logs", "llm-replicas").stdout
    bundle.script("cancel")
    for job in jobs.values():
        assert outcome(lab.wait_job(job)) == ("COMPLETED", "0:0"), lab.story(job)


def serves(bundle: Bundle, replica: dict[str, str]) -> bool:
    """Whether it is this start of a replica that serves, and not the next one."""
    return replica["NONCE"] in {now["NONCE"] for now in replicas_of(bundle).values()}


def test_replicas_in_jobs_of_their_own_come_and_go(lab: Lab) -> None:
    filler = lab.write("/home/alice/filler.sh", "#!/bin/bash\nsleep 6000\n", mode=0o755)
    full = lab.sbatch(filler.name, "--nodes=4", "--gpus-per-node=4", "--time=10")
    resources = {"cpus_per_task": 1, "time": "00:10:00"}
    separate = {"replica_jobs": True, "min_healthy": 2, "gpus_per_replica": 2}
    bundle = group(lab, "apart", STAND_IN, 3, resources=resources, **separate)
    jobs = bundle.submit("llm-replicas", "llm")
    bundle.ready(jobs["llm"], service="llm")
    there = replicas_of(bundle)
    assert sorted(there) == ["0", "1"]
    assert len({replica["NODE"] for replica in there.values()}) == 1
    assert int(there["1"]["PORT"]) == int(there["0"]["PORT"]) + 1
    assert len({replica["JOB_ID"] for replica in there.values()}) == 2
    assert set(answered(bundle, 20)) == backends(there)
    states = [line.split()[:3] for line in bundle.script("status").stdout.splitlines()]
    assert Counter(state for name, _, state in states[1:] if name == "llm-replicas") == {
        "READY": 2,
        "PENDING": 1,
    }
    assert "; replica 1" in bundle.script("status").stdout
    failed = bundle.script("preflight", "--fleet", check=False)
    assert "a worker is missing: there are 2 of 3" in failed.stdout

    lab.run(["scancel", str(full)])
    lab.wait(lambda: len(set(answered(bundle, 12))) == 3, job=jobs["llm"])
    bundle.script("preflight", "--fleet")
    kill(lab, there["1"])
    lab.wait(lambda: not serves(bundle, there["1"]))
    lab.wait(lambda: "1" in replicas_of(bundle) and len(set(answered(bundle, 12))) == 3)
    assert replicas_of(bundle)["1"]["JOB_ID"] == there["1"]["JOB_ID"]
    first = int(replicas_of(bundle)["0"]["JOB_ID"])
    lab.run(["scancel", "--batch", "--signal=USR1", str(first)])
    lab.wait(lambda: sorted(replicas_of(bundle)) == ["1", "2"])
    lab.wait(lambda: set(answered(bundle, 12)) == backends(replicas_of(bundle)))
    bundle.sbatch("--array=0", job="llm-replicas")
    lab.wait(lambda: len(set(answered(bundle, 12))) == 3, job=jobs["llm"])

    for number in ("0", "1"):
        lab.run(["scancel", replicas_of(bundle)[number]["JOB_ID"]])
    assert outcome(lab.wait_job(jobs["llm"])) == ("FAILED", "69:0"), lab.story(jobs["llm"])
    assert "1 replicas serve, and min_healthy is 2" in lab.job(jobs["llm"]).log.read_text()
    last = int(replicas_of(bundle)["2"]["JOB_ID"])
    bundle.script("cancel")
    assert outcome(lab.wait_job(last)) == ("COMPLETED", "0:0"), lab.story(last)
    assert not replicas_of(bundle)
    bundle.script("clean", "--yes")
    assert not list(bundle.path("llm-replicas").glob("[0-9a]*"))


if REAL in IMAGES:  # where it is not, there is no such test to skip

    def test_two_real_vllms_of_one_node_answer_behind_envoy(lab: Lab) -> None:
        resources = {"cpus_per_task": 1, "time": "00:15:00"}
        bundle = group(lab, "realgroup", REAL, 2, replicas_per_node=2, resources=resources)
        jobs = bundle.submit("llm-replicas", "llm")
        bundle.ready(jobs["llm"], service="llm")
        answers = answered(bundle, 8)
        assert set(answers) == backends(replicas_of(bundle))
        assert len(answers) == 2
        bundle.script("cancel")
        assert outcome(lab.wait_job(jobs["llm-replicas"])) == ("COMPLETED", "0:0")
