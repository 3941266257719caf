"""Envoy's two listeners: the replicas' port, and the one for pages of its administration."""

from __future__ import annotations

from typing import Any

from hpcgen.balancers.envoy.words import TYPE, seconds
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Service

ADMIN = ("/stats/prometheus", "/clusters", "/ready")
"""The pages of Envoy's administration that its second port has; all others change or tell more."""


def listener(service: Service, behind: ServiceOffer) -> dict[str, Any]:
    """Requests and WebSockets, which go to the replicas."""
    patience = seconds(service, "timeout")
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
                    "@type": f"{TYPE}.extensions.access_loggers.file.v3.FileAccessLog",
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
    router = f"{TYPE}.extensions.filters.http.router.v3.Router"
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
                            "@type": f"{TYPE}.{kind}",
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


def admin_listener(service: Service) -> dict[str, Any]:
    """GET of exactly those pages, which go to the administration's socket."""
    get = [{"name": ":method", "string_match": {"exact": "GET"}}]
    routes = [
        {"match": {"path": path, "headers": get}, "route": {"cluster": "admin"}} for path in ADMIN
    ]
    host = {"name": "admin", "domains": ["*"], "routes": routes}
    return _http("admin", service.settings["admin_port"], {}, host)
