"""What a job does around a service, in a file of the bundle that the job sources: around.sh.

The job tells Prometheus where to scrape, runs exporters, and does what
the kind has to do at the end. That stands beside the job, whose own script keeps to what the
service itself needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hpcgen.kinds.bundled_programs import library
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.kinds.scrape_jobs import SCRAPING
from hpcgen.model.entry import Service
from hpcgen.plan.parts.sidecar import Sidecar
from hpcgen.text import shell
from hpcgen.text.shell import Bash

AROUND = "around.sh"
_HEAD = """\
# What is done around {name}: its job sources this file, and has assigned what it reads.
# shellcheck shell=bash disable=SC2153,SC2154
"""
_STARTED = """\
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then # on_each_node has started it, on one node
  find_address && "$@"
fi"""
_HERE = """\
target_here() { # JOB PORT: have Prometheus scrape this node there
  target "$1" "${IP}:$2"
}"""


@dataclass(frozen=True, slots=True)
class Told:
    """What a service tells Prometheus itself, by what Prometheus calls it.

    `targets` are addresses as words of bash; `spread` are ports at which every node of the job
    tells of itself, and `address` names the file of the library that finds a node's address.
    """

    targets: Mapping[str, Bash]
    spread: Mapping[str, str]
    address: str


def around(
    service: Service,
    offer: ServiceOffer,
    told: Told,
    sidecars: tuple[Sidecar, ...],
) -> dict[str, str]:
    """The file, by its name; none where nothing is done around the service."""
    own = service.kind.scripts.get("around")
    spread = {each.address for each in sidecars if each.address}
    spread |= {told.address} if told.spread else set()
    if not (own or told.targets or sidecars):
        return {}
    watched = bool(told.targets or sidecars)
    names = dict.fromkeys(offer.library)
    names |= dict.fromkeys(_library(sidecars, watched=watched, spread=bool(spread)))
    only = ["REPLICA=0 # the only one"] if service.fleet is None and watched else []
    functions = [*only, *_texts(*names), *((own,) if own else ()), *map(_function, sidecars)]
    functions += [_HERE] if told.spread else []
    for address in spread:
        functions.append(f"find_address() {{\n{shell.indented(*_texts(address))}\n}}")
    if watched:
        functions.append("\n".join(_accompany(told, sidecars, offer.meanwhile)))
    if spread:
        functions.append(_STARTED)
    return {AROUND: _HEAD.format(name=service.name) + "\n".join(functions) + "\n"}


def _texts(*names: str) -> list[str]:
    texts = library(*(f"{name}.sh" for name in names)).values()
    return [text.rstrip("\n") for text in texts]


def _library(sidecars: tuple[Sidecar, ...], *, watched: bool, spread: bool) -> Iterator[str]:
    yield from ("target",) if watched else ()
    yield from ("generated", "web-config", "exporter") if sidecars else ()
    yield from ("on-each-node",) if spread else ()


def _function(sidecar: Sidecar) -> str:
    body = "\n".join(f"  {line}" for line in sidecar.lines)
    return f"{sidecar.function}() {{ # PORT: {shell.comment(sidecar.title)}\n{body}\n}}"


def _accompany(told: Told, sidecars: tuple[Sidecar, ...], meanwhile: str) -> Iterator[str]:
    yield "accompany() { # the service is ready: have it scraped, and its exporters run"
    yield from (f"  target {job} {address}" for job, address in told.targets.items())
    yield from (f"  on_each_node target_here {job} {port} &" for job, port in told.spread.items())
    if sidecars:
        yield f"  generated {SCRAPING.path}"
        yield f"  {SCRAPING.variable}=$(<{SCRAPING.path})"
        yield f'  web_config "${{HERE}}/exporter/web.yml" <<<{SCRAPING.value} || return'
    for sidecar in sidecars:
        yield from (f"  {line}" for line in sidecar.prepare)
    for sidecar in sidecars:
        start = "on_each_node exporter" if sidecar.address else "exporter"
        where = "((SLOT)) || " if sidecar.first_only else ""
        yield f'  {where}{start} {sidecar.name} {" ".join(sidecar.ports)} & EXPORTERS+=("$!")'
    yield from (f"  {meanwhile} &",) if meanwhile else ()
    yield "}"
