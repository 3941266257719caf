"""Prometheus watches a running deployment: all targets of its recipe, while they are there."""

from __future__ import annotations

from tests.lab.monitoring import Monitored, monitored  # noqa: F401

TARGETS = {
    "cache.redis",
    "cache.node",
    "db.mysqld",
    "db.node",
    "llm",
    "llm.node",
    "metrics",
    "metrics.node",
}


def test_every_target_of_the_recipe_is_up(monitored: Monitored) -> None:  # noqa: F811
    everyone = dict.fromkeys(TARGETS, "up")
    monitored.bundle.lab.wait(lambda: monitored.up() == everyone, timeout=30)
    labels = monitored.query('up{job="cache.redis"}')[0]["metric"]
    assert labels["service"] == "cache"
    assert labels["deployment"] == monitored.bundle.name
    assert labels["job_id"] == str(monitored.jobs["cache"])
    assert labels["node"].startswith("node0")
