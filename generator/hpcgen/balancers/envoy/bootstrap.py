"""Envoy's bootstrap: two listeners, and the replicas as a file that Envoy watches tells them.

Envoy's own words throughout (envoyproxy.io, API v3). It stands for any node: the job puts its own
address in the place of 0.0.0.0.
"""

from __future__ import annotations

from typing import Any

from hpcgen.balancers.envoy.clusters import SOCKET, admin_cluster, cluster
from hpcgen.balancers.envoy.listeners import admin_listener, listener
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Service


def bootstrap(service: Service, behind: ServiceOffer) -> dict[str, Any]:
    """The bootstrap of the balancer `service`, whose replicas offer `behind`."""
    return {
        "node": {"id": service.name, "cluster": service.name},
        "admin": {"address": {"pipe": {"path": SOCKET, "mode": 0o600}}},
        "static_resources": {
            "listeners": [listener(service, behind), admin_listener(service)],
            "clusters": [cluster(service, behind), admin_cluster()],
        },
    }
