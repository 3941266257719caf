"""vLLM over Ray: a real Ray cluster on two nodes, and the stand-in for vLLM with workers on it."""

from __future__ import annotations

import json

from hpcgen.grafana.selection import all_dashboards
from hpcgen.model.kind import kinds

from tests.alert_rules import metrics
from tests.dashboards import expressions, plain
from tests.lab.bundles import install, outcome
from tests.lab.cluster import Lab
from tests.lab.monitoring import SMALL, Monitored, until_numbers, watching
from tests.lab.nodes import nothing_is_left, others
from tests.lab.ray import IMAGE, wide
from tests.lab.vllm import deployed


def test_every_gpu_joins_before_vllm_starts_and_every_node_is_watched(lab: Lab) -> None:
    metrics = {"kind": "prometheus", "image": lab.image("monitoring"), "scrape_interval": "1s"}
    services = {
        "llm": wide(lab, ray_metrics_port=8090, exporters=[]),
        "metrics": {**metrics, "exporters": [], **SMALL},
    }
    bundle = install(lab, "ray", json.dumps({"name": "ray", "services": services}))
    jobs = bundle.submit()
    job = jobs["llm"]
    end = bundle.ready(job, service="llm")
    log = bundle.path(f"llm/{job}/llm.log").read_text()
    assert log.index("2 of 2 GPUs have joined") < log.index("2 Ray workers on ")
    for node in (end["NODE"], *others(bundle, job)):
        address = lab.run(["getent", "ahostsv4", node]).stdout.split()[0]
        assert address in log.split("2 Ray workers on ")[1].splitlines()[0]
    ask = ["apptainer", "-q", "exec", "--containall", "--no-home", lab.image(IMAGE), "ray"]
    status = [*ask, "status", "--address", f"{end['HOST']}:6390"]
    token = bundle.path("secrets/llm.ray_token").read_text()
    access = {"APPTAINERENV_RAY_AUTH_MODE": "token", "APPTAINERENV_RAY_AUTH_TOKEN": token}
    assert "2.0 GPU" in lab.run(status, env=access).stdout
    refused = lab.run(status, check=False)
    assert refused.returncode != 0
    assert "GPU" not in refused.stdout
    dashboard = ["bash", "-c", f"exec 3<>/dev/tcp/{end['HOST']}/8265"]
    assert lab.run(dashboard, check=False).returncode != 0
    bundle.ready(jobs["metrics"], service="metrics")
    monitored = watching(bundle, jobs, "metrics")
    lab.wait(lambda: len(monitored.query("ray_node_cpu_count")) == 2, job=job)
    labels = [series["metric"] for series in monitored.query('up{job="llm.ray"} == 1')]
    assert {label_set["node"] for label_set in labels} == {end["NODE"], *others(bundle, job)}
    everything_about_ray_is_told(monitored)
    bundle.script("cancel")
    assert outcome(lab.wait_job(job)) == ("COMPLETED", "0:0"), lab.story(job)
    lab.wait(lambda: nothing_is_left(lab), job=job)


def everything_about_ray_is_told(monitored: Monitored) -> None:
    """Each expression of its dashboard has data, and each metric of its alerts is there."""
    until_numbers(
        monitored, {plain(expression) for expression in expressions([all_dashboards()["ray"]])}
    )
    read = metrics(kinds()["vllm"].folder / "ray" / "alerts.yml")
    assert read - {*monitored.get("/api/v1/label/__name__/values")} == set()


def test_the_death_of_a_ray_worker_fails_the_job(lab: Lab) -> None:
    bundle = deployed(lab, "ray-lost", wide(lab))
    job = bundle.submit()["llm"]
    bundle.ready(job, service="llm")
    (other,) = others(bundle, job)
    lab.run(["pkill", "-KILL", "-u", "alice", "-x", "raylet"], user="root", node=other)
    lab.wait(lambda: not bundle.endpoint(job, "llm"), job=job)
    ended = lab.wait_job(job)
    assert outcome(ended) == ("FAILED", "69:0"), lab.story(job)
    assert f"the member on {other} has ended with" in ended.log.read_text(), lab.story(job)


def test_vllm_does_not_start_before_every_gpu_is_there(lab: Lab) -> None:
    late = lab.nodes[1]
    pinned = {"nodes": 2, "cpus_per_task": 2, "gpus_per_node": 1, "time": "00:10:00"}
    nodes = {**pinned, "nodelist": f"{lab.nodes[0]},{late}"}
    soon = {"timeout": 45}  # until Ray's head is up, and before srun itself gives up
    bundle = deployed(lab, "ray-late", wide(lab, resources=nodes, readiness=soon))
    lab.run(["pkill", "-STOP", "-x", "slurmd"], user="root", node=late)
    try:
        job = bundle.submit()["llm"]
        lab.wait(lambda: bundle.path(f"llm/{job}/ended").is_file(), job=job)
    finally:
        lab.run(["pkill", "-CONT", "-x", "slurmd"], user="root", node=late)
    log = lab.job(job).log.read_text()
    assert "; 0 of 1 members are there" in log
    assert "1 of 2 GPUs have joined" in log
    assert "Ray workers on" not in bundle.path(f"llm/{job}/llm.log").read_text()
    assert outcome(lab.wait_job(job)) == ("FAILED", "75:0")
