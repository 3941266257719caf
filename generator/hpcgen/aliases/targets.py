"""`monitoring_targets` of older recipes, a list of services and hosts for Prometheus to scrape."""

from __future__ import annotations

from collections.abc import Mapping

from hpcgen.yaml.document import Mark, Node
from hpcgen.yaml.editing import Field, Fields, fields_of

_PORT = 8080
"""The default port of a host, that of cAdvisor."""


def monitoring_targets(entry: Fields) -> None:
    """`[{service_id | host, job_name, port}]` as `scrape` and `static_configs`.

    The port and the job name of a service come from the service itself.
    """
    mark, node = entry.take("monitoring_targets")
    targets = [fields_of(child) for _, child in (node.children or {}).values() if _is_one(child)]
    if len(targets) != len(node.data):
        hint = "write `scrape: [SERVICE]`, and `static_configs` for other hosts"
        message = "a target here is a `service_id` or a `host`"
        entry.problems.add("HG212", message, mark, hint)
        return
    services = [
        _service_name(target["service_id"][1]) for target in targets if "service_id" in target
    ]
    hosts = [_static_config(target) for target in targets if "service_id" not in target]
    entry.put("monitoring_targets", "scrape", (mark, _list(services, node.mark)))
    if hosts:
        entry.put("monitoring_targets", "static_configs", (mark, _list(hosts, node.mark)))


def _is_one(node: Node) -> bool:
    return isinstance(node.data, dict) and ("service_id" in node.data or "host" in node.data)


def _service_name(node: Node) -> Node:
    return Node(str(node.data).replace("_", "-"), node.mark)


def _static_config(fields: Mapping[str, Field]) -> Node:
    """One host as a Prometheus job, which without `job_name` has the host's name."""
    mark, host = fields["host"]
    port = fields["port"][1].data if "port" in fields else _PORT
    targets = _list([Node(f"{host.data}:{port}", host.mark)], host.mark)
    named = fields.get("job_name", (mark, host))
    data = {"job_name": named[1].data, "targets": targets.data}
    return Node(data, host.mark, children={"job_name": named, "targets": (mark, targets)})


def _list(nodes: list[Node], mark: Mark) -> Node:
    children: dict[str | int, Field] = {
        index: (node.mark, node) for index, node in enumerate(nodes)
    }
    return Node([node.data for node in nodes], mark, children=children)
