"""What a job does around a service, in a file of the bundle that the job sources: around.sh.

The job waits for other services, tells Prometheus where to scrape, runs exporters, and does what
the kind has to do at the end. That stands beside the job, whose own script keeps to what the
service itself needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hpcgen import shell
from hpcgen.containment import Containment
from hpcgen.names import waits_for
from hpcgen.offer import ServiceOffer
from hpcgen.programs import library
from hpcgen.recipe import Service
from hpcgen.shell import Bash
from hpcgen.sidecar import Sidecar
from hpcgen.watching import SCRAPING

AROUND = "around.sh"
_HEAD = """\
# What is done around {name}: its job sources this file, and has assigned what it reads.
# shellcheck shell=bash disable=SC2153,SC2154
"""


def around(
    service: Service,
    offer: ServiceOffer,
    containment: Containment,
    targets: Mapping[str, Bash],
    sidecars: tuple[Sidecar, ...],
) -> dict[str, str]:
    """The file, by its name; none where nothing is done around the service."""
    own = service.kind.scripts.get("around")
    if not (own or targets or sidecars):
        return {}
    names = dict.fromkeys((*offer.library, *_library(service, containment, targets, sidecars)))
    texts = library(*(f"{name}.sh" for name in names)).values()
    functions = [*(text.rstrip("\n") for text in texts), *((own,) if own else ())]
    functions += map(_function, sidecars)
    if targets or sidecars:
        functions.append("\n".join(_accompany(targets, sidecars)))
    return {AROUND: _HEAD.format(name=service.name) + "\n".join(functions) + "\n"}


def _library(
    service: Service,
    containment: Containment,
    targets: Mapping[str, Bash],
    sidecars: tuple[Sidecar, ...],
) -> Iterator[str]:
    """What is used here, and what the script of a job of its own would have itself else."""
    if service.job is None:
        yield from ("reach",) if waits_for(service) else ()
        yield from ("generated",) if containment.makes_secrets else ()
    yield from ("target",) if targets or sidecars else ()
    yield from ("generated", "web-config", "exporter") if sidecars else ()


def _function(sidecar: Sidecar) -> str:
    body = "\n".join(f"  {line}" for line in sidecar.lines)
    return f"{sidecar.function}() {{ # PORT: {shell.comment(sidecar.title)}\n{body}\n}}"


def _accompany(targets: Mapping[str, Bash], sidecars: tuple[Sidecar, ...]) -> Iterator[str]:
    yield "accompany() { # the service is ready: have it scraped, and its exporters run"
    yield from (f"  target {job} {address}" for job, address in targets.items())
    if sidecars:
        yield f"  generated {SCRAPING.path}"
        yield f"  {SCRAPING.variable}=$(<{SCRAPING.path})"
        yield f'  web_config "${{HERE}}/exporter/web.yml" <<<{SCRAPING.value} || return'
    for sidecar in sidecars:
        yield from (f"  {line}" for line in sidecar.prepare)
    for sidecar in sidecars:
        yield f'  exporter {sidecar.name} {" ".join(sidecar.ports)} & EXPORTERS+=("$!")'
    yield "}"
