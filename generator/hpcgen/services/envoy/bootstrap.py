"""Envoy's bootstrap: two listeners, and the replicas as a file that Envoy watches tells them.

Envoy's own words throughout (envoyproxy.io, API v3). It stands for any node: the job puts its own
address in the place of 0.0.0.0.
"""

from __future__ import annotations

from typing import Any

from hpcgen import units
from hpcgen.entry import Service
from hpcgen.offer import ServiceOffer

ADMIN = ("/stats/prometheus", "/clusters", "/ready")
"""The pages of Envoy's administration that its second port has; all others change or tell more."""

_TYPE = "type.googleapis.com/envoy"
_SOCKET = "/scratch/admin.sock"
_LEAST = 1024
_KEPT = "4s"
"""For how long a connection to a replica is kept: less than the 5 s after which uvicorn ends it."""

_POLICIES = {
    "round_robin": "ROUND_ROBIN",
    "least_request": "LEAST_REQUEST",
    "ring_hash": "RING_HASH",
}


def bootstrap(service: Service, behind: ServiceOffer) -> dict[str, Any]:
    """The bootstrap of the balancer `service`, whose replicas offer `behind`."""
    return {
        "node": {"id": service.name, "cluster": service.name},
        "admin": {"address": {"pipe": {"path": _SOCKET, "mode": 0o600}}},
        "static_resources": {
            "listeners": [_listener(service, behind), _admin_listener(service)],
            "clusters": [_cluster(service, behind), _admin_cluster()],
        },
    }


def behind_it(service: Service) -> Service:
    """The replicas that a balancer is before."""
    if service.backend is None:
        raise ValueError(f"{service.name} is no balancer")
    return service.backend


def most_connections(service: Service, behind: ServiceOffer) -> int:
    """Connections, and requests, that all clients may have open together."""
    fleet = behind_it(service).fleet
    count = fleet.count if fleet else 1
    room = count * max(behind.sessions, _LEAST)
    return int(service.settings.get("max_connections", room))


def health_path(backend: Service, behind: ServiceOffer) -> str:
    """The path that tells whether a replica works; "" where only its port does."""
    asked = backend.readiness.expected if backend.readiness.probe == "http" else behind.health
    return str(asked)


def _listener(service: Service, behind: ServiceOffer) -> dict[str, Any]:
    patience = _seconds(service, "timeout")
    manager = {
        "use_remote_address": True,
        "normalize_path": True,
        "stream_idle_timeout": patience,
        "common_http_protocol_options": {"headers_with_underscores_action": "REJECT_REQUEST"},
        "upgrade_configs": [{"upgrade_type": "websocket", "enabled": False}],
        "access_log": [
            {
                "name": "envoy.access_loggers.file",
                "typed_config": {
                    "@type": f"{_TYPE}.extensions.access_loggers.file.v3.FileAccessLog",
                    "path": "/logs/access.log",
                },
            }
        ],
    }
    host = {
        "name": service.name,
        "domains": ["*"],
        "routes": [*_websockets(service, behind), _route(service, patience)],
        "response_headers_to_add": [
            {"header": {"key": "x-upstream-host", "value": "%UPSTREAM_HOST%"}}
        ],
    }
    return _http(service.name, service.settings["port"], manager, host)


def _http(name: str, port: int, manager: dict[str, Any], host: dict[str, Any]) -> dict[str, Any]:
    """A listener of HTTP. With SO_REUSEPORT another process of the user's could listen too."""
    kind = "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
    router = f"{_TYPE}.extensions.filters.http.router.v3.Router"
    return {
        "name": name,
        "address": {"socket_address": {"address": "0.0.0.0", "port_value": port}},  # noqa: S104
        "enable_reuse_port": False,
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": {
                            "@type": f"{_TYPE}.{kind}",
                            "stat_prefix": name,
                            **manager,
                            "route_config": {"name": name, "virtual_hosts": [host]},
                            "http_filters": [
                                {
                                    "name": "envoy.filters.http.router",
                                    "typed_config": {"@type": router},
                                }
                            ],
                        },
                    }
                ]
            }
        ],
    }


def _websockets(service: Service, behind: ServiceOffer) -> list[dict[str, Any]]:
    """A session by a WebSocket lasts as long as it likes, and is silent as long as it likes."""
    path = service.settings.get("websocket", behind.websocket)
    if not path:
        return []
    action = {
        **_choice(service),
        "timeout": "0s",
        "idle_timeout": "0s",
        "upgrade_configs": [{"upgrade_type": "websocket", "enabled": True}],
        **_retries(service),
    }
    return [{"match": {"path": path}, "route": action}]


def _route(service: Service, patience: str) -> dict[str, Any]:
    action = {**_choice(service), "timeout": patience, **_retries(service)}
    return {"match": {"prefix": "/"}, "route": action}


def _choice(service: Service) -> dict[str, Any]:
    by_address = [{"connection_properties": {"source_ip": True}}]
    hashed = service.settings["policy"] == "ring_hash"
    return {"cluster": service.name, **({"hash_policy": by_address} if hashed else {})}


def _retries(service: Service) -> dict[str, Any]:
    """A request goes to another replica than the one that has just failed it."""
    previous = "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
    if not service.settings["num_retries"]:
        return {}
    return {
        "retry_policy": {
            "retry_on": service.settings["retry_on"],
            "num_retries": service.settings["num_retries"],
            "retry_host_predicate": [
                {
                    "name": "envoy.retry_host_predicates.previous_hosts",
                    "typed_config": {"@type": f"type.googleapis.com/{previous}"},
                }
            ],
            "host_selection_retry_max_attempts": 3,
            "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.250s"},
        }
    }


def _cluster(service: Service, behind: ServiceOffer) -> dict[str, Any]:
    most = most_connections(service, behind)
    options = f"{_TYPE}.extensions.upstreams.http.v3.HttpProtocolOptions"
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
        "outlier_detection": {
            "consecutive_gateway_failure": 5,
            "enforcing_consecutive_gateway_failure": 100,
            "enforcing_consecutive_5xx": 0,
            # A WebSocket that its server closes is to Envoy an error of its own connection.
            "split_external_local_origin_errors": True,
            "enforcing_consecutive_local_origin_failure": 0,
            "enforcing_local_origin_success_rate": 0,
            "interval": "1s",
            "base_ejection_time": "5s",
            "max_ejection_percent": 50,
        },
        "circuit_breakers": {
            "thresholds": [
                {
                    "max_connections": most,
                    "max_pending_requests": most,
                    "max_requests": most,
                    "max_retries": most,
                }
            ]
        },
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": options,
                "common_http_protocol_options": {"idle_timeout": _KEPT},
                "explicit_http_config": {"http_protocol_options": {}},
            }
        },
    }


def _health_check(service: Service, behind: ServiceOffer) -> dict[str, Any]:
    path = health_path(behind_it(service), behind)
    by_path: dict[str, Any] = {"http_health_check": {"path": path}}
    interval = _seconds(service, "health_interval")
    return {
        "timeout": _seconds(service, "health_timeout"),
        "interval": interval,
        "no_traffic_interval": interval,
        "unhealthy_threshold": 3,
        "healthy_threshold": 2,
        **(by_path if path else {"tcp_health_check": {}}),
    }


def _admin_listener(service: Service) -> dict[str, Any]:
    get = [{"name": ":method", "string_match": {"exact": "GET"}}]
    routes = [
        {"match": {"path": path, "headers": get}, "route": {"cluster": "admin"}} for path in ADMIN
    ]
    host = {"name": "admin", "domains": ["*"], "routes": routes}
    return _http("admin", service.settings["admin_port"], {}, host)


def _admin_cluster() -> dict[str, Any]:
    address = {"endpoint": {"address": {"pipe": {"path": _SOCKET}}}}
    return {
        "name": "admin",
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": "admin", "endpoints": [{"lb_endpoints": [address]}]},
    }


def _seconds(service: Service, field: str) -> str:
    """A duration as Envoy's JSON spells one."""
    return f"{units.duration(service.settings[field])}s"
