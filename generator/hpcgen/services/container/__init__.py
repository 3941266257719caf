"""container: any image that serves a port, as its recipe describes it."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.kinds.offer import ServiceOffer, secret_file
from hpcgen.model.entry import Service
from hpcgen.model.references import Argument
from hpcgen.model.scraping import Scrape


def offer(service: Service) -> ServiceOffer:
    """The image's own program, or the recipe's command.

    It is ready when the port takes a connection, where the recipe knows no better.
    """
    return ServiceOffer(
        title="a container",
        usual_port=service.port or 0,
        writes_tmp=True,
        runs_image=service.command is None,
        keeps_data=service.settings["keep_data"],
        probe="tcp",
        scrape=tuple(_metrics(service)),
        scheme=service.settings["scheme"],
        variables=tuple(service.connection),
        connection_lines=tuple(
            line
            for name, what in service.connection.items()
            for line in _lines(service, name, what)
        ),
    )


def _lines(service: Service, name: str, what: Argument) -> Iterator[str]:
    """The bash that sets a variable of the connection file; a secret is read from its file."""
    if isinstance(what, str):
        yield f'export {name}="${{{what}}}"'
        return
    file = secret_file(service, what.name, service.secrets[what.name])
    yield f"{name}=$(<{file}) || exit 1"
    yield f"export {name}"


def _metrics(service: Service) -> Iterator[Scrape]:
    asked = service.settings.get("metrics")
    if asked:
        yield Scrape(port=asked.get("port", "port"), path=asked.get("path", "/metrics"))
