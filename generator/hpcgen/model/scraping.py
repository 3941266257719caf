"""The metrics endpoints of a service, and its exporters: the part of an offer for monitoring."""

from __future__ import annotations

from dataclasses import dataclass

from hpcgen.text.values import Bash, Text, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """A metrics endpoint of a program: a GET of `path` at one of its ports.

    `port` is one of the service's `ports`, or "port". The name of its Prometheus job is the
    service's name, followed by a dot and `name` unless that is empty; the folder `name` of the kind
    holds the rules and dashboards of these metrics. `credential` names the offer's secret that is
    sent as a bearer token, or as the password of `username`. With `on_each_node` every node of the
    job has such an endpoint, and `port` is a number.
    """

    name: str = ""
    port: str = "port"
    path: str = "/metrics"
    credential: str = ""
    username: str = ""
    on_each_node: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """A program beside a service that exports metrics of it, or of the node that it runs on.

    Prometheus knows it by the service's name, a dot, and `name`. `command` runs in a container of
    `image`, on the first free one of five ports from `usual_port`. In it the variable IP is the
    address to listen on, 1 the port; IP and PORT are the service.
    Whoever asks must know the deployment's password for scraping: the command reads web.yml in
    /run/exporter, the form of Prometheus's own programs, or `variable`.
    `prepare` are lines of bash that write what else it reads there, into ${HERE}/exporter. `binds`
    are what its container sees of the node. `on_each_node` says that it tells of its node, so that
    each node of the service's job has one; `gpus` that it sees the job's GPUs; `honor_labels`, as
    in Prometheus, that what it tells is somebody else's, whose labels are kept.
    """

    name: str
    title: str
    image: str
    usual_port: int
    command: tuple[Word, ...]
    path: str = "/metrics"
    variable: str = ""
    prepare: tuple[Bash, ...] = ()
    binds: tuple[Text, ...] = ()
    on_each_node: bool = False
    gpus: bool = False
    honor_labels: bool = False

    @property
    def once_a_node(self) -> bool:
        """Whether one is enough for a node; a replica sees only the GPUs of its own step."""
        return self.on_each_node and not self.gpus
