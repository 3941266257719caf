"""How a service is proved ready: the library's file, its values, and the proof in words."""

from __future__ import annotations

from hpcgen.kinds.bash_arguments import bash_words, is_late
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Service
from hpcgen.plan.parts.container import Containment
from hpcgen.text.shell import Value

_PROBED = {"http": "PROBE_PATH", "log": "PROBE_TEXT"}


def probe_library(service: Service, offer: ServiceOffer) -> str:
    """The library's file that proves readiness; "" for the kind's own."""
    probe = service.readiness.probe or offer.probe or ""
    return "bare-command" if probe == "command" and service.image is None else probe


def probed(service: Service, offer: ServiceOffer, containment: Containment) -> dict[str, Value]:
    """The values by which the script proves that the service is ready, but for a late command."""
    readiness = service.readiness
    always = service.job is not None
    stable: dict[str, Value] = (
        {"STABLE_FOR": readiness.stable_for} if readiness.stable_for or always else {}
    )
    beside: dict[str, Value] = {"PROBE": containment.probe_options} if service.asks_beside else {}
    if readiness.command:
        return {**beside, **probe_command(service, late=False), **stable}
    if readiness.probe is None and offer.probe == "http":
        return {"PROBE_PATH": offer.health, **stable}
    if readiness.probe not in _PROBED:
        return {**beside, **stable}
    return {_PROBED[readiness.probe]: str(readiness.expected), **stable}


def probe_command(service: Service, *, late: bool) -> dict[str, Value]:
    """The value PROBE_COMMAND, where it is late, or where it is not."""
    words = service.readiness.command
    is_so = any(is_late(word) for word in words)
    return {"PROBE_COMMAND": bash_words(service, words)} if words and is_so == late else {}


def proof(service: Service, offer: ServiceOffer, containment: Containment) -> str:
    """In words, what must be so before the endpoint is published."""
    probe = service.readiness.probe or offer.probe
    expected = service.readiness.expected or offer.health
    said = {
        "http": f"GET {expected} succeeds",
        "tcp": "the port takes a connection",
        "log": "its log has the text it waits for",
        "command": "a command in the container succeeds"
        if service.image
        else "a command on its node succeeds",
    }
    listens = containment.runtime.proof if containment.runtime else "a process of its job listens"
    return f"{listens}, {said[probe] if probe else offer.proof}"
