"""Data sources and dashboards from the provisioning files, refused where Grafana refuses them.

What is wrong with a data source or a provider ends the server; a dashboard that is wrong is said in
the log and left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from .expand import ExpandError, provisioned

Body = dict[str, Any]
Log = Callable[[str], None]
_UID = re.compile(r"[a-zA-Z0-9_-]{1,40}")


class ProvisioningError(ValueError):
    """Grafana would not start with this."""


def data_sources(folder: Path) -> dict[str, Body]:
    """Those of `datasources/*.yaml`, by their uid. Raises ProvisioningError."""
    sources: dict[str, Body] = {}
    for source in (
        source for file in _files(folder / "datasources") for source in file["datasources"]
    ):
        _require(source, "name", "type", "uid")
        if not _UID.fullmatch(source["uid"]) or source["uid"] in sources:
            raise ProvisioningError(f"invalid uid, or twice: {source['uid']}")
        if source.setdefault("access", "proxy") not in ("proxy", "direct"):
            raise ProvisioningError(f"access {source['access']} of {source['name']}")
        sources[source["uid"]] = source
    if sum(bool(source.get("isDefault")) for source in sources.values()) > 1:
        raise ProvisioningError("Only one datasource per organization can be marked as default")
    return sources


def dashboards(folder: Path, log: Log) -> dict[str, Body]:
    """Those of the files that the providers of `dashboards/*.yaml` name, by their uid."""
    boards: dict[str, Body] = {}
    for provider in (
        provider for file in _files(folder / "dashboards") for provider in file["providers"]
    ):
        _require(provider, "name", "type")
        if provider["type"] != "file":
            raise ProvisioningError(f"type {provider['type']} is not supported")
        path = provider.get("options", {}).get("path")
        if not isinstance(path, str) or not Path(path).is_dir():
            raise ProvisioningError(f"Failed to load dashboards: path {path}")
        for file in sorted(Path(path).rglob("*.json")):
            _add(boards, file, log)
    return boards


def _add(boards: dict[str, Body], file: Path, log: Log) -> None:
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
        _require(body, "title", "uid")
        if not _UID.fullmatch(body["uid"]):
            raise ProvisioningError("uid contains illegal characters, or too many")
        if body["uid"] in boards:
            raise ProvisioningError(f"the same UID is used more than once: {body['uid']}")
        boards[body["uid"]] = body
    except (ProvisioningError, json.JSONDecodeError) as error:
        log(f'level=error msg="failed to load dashboard from {file}" error="{error}"')


def _files(folder: Path) -> Iterator[Body]:
    for path in sorted(folder.glob("*.y*ml")) if folder.is_dir() else ():
        try:
            body = provisioned(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (yaml.YAMLError, ExpandError) as error:
            raise ProvisioningError(f"{path}: {error}") from None
        if body.get("apiVersion") != 1:
            raise ProvisioningError(f"{path}: no apiVersion 1")
        yield body


def _require(body: Body, *keys: str) -> None:
    for key in keys:
        if not body.get(key):
            raise ProvisioningError(f"{key} is empty")
