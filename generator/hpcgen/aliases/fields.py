"""The fields of an entry that older recipes write in another shape, not only by another word.

Each function gets the entry's fields, among them the field that it converts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hpcgen.aliases.targets import monitoring_targets
from hpcgen.aliases.values import minutes
from hpcgen.secrets.visible import quoted
from hpcgen.yaml.document import Node
from hpcgen.yaml.editing import Fields, fields_of


def container(entry: Fields) -> None:
    """`container: {image_path, docker_source, bind_mounts}` as `image` and `binds`.

    A path is an existing image, so it wins over its source.
    """
    inner = Fields(entry.take("container")[1], entry.problems)
    if "image_path" in inner and "docker_source" in inner:
        inner.take("docker_source")
    words = {"image_path": "image", "docker_source": "image", "bind_mounts": "binds"}
    for word in inner.words():
        mark, value = inner[word]
        if word in words:
            entry.put(word, words[word], (mark, value))
        else:
            hint = f"known here: {', '.join(f'`{word}`' for word in sorted(words))}"
            entry.problems.add("HG201", f"{quoted(word)} is not known here", mark, hint)


def ports(entry: Fields) -> None:
    """`ports: [6379]` as `port: 6379`."""
    hint = "write `port:` for the first, and the others by name: `ports: {NAME: PORT}`"
    _put_single_item(entry, "ports", "port", "`ports` lists ports without names", hint)


def datasources(entry: Fields) -> None:
    """`datasources: [metrics]` of Grafana as `datasource: metrics`."""
    hint = "write `datasource:` with the Prometheus of this recipe"
    _put_single_item(
        entry, "datasources", "datasource", "`datasources` is not one data source", hint
    )


def _put_single_item(entry: Fields, word: str, field: str, message: str, hint: str) -> None:
    """Put the only item of a list as the field; another list is HG212 with `message` and `hint`."""
    mark, node = entry.take(word)
    if len(node.data) != 1:
        entry.problems.add("HG212", message, mark, hint)
        return
    _, only = (node.children or {}).get(0, (node.mark, Node(node.data[0], node.mark)))
    entry.put(word, field, (mark, only))


def parameters(entry: Fields) -> None:
    """`parameters: {…}` of a client as fields of its own."""
    for word, field in fields_of(entry.take("parameters")[1]).items():
        entry.put(word, word, field)


def health_check(entry: Fields) -> None:
    """`health_check: {endpoint, retries, interval}` as `readiness: {http, timeout}`."""
    mark, node = entry.take("health_check")
    check = Fields(node, entry.problems)
    if "endpoint" in check:
        check.rename("endpoint", "http")
    if "retries" in check or "interval" in check:
        _put_total_timeout(check)
    entry.put("health_check", "readiness", (mark, check.node()))


def _put_total_timeout(check: Fields) -> None:
    """Put `retries` times `interval` as `timeout`; the older `timeout` was that of one try."""
    if not (check.holds("retries", int) and check.holds("interval", int)):
        word = "retries" if "retries" in check else "interval"
        message = f"`{word}` has no meaning here without both `retries` and `interval` in seconds"
        hint = "write `readiness: {timeout: SECONDS}`: how long it may take to become ready"
        check.problems.add("HG212", message, check[word][0], hint)
        return
    mark, retries = check.take("retries")
    total = retries.data * check.take("interval")[1].data
    if "timeout" in check:
        check.take("timeout")
    check.put("retries", "timeout", (mark, Node(total, retries.mark)))


def time_limit(entry: Fields) -> None:
    """`time_limit: MINUTES` as `resources: {time: HH:MM:SS}`."""
    mark, node = entry.take("time_limit")
    if "resources" not in entry:
        entry.put("time_limit", "resources", (mark, Node({}, node.mark)))
    if entry.holds("resources", dict):
        resources = Fields(entry["resources"][1], entry.problems)
        resources.put("time_limit", "time", (mark, minutes(node)))
        entry.change("resources", resources.node())


Shape = Callable[[Fields], None]
_EVERY: Mapping[str, tuple[type, Shape]] = {
    "container": (dict, container),
    "time_limit": (object, time_limit),
}
SHAPES: Mapping[str, Mapping[str, tuple[type, Shape]]] = {
    "service": {
        **_EVERY,
        "ports": (list, ports),
        "health_check": (dict, health_check),
        "datasources": (list, datasources),
        "monitoring_targets": (list, monitoring_targets),
    },
    "client": {"parameters": (dict, parameters), **_EVERY},
}
"""By role, the older fields, the type of each one's value, and the function that converts it."""
