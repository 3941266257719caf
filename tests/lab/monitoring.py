"""A deployment that is watched: real services, their exporters, and the Prometheus of the recipe.

A test file asks for the fixture `monitored`, which is up for all of its tests:

    from tests.lab.monitoring import monitored  # noqa: F401
"""

from __future__ import annotations

import base64
import json
import math
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.lab.bundles import Bundle, install
from tests.lab.cluster import Lab, LabError
from tests.lab.vllm import CPU, IMAGES, READY_WITHIN, put_model

STAND_IN = "vllm-stand-in"
SMALL = {"resources": {"time": "00:20:00", "cpus_per_task": 1}}


@dataclass(frozen=True, slots=True)
class Monitored:
    """A running deployment, and the address and password of its Prometheus, `metrics`."""

    bundle: Bundle
    jobs: dict[str, int]
    url: str
    password: str

    def get(self, path: str, *, method: str = "GET", **query: str) -> Any:
        """What Prometheus's API answers who knows its password. Raises HTTPError."""
        address = f"{self.url}{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(address, method=method)  # noqa: S310 - our own
        word = base64.b64encode(f"prometheus:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {word}")
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that an expression gives now."""
        series: list[dict[str, Any]] = self.get("/api/v1/query", query=expression)["result"]
        return series

    def numbers(self, expression: str) -> list[float]:
        """The values of those series that have one; none where 0 was divided by 0."""
        values = (float(series["value"][1]) for series in self.query(expression))
        return [value for value in values if not math.isnan(value)]

    def up(self) -> dict[str, str]:
        """The health of each target, by what Prometheus calls its job."""
        targets = self.get("/api/v1/targets", state="active")["activeTargets"]
        return {target["labels"]["job"]: target["health"] for target in targets}


def recipe(lab: Lab, name: str, vllm: str = STAND_IN) -> dict[str, Any]:
    """Redis, MySQL and vLLM, each on its own, and a Prometheus that looks once a second.

    `vllm` is the image of the model's server.
    """
    tools = lab.image("monitoring")
    node = {"node": {"image": tools}}
    services: dict[str, Any] = {
        "cache": {"kind": "redis", "image": lab.image("redis"), "exporters": {"redis": {}, **node}},
        "db": {"kind": "mysql", "image": lab.image("mysql"), "exporters": {"mysqld": {}, **node}},
        "llm": {
            "kind": "vllm",
            "image": lab.image(vllm),
            "model": f"/home/alice/{vllm}-model",
            "hf_cache": "/tmp",
            "args": list(CPU),
            "readiness": {"timeout": READY_WITHIN[vllm]},
            "exporters": node,
        },
        "metrics": {
            "kind": "prometheus",
            "image": tools,
            "exporters": node,
            "scrape_interval": "1s",
            "evaluation_interval": "1s",
        },
    }
    for service in services.values():
        service.update(SMALL)
        for exporter in service["exporters"].values():
            exporter["image"] = tools
    return {"name": name, "services": services}


def fleet(lab: Lab, exporters: dict[str, Any]) -> dict[str, Any]:
    """Two replicas of OpenEnv, and Envoy before them."""
    return {
        "kind": "openenv",
        "image": lab.image("openenv"),
        "replicas": 2,
        "workers": 1,
        "exporters": exporters,
        "balancer": {"kind": "envoy", "image": lab.image("envoy"), "port": 18000},
        **SMALL,
    }


def start(lab: Lab, made: dict[str, Any]) -> Monitored:
    """Build and submit a recipe, and wait until its services are ready."""
    for image in IMAGES:
        put_model(lab, image)
    bundle = install(lab, made["name"], json.dumps(made))
    jobs = bundle.submit()
    for name in made["services"]:
        bundle.ready(jobs[made["services"][name].get("job", name)], service=name)
    return watching(bundle, jobs, made["services"]["metrics"].get("job", "metrics"))


def watching(bundle: Bundle, jobs: dict[str, int], job: str) -> Monitored:
    """A deployment whose service `metrics`, in that job, is ready."""
    there = bundle.endpoint(jobs[job], "metrics")
    password = bundle.path("secrets/metrics.password").read_text()
    return Monitored(bundle, jobs, f"http://{there['HOST']}:{there['PORT']}", password)


def until_scraped(monitored: Monitored, metrics: set[str]) -> None:
    """Wait until Prometheus has scraped each of these metrics; LabError names the others."""
    names = "/api/v1/label/__name__/values"
    _until_found(monitored, metrics, lambda _: monitored.get(names))


def until_numbers(
    monitored: Monitored, expressions: set[str], load: Callable[[], object] = lambda: None
) -> None:
    """Wait, under a load, until each expression has a number; LabError names the others."""

    def with_numbers(missing: set[str]) -> set[str]:
        load()
        return {expression for expression in missing if monitored.numbers(expression)}

    _until_found(monitored, expressions, with_numbers)


def _until_found(
    monitored: Monitored,
    expected: set[str],
    look_up: Callable[[set[str]], Iterable[str]],
) -> None:
    missing = set(expected)

    def is_found() -> bool:
        missing.difference_update(look_up(missing))
        return not missing

    try:
        monitored.bundle.lab.wait(is_found)
    except LabError:
        raise LabError(f"waited in vain for {sorted(missing)}") from None


@pytest.fixture(scope="module")
def monitored(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Monitored]:
    """The deployment, up for all tests of a file; the last one may end what it likes of it.

    Its vLLM is the real one where that is built.
    """
    name = request.module.__name__.rpartition("_")[2]
    yield start(lab, recipe(lab, f"{name}-monitored", IMAGES[-1]))
    lab.clear()
