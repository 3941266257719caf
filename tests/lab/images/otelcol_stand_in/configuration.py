"""The collector's configuration: ${env:NAME} and ${file:PATH} replaced, and no unknown key."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).with_name("otelcol.schema.json")
_REFERENCE = re.compile(r"(?<!\$)\$\{(env|file):([^}]+)\}")


class InvalidError(Exception):
    """What is wrong with a configuration."""


def read(path: str) -> dict[str, Any]:
    """The configuration at `path`. Raises InvalidError."""
    data = _expanded(yaml.safe_load(Path(path).read_text(encoding="utf-8")))
    errors = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).iter_errors(data)
    for error in errors:
        raise InvalidError(f"{error.json_path}: {error.message}")
    _check_names(data)
    return dict(data)


def _expanded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _expanded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_expanded(item) for item in value]
    if not isinstance(value, str):
        return value
    return _REFERENCE.sub(_value, value).replace("$$", "$")


def _value(reference: re.Match[str]) -> str:
    scheme, name = reference.groups()
    return os.environ.get(name, "") if scheme == "env" else Path(name).read_text(encoding="utf-8")


def _check_names(data: dict[str, Any]) -> None:
    """What a pipeline or an authenticator names is there, as the real one wants it."""
    for name, pipeline in data["service"]["pipelines"].items():
        for section, named in pipeline.items():
            for component in named:
                if component not in data[section]:
                    raise InvalidError(f"service::pipelines::{name}: {component} is not configured")
    for component in data["service"].get("extensions", ()):
        if component not in data["extensions"]:
            raise InvalidError(f"service::extensions: {component} is not configured")
