"""prometheus: a Prometheus server that scrapes the services of its recipe, behind a password."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hpcgen.diagnostics import Diagnostic
from hpcgen.diagnostics.finds import finds
from hpcgen.exporters import node
from hpcgen.kinds.neighbours import Neighbours
from hpcgen.kinds.offer import ConnectionScript, ServiceOffer
from hpcgen.kinds.passwords import password
from hpcgen.kinds.scrape_jobs import USERNAME
from hpcgen.model.entry import Bind, Service
from hpcgen.model.references import Reference
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.model.scraping import Scrape
from hpcgen.services.prometheus.configuration import configuration
from hpcgen.services.prometheus.credentials import credentials
from hpcgen.services.prometheus.rules import rules
from hpcgen.text.values import Bash, Variable, joined
from hpcgen.yaml.dump import dump

_RESULTS = replace(
    node.EXPORTER,
    name="results",
    title="what the clients of the deployment tell of their runs",
    command=(
        *node.COMMAND,
        "--collector.disable-defaults",
        "--collector.textfile",
        "--collector.textfile.directory=/results/*/*",
    ),
    prepare=(Bash('mkdir -p -- "${RUN}/results"'),),
    binds=(joined(Variable("RUN"), "/results:/results:ro"),),
    on_each_node=False,
    honor_labels=True,
)
"""Exports the metrics files that clients write beside their results; clients have no port."""

CONNECTION = ConnectionScript(
    exports=("PROMETHEUS_URL", "PROMETHEUS_USERNAME", "PROMETHEUS_PASSWORD"),
    reads=("url", "secret"),
)


@finds("HG441")
def problems_among(service: Service, neighbours: Neighbours) -> Iterator[Diagnostic]:
    """HG441: two Prometheus jobs with one name."""
    seen = {job.name for job in neighbours.scrape_jobs(service.name)}
    for config in service.settings.get("static_configs", ()):
        if config["job_name"] in seen:
            message = f"`{service.name}` would scrape two jobs called `{config['job_name']}`"
            hint = "give one of `static_configs` another name, or both targets to one"
            yield Diagnostic("HG441", message, service.written["static_configs"], hint)
        seen.add(config["job_name"])


def offer_among(service: Service, neighbours: Neighbours) -> ServiceOffer:
    """A server whose configuration and rules are part of the bundle, and whose targets are not.

    Targets are files of the run directory, which the jobs of the services write. The admin and
    lifecycle APIs are off; samples are accepted only if it is the `remote_write` of a service.
    """
    offer = replace(_server(service), exporters=(_RESULTS,) if neighbours.recipe.clients else ())
    if any(
        other.settings.get("remote_write") == service.name for other in neighbours.recipe.services
    ):
        offer = replace(offer, command=(*offer.command, "--web.enable-remote-write-receiver"))
    jobs = tuple(neighbours.scrape_jobs(service.name, offer))
    files = {"prometheus.yml": dump(configuration(service, jobs)), **rules(jobs)}
    return replace(offer, files=files, secrets=(*offer.secrets, *credentials(service, jobs)))


def _server(service: Service) -> ServiceOffer:
    return ServiceOffer(
        title="a Prometheus server",
        usual_port=9090,
        proof="it says that it is ready to who has the password, and answers 401 without",
        command=(
            "prometheus",
            "--config.file=/bundle/prometheus.yml",
            "--web.config.file=/run/hpcgen/web.yml",
            "--storage.tsdb.path=/scratch/tsdb",
            f"--storage.tsdb.retention.time={service.settings['retention']}",
            *("--web.listen-address", Reference("address", service.name, service.origin)),
        ),
        folder="prometheus",
        binds=(Bind(RuntimePath("$RUN/targets"), "/targets:ro"),),
        config="/run/hpcgen",
        directories=frozenset({"scratch"}),
        secrets=(password(service, file=True),),
        scheme="http",
        visitor=USERNAME,
        variables=CONNECTION.exports,
        scrape=(Scrape(credential="password", username=USERNAME),),
        library=("web-config",),
        meanwhile="forget_ended",
    )
