"""An entry of the document, service or client, with its defaults filled in.

For resources the nearest word wins: the entry's `resources`, what its kind's own fields ask for,
the recipe's `defaults`, the cluster profile's, the kind's schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hpcgen import balancers, schema
from hpcgen.diagnostics import Span
from hpcgen.model.entry import (
    Bind,
    Client,
    Endpoint,
    Image,
    Readiness,
    Service,
    SharedJob,
    secret_reference,
)
from hpcgen.model.kind import kinds
from hpcgen.model.profile import Profile
from hpcgen.model.references import Argument, argument
from hpcgen.model.resources import QUEUE, alternatives
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.resolve.kind_resources import (
    resources_from_names,
    resources_from_values,
    source_field,
    without_replaced,
)
from hpcgen.resolve.sharing import is_used_only_in_its_job
from hpcgen.runtimes import runtime
from hpcgen.text import units
from hpcgen.yaml.document import Document, Pointer

_PROBES = ("http", "tcp", "command", "log")


Jobs = Mapping[str, SharedJob]


def service(document: Document, profile: Profile, jobs: Jobs, name: str) -> Service:
    """The service `name` of a valid document, whose shared jobs are `jobs`."""
    place = ("services", name)
    entry = document.node(place).data
    common = _common(document, profile, jobs, place)
    port_names = common["kind"].port_names.items()
    settings = common["settings"]
    named_ports = {name: settings[field] for field, name in port_names if field in settings}
    return Service(
        **common,
        port=entry.get("port"),
        ports={**named_ports, **entry.get("ports", {})},
        expose=entry.get("expose", "job" if is_used_only_in_its_job(document, name) else "cluster"),
        stops_after_clients=entry.get("stop") == "after-clients",
        readiness=_readiness(document, profile, place),
        connection=_arguments(document, (*place, "connection")),
        exporters=_exporters(entry),
        cadvisor=_cadvisor(entry),
    )


def client(
    document: Document, profile: Profile, jobs: Jobs, name: str, target: Service | None
) -> Client:
    """The client `name` of a valid document, which talks to `target`."""
    place = ("clients", name)
    duration = document.node(place).data.get("duration")
    common = _common(document, profile, jobs, place)
    return Client(
        **common,
        target=target,
        endpoint=_endpoint(document, profile, place),
        duration=units.duration(duration) if duration else None,
    )


def _endpoint(document: Document, profile: Profile, place: Pointer) -> Endpoint | None:
    """The server that `target_endpoint` names, with the default timeout of a service."""
    written = document.node(place).data.get("target_endpoint")
    if not written:
        return None
    host, _, port = written.removeprefix("http://").partition(":")
    return Endpoint(host, int(port), _readiness(document, profile, place).timeout)


def stop_resources(document: Document, profile: Profile) -> dict[str, Any]:
    """The resources of a job that only stops another: one core for a short time."""
    account = {"account": document.data["account"]} if "account" in document.data else {}
    recipe = document.data.get("defaults", {}).get("resources", {})
    queue = {row.field: recipe[row.field] for row in QUEUE if row.field in recipe}
    least = units.as_walltime(profile.stopping.least_time)
    core = {"nodes": 1, "ntasks": 1, "cpus_per_task": 1, "time": least}
    return {**profile.fill({}, {**account, **queue}), **core}


def _common(document: Document, profile: Profile, jobs: Jobs, place: Pointer) -> dict[str, Any]:
    entry = document.node(place).data
    kind = kinds()[entry["kind"]]
    filled = balancers.filled(schema.fill(kind.schema, entry))
    job = jobs[entry["job"]] if "job" in entry else None
    size = entry.get("resources", {}) if job else {}
    resources = _resources_in_job(job, size) if job else _resources(document, profile, place)
    common = schema.common(kind.role)
    return {
        "name": place[-1],
        "kind": kind,
        "description": entry.get("description", ""),
        "image": image_of(filled, profile),
        "command": _words(document, (*place, "command")) if "command" in entry else None,
        "args": _words(document, (*place, "args")),
        "env": _arguments(document, (*place, "env")),
        "secrets": {
            key: secret_reference(reference) for key, reference in entry.get("secrets", {}).items()
        },
        "binds": tuple(_bind(text) for text in entry.get("binds", ())),
        "setup": _commands(document, (*place, "setup")),
        "modules": tuple(entry.get("modules", ())),
        "after": tuple(entry.get("after", ())),
        "labels": entry.get("labels", {}),
        "log_limit": units.memory(filled["log_limit"]),
        "job": job,
        "size": size,
        "resources": resources,
        "compute_internet": profile.compute_internet,
        "settings": {key: filled[key] for key in filled if key not in common},
        "written": {key: document.value_span((*place, key)) for key in entry if key not in common},
        "origin": document.key_span(place),
        "origins": {field: _origin(document, place, field) for field in resources},
    }


def _resources_in_job(job: SharedJob, size: Mapping[str, Any]) -> dict[str, Any]:
    """The resources of an entry in a shared job: its share, or without a size all of the job's."""
    gpus = alternatives("gpus_per_node") if size else ()
    return {**{name: value for name, value in job.resources.items() if name not in gpus}, **size}


def _resources(document: Document, profile: Profile, place: Pointer) -> dict[str, Any]:
    entry = document.node(place).data
    account = {"account": document.data["account"]} if "account" in document.data else {}
    recipe = document.data.get("defaults", {}).get("resources", {})
    kind = kinds()[entry["kind"]]
    default = schema.defaults(kind.schema).get("resources", {})
    of_kind = {**resources_from_names(kind, entry), **resources_from_values(kind, entry)}
    requested = {**account, **recipe, **of_kind, **entry.get("resources", {})}
    return profile.fill(without_replaced(default, requested), requested)


def _origin(document: Document, entry: Pointer, field: str) -> Span:
    """The place that sets a resource, in the entry or the recipe's defaults; or the entry's key."""
    data = document.node(entry).data
    kind_field = source_field(kinds()[data["kind"]], data, field) or ""
    in_entry = ((*entry, "resources", field), (*entry, kind_field))
    for place in (*in_entry, ("defaults", "resources", field), (field,)):
        if document.has(place):
            return document.value_span(place)
    return document.key_span(entry)


def _readiness(document: Document, profile: Profile, place: Pointer) -> Readiness:
    recipe = document.data.get("defaults", {}).get("readiness", {})
    readiness = {**recipe, **document.node(place).data.get("readiness", {})}
    command = next(
        pointer
        for pointer in ((*place, "readiness", "command"), ("defaults", "readiness", "command"))
        if document.has(pointer) or pointer[0] == "defaults"
    )
    probe = next((name for name in _PROBES if name in readiness), None)
    return Readiness(
        timeout=units.duration(readiness.get("timeout", profile.ready_timeout)),
        stable_for=readiness.get("stable_for", 0),
        interval=units.duration(readiness.get("interval", "30s")),
        probe=probe,
        expected=readiness.get(probe) if probe else None,
        command=_words(document, command) if probe == "command" else (),
    )


def _words(document: Document, place: Pointer) -> tuple[Argument, ...]:
    count = len(document.node(place).data) if document.has(place) else 0
    return tuple(argument(document, (*place, index)) for index in range(count))


def _commands(document: Document, place: Pointer) -> tuple[tuple[Argument, ...], ...]:
    count = len(document.node(place).data) if document.has(place) else 0
    return tuple(_words(document, (*place, index)) for index in range(count))


def _arguments(document: Document, place: Pointer) -> dict[str, Argument]:
    names = document.node(place).data if document.has(place) else {}
    return {name: argument(document, (*place, name)) for name in names}


def _exporters(entry: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]] | None:
    requested = entry.get("exporters")
    return {name: {} for name in requested} if isinstance(requested, list) else requested


def _cadvisor(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    port = {"port": entry["cadvisor_port"]} if "cadvisor_port" in entry else {}
    return port if entry.get("enable_cadvisor") else None


def _bind(text: str) -> Bind:
    source_field, _, target = text.partition(":")
    return Bind(RuntimePath(source_field), target)


def image_of(filled: Mapping[str, Any], profile: Profile) -> Image | None:
    """The image that an entry runs in; None if the cluster has no container runtime."""
    contained = "image" in filled and profile.program != "none"
    return image(filled["image"], profile) if contained else None


def image(reference: str, profile: Profile) -> Image:
    """The image that a reference stands for on the cluster.

    A path runs as it is; a site's image is preferred to one that must be pulled.
    """
    if reference.startswith(("/", "~", "$")):
        return Image(RuntimePath(reference))
    source_field = reference.removeprefix("docker://")
    repository = source_field.partition("@")[0].rpartition(":")[0] or source_field.partition("@")[0]
    if repository in profile.provided_images:
        return Image(profile.provided_images[repository])
    return runtime(profile.program).image(source_field, profile.image_directory)
