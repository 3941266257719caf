"""Grafana's configuration files: its settings, its data source, and the place of its dashboards.

Grafana sees them in /bundle. It replaces $__env{NAME} and $__file{PATH} in them; nothing else has a
`$`.
"""

from __future__ import annotations

from hpcgen.grafana.panel import UID
from hpcgen.yaml.dump import dump

URL = "HPCGEN_DATASOURCE_URL"
"""The variable of Grafana's process from which it takes the address of its data source."""

PATHS = {
    "data": "/scratch",
    "logs": "/scratch/log",
    "plugins": "/scratch/plugins",
    "provisioning": "/bundle/provisioning",
}
"""Settings for which the image has variables of its own: only words of the command beat those."""

_SECRETS = "/run/hpcgen/secrets"


def settings(home: str, *, anonymous: bool) -> str:
    """grafana.ini: the dashboard `home` comes first, and nothing is asked of the Internet.

    Keys that are not here have Grafana's own defaults. The address to listen on comes from the job.
    """
    sections = {
        "analytics": {
            "check_for_plugin_updates": "false",
            "check_for_updates": "false",
            "reporting_enabled": "false",
        },
        "auth.anonymous": {"enabled": str(anonymous).lower(), "org_role": "Viewer"},
        "dashboards": {"default_home_dashboard_path": f"/bundle/dashboards/{home}.json"},
        "log": {"mode": "console"},
        "metrics": {"enabled": "false"},
        "news": {"news_feed_enabled": "false"},
        "plugins": {"preinstall_disabled": "true"},
        "security": {
            "admin_password": f"$__file{{{_SECRETS}/password}}",
            "disable_gravatar": "true",
            "secret_key": f"$__file{{{_SECRETS}/password}}",
        },
        "snapshots": {"external_enabled": "false"},
        "users": {"allow_sign_up": "false"},
    }
    lines = (
        f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
        for section, keys in sections.items()
    )
    return "\n".join(lines)


def data_source(name: str, username: str, secret: str, interval: str) -> str:
    """A Prometheus that lets in `username` with the file `secret`, and scrapes each `interval`."""
    source = {
        "name": name,
        "uid": UID,
        "type": "prometheus",
        "access": "proxy",
        "url": f"$__env{{{URL}}}",
        "isDefault": True,
        "editable": False,
        "basicAuth": True,
        "basicAuthUser": username,
        "jsonData": {"httpMethod": "POST", "timeInterval": interval},
        "secureJsonData": {"basicAuthPassword": f"$__file{{{_SECRETS}/{secret}}}"},
    }
    return dump({"apiVersion": 1, "prune": True, "datasources": [source]})


def provider() -> str:
    """The provider that reads the dashboards from files, and allows changes only there."""
    files = {
        "name": "hpcgen",
        "type": "file",
        "allowUiUpdates": False,
        "disableDeletion": True,
        "options": {"path": "/bundle/dashboards"},
    }
    return dump({"apiVersion": 1, "providers": [files]})
