"""prometheus.yml: what is scraped, how often, and by which rules it is judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hpcgen.kinds.scrape_jobs import ScrapeJob
from hpcgen.model.entry import Service
from hpcgen.services.prometheus.credentials import credential
from hpcgen.text import units

_REFRESH = "5s"
"""How soon a target is found, or missed. No inotify event of a shared file system crosses nodes."""


def configuration(service: Service, watched: Iterable[ScrapeJob]) -> dict[str, Any]:
    """The whole file. Paths are those of the container; targets come from the jobs of services."""
    settings = service.settings
    return {
        "global": {
            "scrape_interval": _seconds(settings["scrape_interval"]),
            "evaluation_interval": _seconds(settings["evaluation_interval"]),
        },
        "rule_files": ["rules/*.yml"],
        "scrape_configs": [
            *(_watched(service, each) for each in watched),
            *(_static(each) for each in settings.get("static_configs", ())),
        ],
    }


def _watched(watcher: Service, each: ScrapeJob) -> dict[str, Any]:
    secret = credential(watcher, each)
    file = f"/run/hpcgen/secrets/{secret.file_name}" if secret else ""
    access: dict[str, Any] = {"authorization": {"credentials_file": file}} if file else {}
    if file and each.username:
        access = {"basic_auth": {"username": each.username, "password_file": file}}
    labels = [
        {"target_label": name, "replacement": text.replace("$", "$$")}
        for name, text in each.service.labels.items()
    ]
    found = {"files": [f"/targets/{each.job}@*.json"], "refresh_interval": _REFRESH}
    honor = {"honor_labels": True} if each.exporter and each.exporter.honor_labels else {}
    return {
        "job_name": each.job,
        "metrics_path": each.path,
        **honor,
        **access,
        "file_sd_configs": [found],
        **({"relabel_configs": labels} if labels else {}),
    }


def _static(each: dict[str, Any]) -> dict[str, Any]:
    return {
        "job_name": each["job_name"],
        "metrics_path": each.get("metrics_path", "/metrics"),
        "static_configs": [{"targets": list(each["targets"])}],
    }


def _seconds(duration: int | str) -> str:
    return f"{units.duration(duration)}s"
