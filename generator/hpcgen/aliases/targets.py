"""`monitoring_targets` of older recipes, which say one by one what Prometheus is to scrape."""

from __future__ import annotations

from collections.abc import Mapping

from hpcgen.yaml.document import Mark, Node
from hpcgen.yaml.editing import Field, Fields, fields_of

_PORT = 8080
"""Where the host has cAdvisor, if a target does not say."""


def monitoring_targets(entry: Fields) -> None:
    """`[{service_id | host, job_name, port}]` as `scrape` and `static_configs`.

    A service of the recipe has a port, and a name that Prometheus calls it by, of its own.
    """
    mark, node = entry.take("monitoring_targets")
    targets = [fields_of(child) for _, child in (node.children or {}).values() if _is_one(child)]
    if len(targets) != len(node.data):
        hint = "write `scrape: [SERVICE]`, and `static_configs` for other hosts"
        message = "a target here is a `service_id` or a `host`"
        entry.problems.add("HG212", message, mark, hint)
        return
    services = [_named(each["service_id"][1]) for each in targets if "service_id" in each]
    hosts = [_static(each) for each in targets if "service_id" not in each]
    entry.put("monitoring_targets", "scrape", (mark, _list(services, node.mark)))
    if hosts:
        entry.put("monitoring_targets", "static_configs", (mark, _list(hosts, node.mark)))


def _is_one(node: Node) -> bool:
    return isinstance(node.data, dict) and ("service_id" in node.data or "host" in node.data)


def _named(node: Node) -> Node:
    return Node(str(node.data).replace("_", "-"), node.mark)


def _static(fields: Mapping[str, Field]) -> Node:
    """One host as a job of Prometheus's, which is called as the host is where nothing is said."""
    mark, host = fields["host"]
    port = fields["port"][1].data if "port" in fields else _PORT
    targets = _list([Node(f"{host.data}:{port}", host.mark)], host.mark)
    named = fields.get("job_name", (mark, host))
    data = {"job_name": named[1].data, "targets": targets.data}
    return Node(data, host.mark, children={"job_name": named, "targets": (mark, targets)})


def _list(nodes: list[Node], mark: Mark) -> Node:
    children: dict[str | int, Field] = {
        index: (each.mark, each) for index, each in enumerate(nodes)
    }
    return Node([each.data for each in nodes], mark, children=children)
