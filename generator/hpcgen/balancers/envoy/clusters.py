"""Envoy's two clusters: the replicas, which a watched file names, and its administration."""

from __future__ import annotations

from typing import Any

from hpcgen.balancers.envoy.words import TYPE, seconds
from hpcgen.kinds.balancing import health_path, replicas_of
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Service

SOCKET = "/scratch/admin.sock"
"""Where Envoy's administration listens, for its own user alone."""

_LEAST = 1024
_KEPT = "4s"
"""For how long a connection to a replica is kept: less than the 5 s after which uvicorn ends it."""

_COUNTED = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
"""What Envoy lets no more of be open than all replicas take together."""

_POLICIES = {
    "round_robin": "ROUND_ROBIN",
    "least_request": "LEAST_REQUEST",
    "ring_hash": "RING_HASH",
}


def most_connections(service: Service, behind: ServiceOffer) -> int:
    """Connections, and requests, that all clients may have open together."""
    fleet = replicas_of(service).fleet
    count = fleet.count if fleet else 1
    room = count * max(behind.sessions, _LEAST)
    return int(service.settings.get("max_connections", room))


def cluster(service: Service, behind: ServiceOffer) -> dict[str, Any]:
    """The replicas: whom a request may go to, and who is left out for how long."""
    most = most_connections(service, behind)
    options = f"{TYPE}.extensions.upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": service.name,
        "type": "EDS",
        "eds_cluster_config": {
            "service_name": service.name,
            "eds_config": {
                "resource_api_version": "V3",
                "path_config_source": {
                    "path": "/scratch/eds/eds.yaml",
                    "watched_directory": {"path": "/scratch/eds"},
                },
            },
        },
        "connect_timeout": "5s",
        "track_cluster_stats": {"per_endpoint_stats": True},
        "lb_policy": _POLICIES[service.settings["policy"]],
        "ignore_health_on_host_removal": True,
        "health_checks": [_health_check(service, behind)],
        "outlier_detection": _outlier_detection(),
        "circuit_breakers": {"thresholds": [dict.fromkeys(_COUNTED, most)]},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": options,
                "common_http_protocol_options": {"idle_timeout": _KEPT},
                "explicit_http_config": {"http_protocol_options": {}},
            }
        },
    }


def _outlier_detection() -> dict[str, Any]:
    """A replica is left out for a while once it has failed five requests one after the other.

    A WebSocket that its server closes is to Envoy an error of its own connection, and none here.
    """
    return {
        "consecutive_gateway_failure": 5,
        "enforcing_consecutive_gateway_failure": 100,
        "enforcing_consecutive_5xx": 0,
        "split_external_local_origin_errors": True,
        "enforcing_consecutive_local_origin_failure": 0,
        "enforcing_local_origin_success_rate": 0,
        "interval": "1s",
        "base_ejection_time": "5s",
        "max_ejection_percent": 50,
    }


def _health_check(service: Service, behind: ServiceOffer) -> dict[str, Any]:
    path = health_path(service, behind)
    by_path: dict[str, Any] = {"http_health_check": {"path": path}}
    interval = seconds(service, "health_interval")
    return {
        "timeout": seconds(service, "health_timeout"),
        "interval": interval,
        "no_traffic_interval": interval,
        "unhealthy_threshold": 3,
        "healthy_threshold": 2,
        **(by_path if path else {"tcp_health_check": {}}),
    }


def admin_cluster() -> dict[str, Any]:
    """The administration, behind the second listener."""
    address = {"endpoint": {"address": {"pipe": {"path": SOCKET}}}}
    return {
        "name": "admin",
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": "admin", "endpoints": [{"lb_endpoints": [address]}]},
    }
