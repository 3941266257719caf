"""collector.yaml: receivers, processors, exporters and pipelines.

The words are the collector's own, of its release 0.142: a receiver, a processor, an exporter or an
extension by its type, and after a slash a name where there are several of a type.
"""

from __future__ import annotations

from typing import Any

from hpcgen.kinds.scrape_jobs import USERNAME
from hpcgen.model.entry import Service
from hpcgen.text import units

ADDRESS, PORT, URL = "HPCGEN_ADDRESS", "HPCGEN_PORT", "HPCGEN_PROMETHEUS_URL"
"""The variables of its process that hold addresses known only to the job."""

_HOST = f"${{env:{ADDRESS}}}"
_TOKEN, _PROMETHEUS = "bearertokenauth", "basicauth/prometheus"
_SECRETS = "/run/hpcgen/secrets"
_ROTATION = {"max_megabytes": 100, "max_days": 7, "max_backups": 3}


def configuration(service: Service, password: str) -> dict[str, Any]:
    """The whole file; `password` is the file of the Prometheus that is written to."""
    return {
        "extensions": _extensions(service, password),
        "receivers": {"otlp": {"protocols": _protocols(service)}},
        "processors": _processors(service),
        "exporters": _exporters(service),
        "service": {
            "extensions": ["health_check", _TOKEN, _PROMETHEUS],
            "pipelines": {
                "metrics": _pipeline(service, "prometheusremotewrite"),
                "traces": _pipeline(service, "file/traces"),
                "logs": _pipeline(service, "file/logs"),
            },
            "telemetry": _telemetry(service),
        },
    }


def _extensions(service: Service, password: str) -> dict[str, Any]:
    """The health check, the senders' token, and the collector's password for Prometheus."""
    client_auth = {"username": USERNAME, "password": f"${{file:{_SECRETS}/{password}}}"}
    return {
        "health_check": {"endpoint": f"{_HOST}:{service.ports['health']}"},
        _TOKEN: {"filename": f"{_SECRETS}/token"},
        _PROMETHEUS: {"client_auth": client_auth},
    }


def _protocols(service: Service) -> dict[str, Any]:
    access = {"auth": {"authenticator": _TOKEN}}
    return {
        "grpc": {"endpoint": f"{_HOST}:{service.ports['grpc']}", **access},
        "http": {"endpoint": f"{_HOST}:${{env:{PORT}}}", **access},
    }


def _processors(service: Service) -> dict[str, Any]:
    """The processors in a pipeline's order: the memory limiter comes first."""
    settings = service.settings
    attributes = [
        {"key": key, "value": text.replace("$", "$$"), "action": "upsert"}
        for key, text in settings["resource_attributes"].items()
    ]
    return {
        "memory_limiter": {"check_interval": "1s", "limit_mib": settings["limit_mib"]},
        **({"resource": {"attributes": attributes}} if attributes else {}),
        "batch": {
            "timeout": f"{units.duration(settings['batch_timeout'])}s",
            "send_batch_size": settings["send_batch_size"],
        },
    }


def _exporters(service: Service) -> dict[str, Any]:
    return {
        "prometheusremotewrite": {
            "endpoint": f"${{env:{URL}}}/api/v1/write",
            "auth": {"authenticator": _PROMETHEUS},
            "add_metric_suffixes": service.settings["add_metric_suffixes"],
            "resource_to_telemetry_conversion": {"enabled": True},
        },
        "file/traces": {"path": "/logs/traces.json", "rotation": dict(_ROTATION)},
        "file/logs": {"path": "/logs/logs.json", "rotation": dict(_ROTATION)},
    }


def _pipeline(service: Service, exporter: str) -> dict[str, Any]:
    return {
        "receivers": ["otlp"],
        "processors": list(_processors(service)),
        "exporters": [exporter],
    }


def _telemetry(service: Service) -> dict[str, Any]:
    """The collector's own metrics, by the names in its documentation."""
    names = dict.fromkeys(("without_scope_info", "without_type_suffix", "without_units"), True)
    endpoint = {"host": _HOST, "port": service.ports["metrics"], **names}
    return {"metrics": {"readers": [{"pull": {"exporter": {"prometheus": endpoint}}}]}}
