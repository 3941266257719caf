"""How a service is proved ready: the library's file, its values, and the proof in words."""

from __future__ import annotations

from hpcgen.kinds.arguments import argument_words, is_late
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Service
from hpcgen.plan.parts.container import Container
from hpcgen.text.values import Value

_EXPECTED = {"http": "PROBE_PATH", "log": "PROBE_TEXT"}
"""The value that holds what a probe of the library looks for."""


def probe_library(service: Service, offer: ServiceOffer) -> str:
    """The library's file that proves readiness; "" for the kind's own."""
    probe = service.readiness.probe or offer.probe or ""
    return "bare-command" if probe == "command" and service.image is None else probe


def probe_values(service: Service, offer: ServiceOffer, container: Container) -> dict[str, Value]:
    """The values by which the script proves that the service is ready, but for a late command."""
    readiness = service.readiness
    always = service.job is not None
    stable: dict[str, Value] = (
        {"STABLE_FOR": readiness.stable_for} if readiness.stable_for or always else {}
    )
    options: dict[str, Value] = (
        {"PROBE": container.probe_options} if offer.probes_beside(service) else {}
    )
    if readiness.command:
        return {**options, **probe_command(service, late=False), **stable}
    if readiness.probe is None and offer.probe == "http":
        return {"PROBE_PATH": offer.health, **stable}
    if readiness.probe not in _EXPECTED:
        return {**options, **stable}
    return {_EXPECTED[readiness.probe]: str(readiness.expected), **stable}


def probe_command(service: Service, *, late: bool) -> dict[str, Value]:
    """The value PROBE_COMMAND, where it is late, or where it is not."""
    command = service.readiness.command
    command_is_late = any(is_late(argument) for argument in command)
    if not command or command_is_late != late:
        return {}
    return {"PROBE_COMMAND": argument_words(service, command)}


def proof(service: Service, offer: ServiceOffer, container: Container) -> str:
    """In words, what must be so before the endpoint is published."""
    probe = service.readiness.probe or offer.probe
    expected = service.readiness.expected or offer.health
    where = "in the container" if service.image else "on its node"
    answers = {
        "http": f"GET {expected} succeeds",
        "tcp": "the port takes a connection",
        "log": "its log has the text it waits for",
        "command": f"a command {where} succeeds",
    }
    listens = container.runtime.proof if container.runtime else "a process of its job listens"
    return f"{listens}, {answers[probe] if probe else offer.proof}"
