"""Prometheus watches a running deployment: all targets of its recipe, while they are there."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

import pytest
from hpcgen.exporters import FOLDER
from hpcgen.grafana.selection import all_dashboards
from hpcgen.model.kind import kinds

from tests.alert_rules import metrics
from tests.dashboards import expressions, plain
from tests.lab.bundles import finish, processes
from tests.lab.monitoring import STAND_IN, Monitored, monitored, until_scraped  # noqa: F401
from tests.lab.vllm import IMAGES

TARGETS = {
    *("cache.redis", "cache.node", "db.mysqld", "db.node", "llm", "llm.node"),
    *("metrics", "metrics.node"),
}
FOLDERS = {name: kinds()[name].folder for name in ("redis", "mysql", "vllm", "prometheus")}
WATCHED = {**FOLDERS, "node": FOLDER / "node"}
SERVER = "vllm_stand_in serve" if IMAGES[-1] == STAND_IN else "vllm.entrypoints.cli.main serve"
COMPLETE = """
while curl --fail --silent --output /dev/null --header 'Content-Type: application/json' \\
  --header @- "$OPENAI_BASE_URL/completions" <<<"Authorization: Bearer $OPENAI_API_KEY" \\
  --data "{\\"model\\": \\"$OPENAI_MODEL\\", \\"prompt\\": \\"one\\", \\"max_tokens\\": 8}" &&
  ((SECONDS < 5)); do :; done; ((SECONDS >= 5))
"""
"""Completions for five seconds."""


def status(address: str) -> int:
    """How a request without a credential is answered."""
    try:
        urllib.request.urlopen(address, timeout=60).close()  # noqa: S310 - our own
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
    return 200


def test_every_target_of_the_recipe_is_up(monitored: Monitored) -> None:  # noqa: F811
    everyone = dict.fromkeys(TARGETS, "up")
    monitored.bundle.lab.wait(lambda: monitored.up() == everyone)
    labels = monitored.query('up{job="cache.redis"}')[0]["metric"]
    assert labels["service"] == "cache"
    assert labels["deployment"] == monitored.bundle.name
    assert labels["job_id"] == str(monitored.jobs["cache"])
    assert (labels["node"][:5], labels["replica"]) == ("node0", "0")


def test_every_expression_about_vllm_has_data(monitored: Monitored) -> None:  # noqa: F811
    done = monitored.bundle.connect(COMPLETE, service="llm")
    assert done.returncode == 0, done.stderr
    missing = {plain(expression) for expression in expressions([all_dashboards()["vllm"]])}

    def none_is_missing() -> bool:
        missing.difference_update(
            {expression for expression in missing if monitored.query(expression)}
        )
        return not missing

    monitored.bundle.lab.wait(none_is_missing)
    assert monitored.query("sum(vllm:request_success_total) > 0")


@pytest.mark.parametrize("kind", WATCHED)
def test_every_metric_of_its_rules_is_told(monitored: Monitored, kind: str) -> None:  # noqa: F811
    until_scraped(monitored, metrics(WATCHED[kind] / "alerts.yml"))


def test_only_who_knows_a_password_is_answered(monitored: Monitored) -> None:  # noqa: F811
    assert status(f"{monitored.url}/api/v1/query?query=up") == 401
    for series in monitored.query('up{job=~".*[.](redis|mysqld|node)"}'):
        assert status(f"http://{series['metric']['instance']}/metrics") == 401
    ask = 'curl --fail --silent --user "${PROMETHEUS_USERNAME}:${PROMETHEUS_PASSWORD}"'
    line = f'{ask} "${{PROMETHEUS_URL}}/api/v1/query?query=up"'
    assert '"status":"success"' in monitored.bundle.connect(line, service="metrics").stdout


def test_nobody_can_change_or_end_it_from_outside(monitored: Monitored) -> None:  # noqa: F811
    for path in ("/-/reload", "/-/quit", "/api/v1/admin/tsdb/snapshot"):
        try:
            answer = monitored.get(path, method="POST")
        except urllib.error.HTTPError as refused:
            answer = refused.read().decode()
            refused.close()
        assert re.search("not enabled|disabled", answer), path


def test_no_password_is_said_aloud(monitored: Monitored) -> None:  # noqa: F811
    run = monitored.bundle.path("")
    secrets = [path.read_text() for path in (run / "secrets").iterdir()]
    lines = "\n".join(
        line for node in monitored.bundle.lab.nodes for line in listening(monitored, node)
    )
    assert "redis_exporter" in lines
    logs = [path for path in run.glob("*/*/*.log") if path.is_file()]
    texts = [lines, *(path.read_text() for path in (*logs, *run.glob("targets/*")))]
    assert len(secrets) == 5
    assert not [secret for secret in secrets for text in texts if secret in text]


def test_no_exporter_is_told_what_is_its_services(monitored: Monitored) -> None:  # noqa: F811
    lab, key = monitored.bundle.lab, monitored.bundle.path("secrets/llm.api_key").read_text()
    environment = 'for pid in $(pgrep -f "$0"); do tr "\\0" "\\n" <"/proc/$pid/environ"; done'
    node, environs = lab.job(monitored.jobs["llm"]).node, {}
    for program in ("node_exporter --web", SERVER):
        look = ["sh", "-c", environment, program]
        environs[program] = lab.run(look, user="root", node=node).stdout
    assert key in environs[SERVER]
    assert "PATH=" in environs["node_exporter --web"]
    assert key not in environs["node_exporter --web"]


def listening(monitored: Monitored, node: str) -> list[str]:  # noqa: F811
    return processes(monitored.bundle.lab, node)


def test_promtool_accepts_the_committed_files(monitored: Monitored) -> None:  # noqa: F811
    lab, place = monitored.bundle.lab, monitored.bundle.place
    job = monitored.bundle.path(f"metrics/{monitored.jobs['metrics']}")
    inside = f"{monitored.bundle.run}/metrics/{job.name}"
    binds = (f"{place}/prometheus:/bundle", f"{inside}/etc:/run/hpcgen")
    words = [word for bind in binds for word in ("--bind", bind)]
    check = ["promtool", "check", "config", "/bundle/prometheus.yml"]
    done = lab.run(["apptainer", "-q", "exec", *words, lab.image("monitoring"), *check])
    assert "is valid prometheus config file syntax" in done.stdout
    assert done.stdout.count("rules found") == 6
    assert "FAILED" not in done.stdout + done.stderr


def test_an_exporter_that_dies_leaves_its_service_alone(monitored: Monitored) -> None:  # noqa: F811
    lab, job = monitored.bundle.lab, monitored.jobs["db"]
    node = lab.job(job).node
    lab.run(["pkill", "-KILL", "-f", "mysqld_exporter --web"], user="root", node=node)
    lab.wait(lambda: monitored.up()["db.mysqld"] == "down")
    lab.wait(lambda: alerts(monitored, "TargetDown", "db.mysqld"))
    text = lab.job(job).log.read_text()
    assert re.search(r"the exporter mysqld on node0. has ended with \d+, and db goes on", text)
    assert lab.job(job).state == "RUNNING"


def alerts(monitored: Monitored, name: str, job: str) -> list[str]:  # noqa: F811
    """The states of an alert about what Prometheus calls `job`."""
    firing = monitored.query(f'ALERTS{{alertname="{name}", job="{job}"}}')
    return [series["metric"]["alertstate"] for series in firing]


def test_targets_of_a_job_that_is_killed_outright_go_too(monitored: Monitored) -> None:  # noqa: F811
    lab, job = monitored.bundle.lab, monitored.jobs["llm"]
    lab.kill_script(job)
    lab.wait_job(job)
    assert [*monitored.bundle.path("targets").glob("llm*")]
    lab.wait(lambda: not {name for name in monitored.up() if name.startswith("llm")})


def test_a_service_that_is_killed_fires_its_alert(monitored: Monitored) -> None:  # noqa: F811
    lab, job = monitored.bundle.lab, monitored.jobs["cache"]
    lab.run(["pkill", "-KILL", "-x", "redis-server"], user="root", node=lab.job(job).node)
    finish(monitored.bundle, job, "FAILED", "69:0")
    lab.wait(lambda: alerts(monitored, "ServiceGone", "cache.redis") == ["firing"])
    assert not {name for name in monitored.up() if name.startswith("cache")}
    assert not [*monitored.bundle.path("targets").glob("cache*")]
    assert not (monitored.bundle.path(f"cache/{job}") / "exporter").exists()


def test_what_was_measured_is_kept_when_it_ends(monitored: Monitored) -> None:  # noqa: F811
    bundle, lab = monitored.bundle, monitored.bundle.lab
    lab.wait(lambda: monitored.query('last_over_time(up{job="llm"}[1h])'))
    bundle.script("cancel")
    job = monitored.jobs["metrics"]
    finish(bundle, job)
    assert not [*bundle.path("targets").iterdir()]
    kept = f"{bundle.run}/tsdb/metrics/{job}"
    here, match = "--sandbox-dir-root=/tsdb", '--match=up{job="llm"}'
    dump = ["promtool", "tsdb", "dump", here, match, "/tsdb"]
    bind = ("--bind", f"{kept}:/tsdb")
    done = lab.run(["apptainer", "-q", "exec", *bind, lab.image("monitoring"), *dump])
    assert f'job_id="{monitored.jobs["llm"]}"' in done.stdout
