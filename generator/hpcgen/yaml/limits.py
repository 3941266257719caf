"""How large a recipe may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one recipe; each is checked before the memory or the time is spent.

    `bytes` bounds the file, `depth` how deep lists and mappings nest and `nodes` how many YAML
    nodes there are (keys count), both once aliases are expanded; `string` bounds each scalar,
    in characters.
    """

    bytes: int = 256 * 1024
    depth: int = 32
    nodes: int = 10_000
    string: int = 64 * 1024
