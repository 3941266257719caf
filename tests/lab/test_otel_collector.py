"""An OpenTelemetry collector between applications and Prometheus, in one job with both.

The collector itself cannot be had here: the image is a stand-in that reads the real configuration
and speaks the real protocols. What sends is OpenTelemetry's own SDK, Prometheus is the real one.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.bundles import finish, install
from tests.lab.cluster import Lab
from tests.lab.monitoring import SMALL, Monitored, watching
from tests.lab.otel_collector import IMAGE, SENDER


def recipe(lab: Lab) -> dict[str, Any]:
    """Prometheus and the collector in one job, and a client that sends."""
    image, inside = lab.image(IMAGE), {"job": "monitoring", "resources": {"cpus_per_task": 1}}
    quick = {"scrape_interval": "1s", "evaluation_interval": "1s", "expose": "cluster"}
    return {
        "name": "telemetry",
        "jobs": {"monitoring": {"resources": {"time": "00:20:00", "cpus_per_task": 3}}},
        "services": {
            "metrics": {"kind": "prometheus", "image": lab.image("monitoring"), **quick, **inside}
            | {"exporters": []},
            "otel": {
                "kind": "otel-collector",
                "image": image,
                "remote_write": "metrics",
                "resource_attributes": {"deployment.environment": "benchmark"},
                "batch_timeout": "1s",
                "exporters": [],
                **inside,
                "expose": "cluster",
            },
            "dashboards": {
                "kind": "grafana",
                "image": lab.image("grafana-stand-in"),
                "datasource": "metrics",
                "anonymous": True,
                "exporters": [],
                **inside,
            },
        },
        "clients": {
            "app": {
                "kind": "command",
                "image": image,
                "target": "otel",
                "command": ["python3", "-c", SENDER],
                **SMALL,
            }
        },
    }


@pytest.fixture(scope="module")
def monitored(lab: Lab) -> Iterator[Monitored]:
    made = recipe(lab)
    bundle = install(lab, made["name"], json.dumps(made))
    jobs = bundle.submit()
    for name in made["services"]:
        bundle.ready(jobs["monitoring"], service=name)
    yield watching(bundle, jobs, "monitoring")
    lab.clear()


def test_prometheus_has_what_was_sent_by_either_protocol(monitored: Monitored) -> None:
    bundle, lab = monitored.bundle, monitored.bundle.lab
    finish(bundle, monitored.jobs["app"])
    counted = 'db_total_requests{db_operation_name="query"} == 3'
    lab.wait(lambda: len(monitored.query(counted)) == 2)
    for series in monitored.query(counted):
        labels = series["metric"]
        assert labels["job"] in ("over-http", "over-grpc")
        assert (labels["instance"], labels["deployment_environment"]) == ("1", "benchmark")
    bucket = 'db_client_operation_duration_bucket{le="5", job="over-http"}'
    assert [series["value"][1] for series in monitored.query(bucket)] == ["1"]
    for name, text in (("traces", '"a-round"'), ("logs", '"a round"')):
        file = bundle.path(f"otel/{monitored.jobs['monitoring']}/{name}.json")
        lab.wait(lambda: text in file.read_text())  # noqa: B023 - waited for at once


def test_it_is_scraped_and_tells_what_it_took_in(monitored: Monitored) -> None:
    lab = monitored.bundle.lab
    lab.wait(lambda: monitored.up() == {"metrics": "up", "otel": "up"})
    finish(monitored.bundle, monitored.jobs["app"])
    taken = "otelcol_receiver_accepted_metric_points"
    by_each = f'count(sum by (transport) ({taken}{{transport=~"http|grpc"}} > 0)) == 2'
    lab.wait(lambda: monitored.query(by_each))
    sent = f"sum(otelcol_exporter_sent_metric_points) == sum({taken})"
    lab.wait(lambda: monitored.query(sent))


def test_where_the_recipe_says_so_whoever_comes_may_look_at_grafana(monitored: Monitored) -> None:
    there = monitored.bundle.endpoint(monitored.jobs["monitoring"], "dashboards")
    url = f"http://{there['HOST']}:{there['PORT']}/api"
    with urllib.request.urlopen(f"{url}/search", timeout=60) as answer:  # noqa: S310 - our own
        assert "hpcgen-otel-collector" in {board["uid"] for board in json.load(answer)}
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{url}/datasources/uid/prometheus", timeout=60)  # noqa: S310
    assert refused.value.code == 403
    refused.value.close()


def test_only_who_knows_a_token_or_a_password_may_send(monitored: Monitored) -> None:
    there = monitored.bundle.endpoint(monitored.jobs["monitoring"], "otel")
    addresses = (
        f"http://{there['HOST']}:{there['PORT']}/v1/metrics",
        f"{monitored.url}/api/v1/write",
    )
    for address in addresses:
        request = urllib.request.Request(address, b"{}", {"Content-Type": "application/json"})  # noqa: S310 - our own
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=60)  # noqa: S310
        assert refused.value.code == 401
        refused.value.close()


def test_no_secret_is_seen_and_the_death_of_either_ends_the_job(monitored: Monitored) -> None:
    bundle, lab, job = monitored.bundle, monitored.bundle.lab, monitored.jobs["monitoring"]
    node = bundle.endpoint(job, "otel")["NODE"]
    secrets = [
        bundle.path(f"secrets/{name}").read_text() for name in ("otel.token", "metrics.password")
    ]
    visible = lab.run(["ps", "-eww", "-o", "args"], user="root", node=node).stdout
    logs = [path for path in bundle.path("").glob("*/*/*.log") if path.is_file()]
    visible += "".join(path.read_text() for path in logs)
    assert "otelcol_stand_in" in visible
    assert not [secret for secret in secrets if secret in visible]
    lab.run(["pkill", "-KILL", "-f", "otelcol_stand_in"], user="root", node=node)
    finish(bundle, job, "FAILED", "69:0")
    assert not [*bundle.path("targets").iterdir()]
