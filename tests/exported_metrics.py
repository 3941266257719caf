"""The metrics that exporters export, as the lists of tests/metrics name them."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).parent.parent
METRICS = (
    *sorted((PROJECT / "tests/metrics").glob("*.txt")),
    PROJECT / "tests/lab/vllm-metrics.txt",
)
PROMETHEUS = {"up", "ALERTS", "scrape_duration_seconds", "scrape_samples_post_metric_relabeling"}
"""What Prometheus says itself of each target that it scrapes, and of each alert."""


def exported() -> set[str]:
    """Every name under which a sample is exported, those that a histogram's type stands for too."""
    lines = (line.split() for file in METRICS for line in file.read_text().splitlines())
    names = {line[0]: line[1] for line in lines if line[0] != "#" and len(line) == 2}
    parts = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}
    return {name + part for name, kind in names.items() for part in parts.get(kind, ("",))}
