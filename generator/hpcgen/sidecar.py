"""An exporter beside a service, as the script of the service's job runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hpcgen import shell
from hpcgen.containment import EXPORTER, gpu_options, isolated, prefix_of
from hpcgen.entries import image
from hpcgen.offer import ServiceOffer
from hpcgen.profile import Profile
from hpcgen.recipe import Image, Recipe, Service
from hpcgen.scraping import Exporter
from hpcgen.shell import Bash
from hpcgen.watching import SCRAPING, beside, wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """`function` runs it, at the port that is its argument, and `ports` are those it may take.

    `lines` are that function's body, `prepare` what must be done first. `image` is None where it
    runs on the node itself.
    """

    name: str
    title: str
    function: str
    ports: tuple[str, ...]
    image: Image | None
    lines: tuple[Bash, ...]
    prepare: tuple[Bash, ...]
    on_each_node: bool


def sidecars(
    recipe: Recipe, service: Service, offer: ServiceOffer, ports: Mapping[str, tuple[str, ...]]
) -> tuple[Sidecar, ...]:
    """The exporters that run beside a service; `ports` are those of `plan_ports`."""
    asked = wanted(recipe, service, offer)
    return tuple(
        _sidecar(recipe.profile, exporter, asked[name].get("image"), ports[place(service, name)])
        for name, exporter in beside(recipe, service, offer).items()
    )


def place(service: Service, exporter: str) -> str:
    """The name under which the ports of an exporter beside a service are planned."""
    return f"{service.name}.{exporter}"


def _sidecar(
    profile: Profile, exporter: Exporter, reference: str | None, ports: tuple[str, ...]
) -> Sidecar:
    contained = profile.program != "none"
    runs_in = image(reference or exporter.image, profile) if contained else None
    return Sidecar(
        name=exporter.name,
        title=exporter.title,
        function=f"{exporter.name}_exporter",
        ports=ports,
        image=runs_in,
        lines=tuple(_lines(profile, exporter, runs_in)),
        prepare=tuple(Bash(line) for line in exporter.prepare),
        on_each_node=exporter.on_each_node,
    )


def _lines(profile: Profile, exporter: Exporter, runs_in: Image | None) -> Iterator[Bash]:
    if exporter.variable:
        yield Bash(f"export {prefix_of(profile)}{exporter.variable}={SCRAPING.value}")
    before = _contained(profile, exporter, runs_in) if runs_in else ()
    yield shell.continued((*before, *exporter.command))


def _contained(profile: Profile, exporter: Exporter, runs_in: Image) -> Iterator[object]:
    yield from isolated(profile)
    yield from gpu_options(profile) if exporter.gpus else ()
    yield from ("--bind", Bash(f'"${{HERE}}/exporter:{EXPORTER}:ro"'))
    for bind in exporter.binds:
        yield from ("--bind", bind)
    yield runs_in.path.bash
