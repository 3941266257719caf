"""grafana: a Grafana server whose data source and dashboards are files of the bundle."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic
from hpcgen.diagnostics.finds import finds
from hpcgen.grafana.dashboard import dump
from hpcgen.grafana.provisioning import PATHS, URL, data_source, provider, settings
from hpcgen.grafana.selection import every, with_data
from hpcgen.grafana.source import Dashboard
from hpcgen.kinds.neighbours import Neighbours
from hpcgen.kinds.offer import ConnectionScript, ServiceOffer
from hpcgen.kinds.passwords import password, password_of
from hpcgen.kinds.scrape_jobs import USERNAME
from hpcgen.model.entry import Service
from hpcgen.model.references import Reference
from hpcgen.text.nearest import nearest

_COMMAND = (
    *("grafana", "server", "--homepath=/usr/share/grafana", "--config=/bundle/grafana.ini"),
    *(f"cfg:paths.{name}={path}" for name, path in PATHS.items()),
)

CONNECTION = ConnectionScript(
    exports=("GRAFANA_URL", "GRAFANA_USERNAME", "GRAFANA_PASSWORD"),
    reads=("url", "secret"),
)


@finds("HG444")
def problems(service: Service) -> Iterator[Diagnostic]:
    """HG444: a dashboard that there is not."""
    for name in service.settings.get("dashboards", ()):
        if name not in every():
            near = nearest(name, every())
            hint = f"did you mean `{near}`?" if near else f"there is: {', '.join(sorted(every()))}"
            span = service.written["dashboards"]
            yield Diagnostic("HG444", f"there is no dashboard `{name}`", span, hint)


def offer_among(service: Service, around: Neighbours) -> ServiceOffer:
    """A server that shows what `datasource` has scraped, to whoever knows the admin's password.

    What Grafana reads is committed. It replaces $__file{PATH} by what the file holds, so that no
    secret is in its configuration, nor in its environment. Its database is made anew on the node,
    since SQLite needs locks that not every shared file system has: what is to last is a file.
    """
    source = next(s for s in around.recipe.services if s.name == service.settings["datasource"])
    secret = password_of(source, "DATASOURCE")
    shown = tuple(_shown(service, source, around))
    home = next((each for each in shown if each.name == "overview"), shown[0])
    return ServiceOffer(
        title="a Grafana server",
        usual_port=3000,
        proof="it answers GET /api/health, and its database is well",
        command=_COMMAND,
        folder="grafana",
        files={
            "grafana.ini": settings(home.name, anonymous=service.settings["anonymous"]),
            "provisioning/dashboards/dashboards.yaml": provider(),
            f"provisioning/datasources/{source.name}.yaml": data_source(
                source.name, USERNAME, secret.file_name, source.settings["scrape_interval"]
            ),
            **{f"dashboards/{each.name}.json": dump(each) for each in shown},
        },
        env={
            "GF_SERVER_HTTP_ADDR": Reference("host", service.name, service.origin),
            "GF_SERVER_HTTP_PORT": Reference("port", "port", service.origin),
            URL: Reference("url", source.name, service.origin),
        },
        directories=frozenset({"scratch"}),
        secrets=(password(service, file=True), secret),
        scheme="http",
        visitor="admin",
        variables=CONNECTION.exports,
    )


def _shown(service: Service, source: Service, around: Neighbours) -> Iterator[Dashboard]:
    """The dashboards that have data, or those of them that the recipe names."""
    offered = source.kind.module.offer_among(source, around)
    watched = around.scrape_jobs(source.name, offered)
    with_some = tuple(with_data(each.source for each in watched))
    asked = service.settings.get("dashboards", [each.name for each in with_some])
    yield from (each for each in with_some if each.name in asked)
