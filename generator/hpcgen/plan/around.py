"""What a job does around a service, in a file of the bundle that the job sources: around.sh.

The job waits for other services, tells Prometheus where to scrape, runs exporters, and does what
the kind has to do at the end. That stands beside the job, whose own script keeps to what the
service itself needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hpcgen import shell
from hpcgen.offer import ServiceOffer
from hpcgen.plan.containment import Containment
from hpcgen.plan.sidecar import Sidecar
from hpcgen.plan.watching import SCRAPING
from hpcgen.programs import library
from hpcgen.recipe import Service
from hpcgen.resolve.names import reaches
from hpcgen.shell import Bash

AROUND = "around.sh"
_HEAD = """\
# What is done around {name}: its job sources this file, and has assigned what it reads.
# shellcheck shell=bash disable=SC2153,SC2154
"""
_STARTED = """\
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then # on_each_node has started it, on one node
  find_address && exporter "$@"
fi"""


def around(
    service: Service,
    offer: ServiceOffer,
    containment: Containment,
    targets: Mapping[str, Bash],
    sidecars: tuple[Sidecar, ...],
) -> dict[str, str]:
    """The file, by its name; none where nothing is done around the service."""
    own = service.kind.scripts.get("around")
    spread = {each.address for each in sidecars if each.address}
    if not (own or targets or sidecars):
        return {}
    used = (*_own_library(service, containment), *_library(targets, sidecars))
    names = dict.fromkeys((*offer.library, *used))
    only = ["REPLICA=0 # the only one"] if service.fleet is None and (targets or sidecars) else []
    functions = [*only, *_texts(*names), *((own,) if own else ()), *map(_function, sidecars)]
    for address in spread:
        functions.append(f"find_address() {{\n{shell.indented(*_texts(address))}\n}}")
    if targets or sidecars:
        functions.append("\n".join(_accompany(targets, sidecars, offer.meanwhile)))
    if spread:
        functions.append(_STARTED)
    return {AROUND: _HEAD.format(name=service.name) + "\n".join(functions) + "\n"}


def _texts(*names: str) -> list[str]:
    texts = library(*(f"{name}.sh" for name in names)).values()
    return [text.rstrip("\n") for text in texts]


def _own_library(service: Service, containment: Containment) -> Iterator[str]:
    """What the script of a job of its own would have itself else."""
    if service.job is None:
        yield from ("reach",) if reaches(service) else ()
        yield from ("generated",) if containment.makes_secrets else ()


def _library(targets: Mapping[str, Bash], sidecars: tuple[Sidecar, ...]) -> Iterator[str]:
    yield from ("target",) if targets or sidecars else ()
    yield from ("generated", "web-config", "exporter") if sidecars else ()
    yield from ("on-each-node",) if any(each.address for each in sidecars) else ()


def _function(sidecar: Sidecar) -> str:
    body = "\n".join(f"  {line}" for line in sidecar.lines)
    return f"{sidecar.function}() {{ # PORT: {shell.comment(sidecar.title)}\n{body}\n}}"


def _accompany(
    targets: Mapping[str, Bash], sidecars: tuple[Sidecar, ...], meanwhile: str
) -> Iterator[str]:
    yield "accompany() { # the service is ready: have it scraped, and its exporters run"
    yield from (f"  target {job} {address}" for job, address in targets.items())
    if sidecars:
        yield f"  generated {SCRAPING.path}"
        yield f"  {SCRAPING.variable}=$(<{SCRAPING.path})"
        yield f'  web_config "${{HERE}}/exporter/web.yml" <<<{SCRAPING.value} || return'
    for sidecar in sidecars:
        yield from (f"  {line}" for line in sidecar.prepare)
    for sidecar in sidecars:
        start = "on_each_node" if sidecar.address else "exporter"
        where = "((SLOT)) || " if sidecar.first_only else ""
        yield f'  {where}{start} {sidecar.name} {" ".join(sidecar.ports)} & EXPORTERS+=("$!")'
    yield from (f"  {meanwhile} &",) if meanwhile else ()
    yield "}"
