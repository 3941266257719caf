"""grafana: a Grafana server whose data source and dashboards are files of the bundle."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic
from hpcgen.diagnostics.finds import finds
from hpcgen.grafana.dashboard import dump
from hpcgen.grafana.provisioning import PATHS, URL, data_source, provider, settings
from hpcgen.grafana.selection import all_dashboards, dashboards_with_data
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
    """HG444: an unknown dashboard."""
    for name in service.settings.get("dashboards", ()):
        if name not in all_dashboards():
            near = nearest(name, all_dashboards())
            hint = (
                f"did you mean `{near}`?"
                if near
                else f"there is: {', '.join(sorted(all_dashboards()))}"
            )
            span = service.written["dashboards"]
            yield Diagnostic("HG444", f"there is no dashboard `{name}`", span, hint)


def offer_among(service: Service, neighbours: Neighbours) -> ServiceOffer:
    """A server that shows the metrics of `datasource` to people with the admin's password.

    Grafana's files are part of the bundle. It replaces $__file{PATH} by the file's content, so that
    neither its configuration nor its environment holds a secret. Its database is created for each
    run on the node, since SQLite needs locks that not every shared file system has.
    """
    source = next(s for s in neighbours.recipe.services if s.name == service.settings["datasource"])
    secret = password_of(source, "DATASOURCE")
    dashboards = {
        dashboard.name: dashboard for dashboard in _dashboards(service, source, neighbours)
    }
    home = "overview" if "overview" in dashboards else next(iter(dashboards))
    return ServiceOffer(
        title="a Grafana server",
        usual_port=3000,
        proof="it answers GET /api/health, and its database is well",
        command=_COMMAND,
        folder="grafana",
        files={
            "grafana.ini": settings(home, anonymous=service.settings["anonymous"]),
            "provisioning/dashboards/dashboards.yaml": provider(),
            f"provisioning/datasources/{source.name}.yaml": data_source(
                source.name, USERNAME, secret.file_name, source.settings["scrape_interval"]
            ),
            **{
                f"dashboards/{name}.json": dump(dashboard) for name, dashboard in dashboards.items()
            },
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


def _dashboards(service: Service, source: Service, neighbours: Neighbours) -> Iterator[Dashboard]:
    """The dashboards that have data, or those of them that the recipe names."""
    offered = source.kind.module.offer_among(source, neighbours)
    jobs = neighbours.scrape_jobs(source.name, offered)
    available = tuple(dashboards_with_data(job.source for job in jobs))
    names = service.settings.get("dashboards", [dashboard.name for dashboard in available])
    yield from (dashboard for dashboard in available if dashboard.name in names)
