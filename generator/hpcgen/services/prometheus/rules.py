"""The rule files: those of the scraped kinds, and the expected number of targets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hpcgen.kinds.scrape_jobs import ScrapeJob
from hpcgen.yaml.dump import dump


def rules(jobs: Iterable[ScrapeJob]) -> dict[str, str]:
    """`rules/*.yml` by name: the expected targets, and the `alerts.yml` of every scrape job."""
    scraped = tuple(jobs)
    folders = dict.fromkeys(job.folder for job in scraped)
    alerts = {f"rules/{_name(folder)}.yml": folder / "alerts.yml" for folder in folders}
    return {
        **{
            name: path.read_text(encoding="utf-8") for name, path in alerts.items() if path.exists()
        },
        "rules/targets.yml": _targets(scraped),
    }


def _name(folder: Path) -> str:
    return folder.name.replace("_", "-")


def _targets(jobs: Iterable[ScrapeJob]) -> str:
    """The rules for all targets, and a series job:up:expected for each Prometheus job."""
    general = Path(__file__).with_name("targets.yml").read_text(encoding="utf-8")
    return general + dump({"groups": _expected_targets(jobs)}).partition("\n")[2]


def _expected_targets(jobs: Iterable[ScrapeJob]) -> list[dict[str, Any]]:
    records = [
        {
            "record": "job:up:expected",
            "expr": f"vector({job.expected})",
            "labels": {"job": job.name, "service": job.service.name},
        }
        for job in jobs
    ]
    return [{"name": "expected", "rules": records}]
