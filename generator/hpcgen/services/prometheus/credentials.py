"""What those that are scraped ask for, as files that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hpcgen.kinds.offer import Secret
from hpcgen.kinds.scrape_jobs import ScrapeJob
from hpcgen.model.entry import Service


def credentials(watcher: Service, watched: Iterable[ScrapeJob]) -> tuple[Secret, ...]:
    """The secrets of others that the scrapes need, each once; the watcher has its own."""
    found = {secret.path: secret for each in watched if (secret := credential(watcher, each))}
    return tuple(secret for secret in found.values() if secret.owner)


def credential(watcher: Service, each: ScrapeJob) -> Secret | None:
    """The secret that a scrape needs, as the watcher has it: a file, whoever else it belongs to."""
    secret = each.secret
    if secret is None or (each.service.name == watcher.name and not secret.owner):
        return secret
    owner = secret.owner or each.service.name
    variable = f"{owner}_{secret.name}".upper().replace("-", "_").replace(".", "")
    return replace(secret, owner=owner, variable=variable, file=True, environment=None)
