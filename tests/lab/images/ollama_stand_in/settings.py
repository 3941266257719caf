"""What Ollama reads of its environment, and how."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

VERSION = "0.18.2"
FOREVER = 9223372036.854775807
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Times are seconds; a negative OLLAMA_KEEP_ALIVE is FOREVER."""

    host: str
    port: int
    models: Path
    keep_alive: float
    num_parallel: int
    context_length: int
    prunes: bool


def settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process."""
    host, port = address(environment.get("OLLAMA_HOST", ""))
    home = Path(environment.get("HOME", "/"))
    return Settings(
        host=host,
        port=port,
        models=Path(environment.get("OLLAMA_MODELS") or home / ".ollama" / "models"),
        keep_alive=span(environment.get("OLLAMA_KEEP_ALIVE") or "5m"),
        num_parallel=int(environment.get("OLLAMA_NUM_PARALLEL") or 1),
        context_length=int(environment.get("OLLAMA_CONTEXT_LENGTH") or 4096),
        prunes=environment.get("OLLAMA_NOPRUNE", "") in ("", "0", "false"),
    )


def address(text: str) -> tuple[str, int]:
    """Host and port of an OLLAMA_HOST such as 10.0.0.1, :8080 or http://10.0.0.1:8080.

    >>> address("http://10.0.0.1:8080"), address("10.0.0.1"), address("http://10.0.0.1")
    (('10.0.0.1', 8080), ('10.0.0.1', 11434), ('10.0.0.1', 80))
    """
    scheme, _, rest = text.strip("\"' ").rpartition("://")
    host, _, port = rest.rstrip("/").partition(":")
    default = {"http": 80, "https": 443}.get(scheme, 11434)
    return host or "127.0.0.1", int(port) if port.isdecimal() else default


def span(value: object) -> float:
    """Seconds of a keep_alive: a number of them, or text such as 5m; FOREVER where negative.

    >>> span("5m"), span(-1), span("0")
    (300.0, 9223372036.854775807, 0.0)
    """
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?)(ms|s|m|h)?", str(value))
    seconds = float(match[1]) * _UNITS[match[2] or "s"] if match else 300.0
    return FOREVER if seconds < 0 else seconds
