"""How Envoy's JSON spells what both its listeners and its clusters have."""

from __future__ import annotations

from hpcgen.model.entry import Service
from hpcgen.text import units

TYPE = "type.googleapis.com/envoy"
"""What the name of a message's type begins with."""


def seconds(service: Service, field: str) -> str:
    """A duration as Envoy's JSON spells one."""
    return f"{units.duration(service.settings[field])}s"
