"""container: any image that serves a port, as its recipe describes it."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.offer import ServiceOffer
from hpcgen.recipe import Service
from hpcgen.scraping import Scrape


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
        variables=tuple(service.settings.get("connection", ())),
        connection_lines=tuple(
            f'export {name}="${{{_SOURCES[what]}}}"'
            for name, what in service.settings.get("connection", {}).items()
        ),
    )


def _metrics(service: Service) -> Iterator[Scrape]:
    asked = service.settings.get("metrics")
    if asked:
        yield Scrape(port=asked.get("port", "port"), path=asked.get("path", "/metrics"))


_SOURCES = {"host": "host", "port": "port", "url": "url"}
