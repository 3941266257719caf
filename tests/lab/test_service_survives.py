"""Every kind of service: killed, cancelled, started twice and requeued; and its data afterwards.

The kinds live side by side, a few at a time, before the first test looks at how one of them fared.
"""

from __future__ import annotations

import json
import re
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from hpcgen.model.kind import kinds

from tests.lab.bundles import Bundle, install, outcome
from tests.lab.cluster import Job, Lab
from tests.lab.faults import bind
from tests.lab.survival import SURVIVORS, Survivor

SIDE_BY_SIDE = 5
NODE = "node01"  # where somebody has the first port of each kind
SMALL = {"readiness": {"timeout": "5m"}, "resources": {"time": "00:10:00", "cpus_per_task": 1}}


def deployed(lab: Lab, kind: str) -> Bundle:
    """A deployment of one service, and of what that needs; nothing of it runs yet."""
    survivor = SURVIVORS[kind]
    survivor.prepare(lab)
    it = {"kind": kind, "image": lab.image(survivor.image), **survivor.entry, **SMALL}
    tools = {"image": lab.image("monitoring"), "exporters": []} if survivor.neighbours else {}
    neighbours = {
        name: {**neighbour, **tools, **SMALL} for name, neighbour in survivor.neighbours.items()
    }
    services = {"it": {**it, **({"exporters": []} if tools else {})}, **neighbours}
    recipe = {"name": f"survives-{kind}", "services": services}
    return install(lab, f"survives-{kind}", json.dumps(recipe))


def ports(bundle: Bundle) -> list[str]:
    """The ports that the service may take, in order; an override has its default."""
    script = bundle.lab.path(f"{bundle.place}/jobs/it.sbatch").read_text()
    (words,) = re.findall(r"(?m)^PORTS=\((.*)\)$", script)
    default = dict(re.findall(r"(?m)^(\w+)=\${\w+:-(\d+)}$", script))
    return [default.get(word.strip('"${}'), word) for word in words.split()]


def start(bundle: Bundle, *options: str) -> int:
    """Submit the service by hand, and wait until it is ready."""
    job = bundle.sbatch(*options, job="it")
    bundle.ready(job, service="it")
    return job


def ended(bundle: Bundle, job: int, state: str, status: str) -> Job:
    """How the job has ended: so, its endpoint gone, and what it had to clean up cleaned."""
    over = bundle.lab.wait_job(job)
    assert outcome(over) == (state, status), bundle.lab.story(job)
    bundle.lab.wait(bundle.path(f"it/{job}/ended").exists, job=job)
    assert not bundle.endpoint(job, "it")
    return over


def kill(bundle: Bundle, job: int) -> None:
    """Kill every process that listens on the service's port, as nothing of its own does."""
    end = bundle.endpoint(job, "it")
    look = f"ss -Hltnp 'sport = :{end['PORT']}' | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u"
    line = f"{look} | xargs kill -KILL"
    bundle.lab.run(["bash", "-o", "pipefail", "-c", line], user="root", node=end["NODE"])
    bundle.lab.wait(lambda: not bundle.endpoint(job, "it"), job=job)


def starts_twice(survivor: Survivor, bundle: Bundle, job: int) -> None:
    """The second one names the holder of the data, or works beside the first on another node."""
    if survivor.alone:
        refused = ended(bundle, bundle.sbatch(job="it"), "FAILED", "78:0")
        assert f"job {job} holds {bundle.run}/data/it" in refused.log.read_text()
    else:
        second = start(bundle, f"--exclude={bundle.endpoint(job, 'it')['NODE']}")
        survivor.serves(bundle, second)
        bundle.lab.run(["scancel", str(second)])
        ended(bundle, second, "CANCELLED", "143:0")
    survivor.serves(bundle, job)


def requeued(bundle: Bundle, job: int) -> None:
    """Once the job is ready again, and not as it was."""
    before = bundle.endpoint(job, "it")["NONCE"]
    bundle.lab.run(["scontrol", "requeue", str(job)])
    bundle.lab.wait(lambda: not bundle.endpoint(job, "it"), job=job)
    bundle.lab.start_again(job)
    bundle.ready(job, service="it")
    assert bundle.endpoint(job, "it")["NONCE"] != before


def live(survivor: Survivor, bundle: Bundle) -> None:
    """Four jobs of one deployment, each ended in another way, and each to find what was kept.

    The first finds the port that it would take bound, in whatever words its server says so.
    """
    first = start(bundle, f"--nodelist={NODE}")
    if (taken := ports(bundle))[1:]:
        assert bundle.endpoint(first, "it")["PORT"] != taken[0]
        log = bundle.lab.job(first).log.read_text()
        assert f"port {taken[0]} was lost to another process" in log
    survivor.keep(bundle, first)
    survivor.serves(bundle, first)
    bundle.lab.run(["scancel", str(first)])
    ended(bundle, first, "CANCELLED", "143:0")

    job = start(bundle)
    survivor.serves(bundle, job)
    starts_twice(survivor, bundle, job)
    kill(bundle, job)
    ended(bundle, job, "FAILED", "69:0")
    assert bundle.connect("true", service="it").returncode == 1

    job = start(bundle, "--requeue")
    survivor.serves(bundle, job)
    requeued(bundle, job)
    survivor.serves(bundle, job)
    bundle.script("cancel")
    ended(bundle, job, "COMPLETED", "0:0")


@pytest.fixture(scope="module")
def lives(lab: Lab) -> dict[str, Future[None]]:
    """How each kind has fared: all are done before a test ends, and whatever runs with it."""
    bundles = {kind: deployed(lab, kind) for kind in SURVIVORS}
    bind(lab, NODE, {may[0] for bundle in bundles.values() if len(may := ports(bundle)) > 1})
    for kind, bundle in bundles.items():
        for name in SURVIVORS[kind].neighbours:  # after that, or one of these has its port before
            bundle.sbatch(job=name)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return {kind: pool.submit(live, SURVIVORS[kind], bundles[kind]) for kind in SURVIVORS}


def test_every_kind_of_service_is_tried() -> None:
    assert SURVIVORS.keys() == {name for name, kind in kinds().items() if kind.role == "service"}


@pytest.mark.parametrize("kind", SURVIVORS)
def test_a_service_survives(lives: dict[str, Future[None]], kind: str) -> None:
    lives[kind].result()
