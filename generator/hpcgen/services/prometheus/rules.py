"""The rule files: those of every kind that is scraped, and how many targets there should be."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hpcgen.kinds.scrape_jobs import ScrapeJob
from hpcgen.yaml.dump import dump


def rules(watched: Iterable[ScrapeJob]) -> dict[str, str]:
    """`rules/*.yml` by name: what is expected, and the `alerts.yml` of who is watched."""
    every = tuple(watched)
    folders = dict.fromkeys(each.folder for each in every)
    own = {f"rules/{_name(each)}.yml": each / "alerts.yml" for each in folders}
    return {
        **{name: path.read_text(encoding="utf-8") for name, path in own.items() if path.exists()},
        "rules/targets.yml": _targets(every),
    }


def _name(folder: Path) -> str:
    return folder.name.replace("_", "-")


def _targets(watched: Iterable[ScrapeJob]) -> str:
    """What is so of all targets, and a series job:up:expected for each of Prometheus's jobs."""
    general = Path(__file__).with_name("targets.yml").read_text(encoding="utf-8")
    return general + dump({"groups": _expected(watched)}).partition("\n")[2]


def _expected(watched: Iterable[ScrapeJob]) -> list[dict[str, Any]]:
    records = [
        {
            "record": "job:up:expected",
            "expr": f"vector({each.expected})",
            "labels": {"job": each.job, "service": each.service.name},
        }
        for each in watched
    ]
    return [{"name": "expected", "rules": records}]
