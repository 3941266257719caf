"""The secrets of scraped services, as files that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hpcgen.kinds.offer import Secret
from hpcgen.kinds.scrape_jobs import ScrapeJob
from hpcgen.model.entry import Service


def credentials(scraper: Service, jobs: Iterable[ScrapeJob]) -> tuple[Secret, ...]:
    """The secrets of other services that the scrape jobs need, each once."""
    by_path = {secret.path: secret for job in jobs if (secret := credential(scraper, job))}
    return tuple(secret for secret in by_path.values() if secret.owner)


def credential(scraper: Service, job: ScrapeJob) -> Secret | None:
    """The secret that a scrape job needs, as a file of the scraper, with its owner."""
    secret = job.secret
    if secret is None or (job.service.name == scraper.name and not secret.owner):
        return secret
    owner = secret.owner or job.service.name
    variable = f"{owner}_{secret.name}".upper().replace("-", "_").replace(".", "")
    return replace(secret, owner=owner, variable=variable, file=True, environment=None)
