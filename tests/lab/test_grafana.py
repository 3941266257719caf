"""Grafana shows a running deployment: its data source resolves, and its dashboards have data.

Grafana itself cannot be had here: the image is a stand-in that reads the real provisioning files,
refuses what Grafana refuses, and speaks the part of its HTTP API that is used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hpcgen.balancers import balancers
from hpcgen.exporters import FOLDER
from hpcgen.grafana.panel import UID
from hpcgen.grafana.selection import all_dashboards
from hpcgen.model.kind import kinds

from tests.alert_rules import metrics
from tests.dashboards import expressions, plain
from tests.lab.cluster import Lab
from tests.lab.grafana import Grafana, grafana, watched

KINDS = ("mysql", "otel-collector", "prometheus", "redis", "vllm")
WATCHED = (*(kinds()[name].folder for name in KINDS), balancers()["envoy"].folder, FOLDER / "node")
GENERAL = ("benchmarks", "nodes", "overview", "service")
SHOWN = (*GENERAL, "envoy", "mysql", "otel-collector", "redis", "vllm")


@pytest.fixture(scope="module")
def monitored(lab: Lab) -> Iterator[Grafana]:
    yield grafana(lab, watched(lab, "watched"))
    lab.clear()


def test_who_has_the_password_of_the_connection_file_is_let_in(monitored: Grafana) -> None:
    printed = monitored.bundle.connect(
        'echo "$GRAFANA_URL $GRAFANA_USERNAME $GRAFANA_PASSWORD"', service="dashboards"
    )
    assert printed.stdout.split() == [monitored.url, "admin", monitored.password]
    assert json.loads(monitored.get("/api/health", None)[1])["database"] == "ok"
    assert [monitored.get("/api/search", password)[0] for password in ("", "admin", None)] == [
        200,
        401,
        401,
    ]


def test_the_data_source_resolves_and_answers(monitored: Grafana) -> None:
    source = monitored.json(f"/api/datasources/uid/{UID}")
    where = monitored.bundle.endpoint(monitored.jobs["monitoring"], "metrics")
    assert source["url"] == f"http://{where['HOST']}:{where['PORT']}"
    assert (source["name"], source["isDefault"], source["readOnly"]) == ("metrics", True, True)
    assert source["secureJsonFields"] == {"basicAuthPassword": True}
    assert monitored.json(f"/api/datasources/uid/{UID}/health")["status"] == "OK"


def test_the_dashboards_are_those_that_were_committed(monitored: Grafana) -> None:
    listed = {board["uid"] for board in monitored.json("/api/search")}
    assert listed == {f"hpcgen-{name}" for name in SHOWN}
    for name in SHOWN:
        file = monitored.bundle.lab.path(f"{monitored.bundle.place}/grafana/dashboards/{name}.json")
        served = monitored.json(f"/api/dashboards/uid/hpcgen-{name}")["dashboard"]
        assert served == json.loads(file.read_text())
    assert monitored.json("/api/dashboards/home")["dashboard"]["uid"] == "hpcgen-overview"


def test_every_expression_of_every_dashboard_has_data(monitored: Grafana) -> None:
    shown = {
        plain(expression) for expression in expressions(all_dashboards()[name] for name in SHOWN)
    }
    missing = shown

    def none_is_missing() -> bool:
        nonlocal missing
        missing = {expression for expression in missing if not monitored.query(expression)}
        return not missing

    try:
        monitored.bundle.lab.wait(none_is_missing)
    finally:
        print("no data:", *sorted(missing), sep="\n")


def test_every_rule_is_evaluated_and_reads_what_is_told(monitored: Grafana) -> None:
    proxied = f"/api/datasources/proxy/uid/{UID}/api/v1"
    read = {name for folder in WATCHED for name in metrics(folder / "alerts.yml")}

    def all_is_told() -> bool:
        return read <= {*monitored.json(f"{proxied}/label/__name__/values")["data"]}

    def judged() -> dict[str, set[str]]:
        """How each group's rules have fared."""
        groups = monitored.json(f"{proxied}/rules")["data"]["groups"]
        return {group["name"]: {rule["health"] for rule in group["rules"]} for group in groups}

    monitored.bundle.lab.wait(all_is_told)
    monitored.bundle.lab.wait(lambda: all(health == {"ok"} for health in judged().values()))
    assert judged().keys() >= {folder.name.replace("_", "-") for folder in WATCHED}


def test_every_client_tells_of_its_run_while_it_lasts(monitored: Grafana) -> None:
    def counted() -> set[tuple[str, str]]:
        counters = monitored.query('hpcgen_client_requests_total{outcome="succeeded"} > 0')
        return {(counter["metric"]["client"], counter["metric"]["run"]) for counter in counters}

    clients = ("cache-load", "db-load", "llm-load")
    expected = {(name, str(monitored.jobs[name])) for name in clients}
    monitored.bundle.lab.wait(lambda: counted() == expected)
    running = monitored.query("hpcgen_client_running == 1")
    assert {series["metric"]["client"] for series in running} == {*clients}


def test_no_password_is_seen_anywhere(monitored: Grafana) -> None:
    lab = monitored.bundle.lab
    source = monitored.bundle.path("secrets/metrics.password").read_text()
    node = monitored.bundle.endpoint(monitored.jobs["monitoring"], "dashboards")["NODE"]
    seen = lab.run(["ps", "-eww", "-o", "args"], user="root", node=node).stdout
    environ = "tr '\\0' '\\n' </proc/$(pgrep -f '[p]ython3 -m grafana')/environ"
    seen += lab.run(["bash", "-c", environ], user="root", node=node).stdout
    assert "HPCGEN_DATASOURCE_URL=http://" in seen
    logs = "cat ~/hpcgen/watched-*/*/*/*.log"
    seen += lab.run(["bash", "-c", logs]).stdout
    seen += lab.job(monitored.jobs["monitoring"]).record
    assert (monitored.password in seen, source in seen) == (False, False)


def test_the_runbook_and_a_script_say_how_to_look(monitored: Grafana) -> None:
    port = monitored.url.rpartition(":")[2]
    log = monitored.bundle.lab.job(monitored.jobs["monitoring"]).log
    assert f"-NL {port}:" in log.read_text()
    printed = monitored.bundle.script("tunnel", "dashboards").stdout
    assert f"-NL {port}:{monitored.url.removeprefix('http://')}" in printed
    assert f"http://localhost:{port}/, as admin" in printed
    assert monitored.password not in printed
    assert (
        "bin/tunnel.sh"
        in (monitored.bundle.lab.path(monitored.bundle.place) / "README.md").read_text()
    )
