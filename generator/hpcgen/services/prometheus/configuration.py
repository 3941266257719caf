"""prometheus.yml: the scrape jobs, their intervals, and the rule files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hpcgen.kinds.scrape_jobs import ScrapeJob
from hpcgen.model.entry import Service
from hpcgen.services.prometheus.credentials import credential
from hpcgen.text import units

_REFRESH = "5s"
"""How often target files are read: inotify events of a shared file system do not cross nodes."""


def configuration(service: Service, jobs: Iterable[ScrapeJob]) -> dict[str, Any]:
    """The whole file. Paths are those of the container; targets come from the jobs of services."""
    settings = service.settings
    return {
        "global": {
            "scrape_interval": _seconds(settings["scrape_interval"]),
            "evaluation_interval": _seconds(settings["evaluation_interval"]),
        },
        "rule_files": ["rules/*.yml"],
        "scrape_configs": [
            *(_scrape_config(service, job) for job in jobs),
            *(_static_config(config) for config in settings.get("static_configs", ())),
        ],
    }


def _scrape_config(scraper: Service, job: ScrapeJob) -> dict[str, Any]:
    secret = credential(scraper, job)
    file = f"/run/hpcgen/secrets/{secret.file_name}" if secret else ""
    access: dict[str, Any] = {"authorization": {"credentials_file": file}} if file else {}
    if file and job.username:
        access = {"basic_auth": {"username": job.username, "password_file": file}}
    labels = [
        {"target_label": name, "replacement": text.replace("$", "$$")}
        for name, text in job.service.labels.items()
    ]
    discovery = {"files": [f"/targets/{job.name}@*.json"], "refresh_interval": _REFRESH}
    honor = {"honor_labels": True} if job.exporter and job.exporter.honor_labels else {}
    return {
        "job_name": job.name,
        "metrics_path": job.path,
        **honor,
        **access,
        "file_sd_configs": [discovery],
        **({"relabel_configs": labels} if labels else {}),
    }


def _static_config(config: dict[str, Any]) -> dict[str, Any]:
    return {
        "job_name": config["job_name"],
        "metrics_path": config.get("metrics_path", "/metrics"),
        "static_configs": [{"targets": list(config["targets"])}],
    }


def _seconds(duration: int | str) -> str:
    return f"{units.duration(duration)}s"
