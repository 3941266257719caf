"""The address that a service listens on: its value, or the file of the library that finds it."""

from __future__ import annotations

from hpcgen.model.entry import Service
from hpcgen.model.profile import Profile
from hpcgen.text.values import Value


def address_value(service: Service, profile: Profile) -> dict[str, Value]:
    """The value IP where it is known now, or INTERFACE, whose address it will be."""
    if service.expose == "job":
        return {"IP": "127.0.0.1"}
    return {"INTERFACE": profile.interface} if profile.interface else {}


def address_library(service: Service, profile: Profile) -> str:
    """The library's file that finds IP where the job runs; "" where it is known."""
    if service.expose == "job":
        return ""
    return "address-of-interface" if profile.interface else "address-of-node"
