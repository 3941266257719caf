"""A Redis that shares a job with others, and what its step asks for."""

from __future__ import annotations

SHARE = {"cpus_per_task": 1, "mem": "200M"}
CACHE = {"kind": "redis", "job": "stack", "persistence": "aof", "resources": SHARE}
