"""What is scraped of a recipe, by whom it is told, and what runs beside a service for that."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hpcgen.diagnostics import RecipeError
from ruamel.yaml import YAML

from tests.unit.scrape_jobs import built, scraped

LIB = Path(__file__).parents[2] / "templates" / "lib"
KINDS = Path(__file__).parents[2] / "generator" / "hpcgen" / "services"


METRICS = {"kind": "prometheus"}


def test_without_a_word_every_service_is_scraped_and_its_node(tmp_path: Path) -> None:
    services = {"cache": {"kind": "redis"}, "vectors": {"kind": "chroma"}, "metrics": METRICS}
    jobs = scraped(built(tmp_path, services))
    assert [*jobs] == ["cache.redis", "cache.node", "vectors.node", "metrics"]
    (discovery,) = jobs["cache.redis"]["file_sd_configs"]
    assert discovery == {"files": ["/targets/cache.redis@*.json"], "refresh_interval": "5s"}
    assert jobs["cache.redis"]["basic_auth"]["username"] == "prometheus"


def test_only_the_services_that_are_named_are_changed(tmp_path: Path) -> None:
    services = {"cache": {"kind": "redis"}, "db": {"kind": "mysql"}}
    alone = built(tmp_path, services)
    tree = built(tmp_path, {**services, "metrics": {**METRICS, "scrape": ["db"]}})
    assert [*scraped(tree)] == ["db.mysqld", "db.node", "metrics"]
    assert tree["jobs/cache.sbatch"].content == alone["jobs/cache.sbatch"].content
    assert "services/cache/around.sh" not in tree


def test_exporters_are_the_recipes_to_choose(tmp_path: Path) -> None:
    cache = {"kind": "redis", "exporters": []}
    llm = {
        "kind": "vllm",
        "model": "tiny/llama",
        "exporters": {"dcgm": {"image": "/images/dcgm.sif", "port": 19400}},
        "resources": {"gpus_per_node": 1},
    }
    tree = built(tmp_path, {"cache": cache, "llm": llm, "metrics": METRICS})
    assert [*scraped(tree)] == ["llm", "llm.dcgm", "metrics"]
    around = tree["services/llm/around.sh"].content
    assert '"/images/dcgm.sif" dcgm-exporter' in around.replace(" \\\n    ", " ")
    assert "--nv" in around
    assert "exporter dcgm 19400 &" in around


def test_cadvisor_runs_where_it_is_switched_on_and_is_scraped(tmp_path: Path) -> None:
    cache = {"kind": "redis", "enable_cadvisor": True, "cadvisor_port": 8099}
    tree = built(tmp_path, {"cache": cache, "db": {"kind": "mysql"}, "metrics": METRICS})
    jobs = scraped(tree)
    assert "cache.cadvisor" in jobs
    assert "db.cadvisor" not in jobs
    around = tree["services/cache/around.sh"].content
    assert "exporter cadvisor 8099 &" in around
    assert "--docker_only=false" in around
    assert "/slurm" in around
    assert "exporter cadvisor" not in tree["services/db/around.sh"].content


def test_what_a_container_tells_is_scraped_where_it_says(tmp_path: Path) -> None:
    web = {
        "kind": "container",
        "image": "example/web:1.0",
        "port": 8080,
        "ports": {"admin": 9464},
        "metrics": {"port": "admin", "path": "/prometheus"},
        "exporters": [],
    }
    tree = built(tmp_path, {"web": web, "metrics": METRICS})
    assert scraped(tree)["web"]["metrics_path"] == "/prometheus"
    assert 'target web "${IP}:9464"' in tree["services/web/around.sh"].content


@pytest.mark.parametrize("port", [{}, {"ray_metrics_port": 8090}])
def test_what_tells_by_its_own_name_has_rules_and_a_dashboard(
    tmp_path: Path, port: dict[str, int]
) -> None:
    size = {"nodes": 2, "gpus_per_node": 1}
    llm = {"kind": "vllm", "model": "tiny/llama", "resources": size, "exporters": [], **port}
    shown = {"kind": "grafana", "datasource": "metrics", "exporters": []}
    tree = built(tmp_path, {"llm": llm, "metrics": METRICS, "dashboards": shown})
    files = {"prometheus/rules/ray.yml", "grafana/dashboards/ray.json"}
    assert {file for file in files if file in tree} == (files if port else set())
    assert "prometheus/rules/vllm.yml" in tree
    assert "grafana/dashboards/vllm.json" in tree


def test_there_are_no_exporters_where_nothing_runs_containers(tmp_path: Path) -> None:
    site = {"name": "bare", "title": "Bare", "runtime": {"program": "none"}}
    facts = {"facts": ["runtime"], "source": "a test", "confidence": "A"}
    (tmp_path / "site.yaml").write_text(json.dumps({**site, "provenance": [facts]}))
    web = {"kind": "container", "image": "example/web:1.0", "port": 8080, "command": ["serve"]}
    tree = built(tmp_path, {"web": web}, cluster="./site.yaml")
    assert "services/web/around.sh" not in tree
    for more in ({"exporters": ["node"]}, {"enable_cadvisor": True}):
        with pytest.raises(RecipeError, match=r"HG440.*runs in a container"):
            built(tmp_path, {"web": {**web, **more}}, cluster="./site.yaml")


def test_labels_reach_all_that_is_known_of_a_service(tmp_path: Path) -> None:
    cache = {"kind": "redis", "labels": {"team": "data", "price": "5$ a day"}}
    jobs = scraped(built(tmp_path, {"cache": cache, "metrics": METRICS}))
    for job in ("cache.redis", "cache.node"):
        assert jobs[job]["relabel_configs"] == [
            {"target_label": "team", "replacement": "data"},
            {"target_label": "price", "replacement": "5$$ a day"},
        ]
    assert "relabel_configs" not in jobs["metrics"]


def test_clients_are_watched_by_what_they_leave(tmp_path: Path) -> None:
    clients = {"bench": {"kind": "redis-benchmark", "target": "cache"}}
    services = {"cache": {"kind": "redis", "exporters": []}, "metrics": METRICS}
    tree = built(tmp_path, services, clients=clients)
    assert scraped(tree)["metrics.results"]["honor_labels"] is True
    assert "metrics.results" not in scraped(built(tmp_path, services))


HTPASSWD = """#!/bin/sh
[ "$*" = "-niBC 10 prometheus" ] && read -r word && [ "$word" = opens ] &&
  perl -e 'print "prometheus:", crypt("opens", "\\$2y\\$10\\$" . "a" x 22), "\\n\\n"'
"""
"""Says what the real one says of a password that it reads, and takes no other option."""


@pytest.mark.parametrize("htpasswd", [HTPASSWD, "#!/bin/sh\nexit 127\n"], ids=["has", "lacks"])
def test_the_password_opens_what_its_hash_was_made_of(tmp_path: Path, htpasswd: str) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "htpasswd").write_text(htpasswd)
    (tools / "htpasswd").chmod(0o755)
    lines = (
        f"PATH={tools}:$PATH HOSTNAME=here",
        'log() { echo "$*" >&2; }',
        f". {LIB}/web-config.sh",
        f"web_config {tmp_path}/etc/web.yml <<<opens",
    )
    subprocess.run(["bash", "-uc", "\n".join(lines)], check=True)
    (hashed,) = YAML(typ="safe").load(tmp_path / "etc/web.yml")["basic_auth_users"].values()
    assert hashed.startswith("$2y$" if htpasswd == HTPASSWD else "$2b$")
    check = ["perl", "-e", "print crypt($ARGV[0], $ARGV[1]) eq $ARGV[1]"]
    assert subprocess.check_output([*check, "opens", hashed]) == b"1"
    assert subprocess.check_output([*check, "other", hashed]) == b""


SQUEUE = """#!/bin/sh
echo "$*" >>"$RUN/asked"
[ "$ANSWER" ] || exit 1
for state in $ANSWER; do
  job=${state%=*}
  echo "$job $job $job ${state#*=} 0 n1"
done
"""
RUN_ON = "7=RUNNING 8=SUSPENDED"


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        (f"{RUN_ON} 88=FAILED", {"a@7.0.n1.json", "b.node@8.0.n2.json"}),
        (f"{RUN_ON} 88=COMPLETING", None),
        (RUN_ON, None),
        ("", None),
    ],
    ids=["one has ended", "one is ending", "one is not known", "no answer"],
)
def test_targets_of_jobs_that_have_ended_are_forgotten(
    tmp_path: Path, answer: str, left: set[str] | None
) -> None:
    targets = {"a@7.0.n1.json", "b.node@8.0.n2.json", "b@88.1.n2.json"}
    (tmp_path / "targets").mkdir()
    for name in targets:
        (tmp_path / "targets" / name).touch()
    (tmp_path / "squeue").write_text(SQUEUE)
    (tmp_path / "squeue").chmod(0o755)
    lines = (
        f"export PATH={tmp_path}:$PATH RUN={tmp_path} SLURM_JOB_ID=7 ANSWER='{answer}'",
        'log() { echo "$*"; }',
        'sleep() { echo "sleeps $1"; exit; }',
        f". {LIB}/cluster.sh",
        f". {LIB}/job-state.sh",
        f". {KINDS}/prometheus/around.sh",
        "forget_ended",
    )
    done = subprocess.run(
        ["bash", "-uc", "\n".join(lines)], check=True, capture_output=True, text=True
    )
    assert {path.name for path in (tmp_path / "targets").iterdir()} == (left or targets)
    assert ("forgot b@88.1.n2.json" in done.stdout) == (left is not None)
    assert 60 <= int(done.stdout.split()[-1]) < 65
    assert (tmp_path / "asked").read_text().count("\n") == 1
