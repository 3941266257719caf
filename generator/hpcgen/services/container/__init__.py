"""container: any image that serves a port, as its recipe describes it."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.kinds.offer import ServiceOffer, secret_file
from hpcgen.model.entry import Service
from hpcgen.model.references import Reference
from hpcgen.model.scraping import Scrape
from hpcgen.text.shell import word
from hpcgen.text.values import Bash


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
        connection_script=Bash("\n".join(_lines(service))),
    )


def _lines(service: Service) -> Iterator[str]:
    """The bash that sets the variables of the connection file; a secret is read from its file."""
    for name, content in service.connection.items():
        if isinstance(content, Reference):
            file = secret_file(service, content.name, service.secrets[content.name])
            yield f"{name}=$(<{word(file)}) || exit 1"
            yield f"export {name}"
        else:
            yield f'export {name}="${{{content}}}"'


def _metrics(service: Service) -> Iterator[Scrape]:
    metrics = service.settings.get("metrics")
    if metrics:
        yield Scrape(port=metrics.get("port", "port"), path=metrics.get("path", "/metrics"))
