"""What Grafana reads: its words cfg:SECTION.KEY=VALUE, its variables GF_SECTION_KEY, its file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from configparser import ConfigParser, Error
from dataclasses import dataclass
from pathlib import Path

from .expand import setting

VERSION = "12.3.0"


class SettingsError(ValueError):
    """The file cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`home` is the dashboard shown first, `anonymous` the role of who does not log in."""

    address: str
    port: int
    data: Path
    provisioning: Path
    home: Path | None
    admin: str
    password: str
    anonymous: str


def settings(file: Path, words: Mapping[str, str], env: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process. Raises SettingsError and ExpandError."""
    written = ConfigParser(interpolation=None)
    try:
        written.read_string(file.read_text(encoding="utf-8"))
    except (OSError, Error) as error:
        raise SettingsError(f"{file}: {error}") from None

    def get(section: str, key: str, default: str = "") -> str:
        name = f"GF_{section}_{key}".upper().replace(".", "_").replace("-", "_")
        override = words.get(f"cfg:{section}.{key}") or env.get(name) or ""
        text = override or written.get(section, key, fallback=default)
        return setting(text, env)

    home = get("dashboards", "default_home_dashboard_path")
    is_open = get("auth.anonymous", "enabled", "false") == "true"
    return Settings(
        address=get("server", "http_addr") or "0.0.0.0",  # noqa: S104 - as Grafana does
        port=int(get("server", "http_port", "3000")),
        data=Path(get("paths", "data", "data")),
        provisioning=Path(get("paths", "provisioning", "conf/provisioning")),
        home=Path(home) if home else None,
        admin=get("security", "admin_user", "admin"),
        password=get("security", "admin_password", "admin"),
        anonymous=get("auth.anonymous", "org_role", "Viewer") if is_open else "",
    )
