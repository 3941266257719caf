"""Results of scaling experiments as openenv-scaling leaves them, with figures that are stated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PARAMETERS = {
    "mode": "ws", "requests": [512, 1024], "wait": [1.0], "repetitions": 1, "timeout": 120.0,
    "pause": 0.5, "success": 0.95, "hardware": "", "search": None, "until": 0.5,
    "precision": 0.05, "preflight": 100, "expected_hosts": 1, "require_hosts": 0, "drivers": 1,
}  # fmt: skip


def point(
    sessions: int, good: int, hosts: dict[str, int], p99: float, repetition: int = 1
) -> dict[str, Any]:
    """A point of `sessions`, `good` of which succeeded, with steps of a second."""
    stage = {f"{s}_p{p}": 0.01 for s in ("connect", "reset", "step") for p in (50, 95, 99)}
    total = {"min": 1.0, "max": p99, "avg": 1.1, "p50": 1.1, "p90": p99, "p95": p99, "p99": p99}
    return {
        "mode": "ws", "url": "http://n0:8000", "num_requests": sessions, "batch_size": sessions,
        "wait_seconds": 1.0, "repetition": repetition, "timestamp": "2026-01-02T03:04:05+00:00",
        "hardware": "", "successful": good, "failed": sessions - good,
        "error_rate": round(1 - good / sessions, 6), "total_wall_time": 2.0, **stage,
        **{f"total_{name}": seconds for name, seconds in total.items()},
        "requests_per_second": good / 2, "effective_concurrency": sessions / 2,
        "unique_pids": 1, "unique_sessions": good, "unique_hosts": len(hosts), "valid": True,
        "hosts": hosts, "errors": {"CAPACITY_REACHED": sessions - good} if sessions > good else {},
    }  # fmt: skip


def spread(good: int, workers: int) -> dict[str, int]:
    """Sessions that succeeded, an equal part on each worker."""
    return {f"n{number}:8000": good // workers for number in range(1, workers + 1)}


def result(workers: int, points: list[dict[str, Any]], job: int, **more: Any) -> dict[str, Any]:
    """The result of a run on so many workers."""
    nodes = [f"n{number}" for number in range(1, workers + 1)]
    return {
        "client": "scaling", "kind": "openenv-scaling", "target": "envs", "job_id": job,
        "parameters": PARAMETERS,
        "topology": {
            "urls": ["http://n0:8000"], "cpus_per_node": 48, "workers": workers,
            "worker_nodes": nodes, "workers_per_node": 48,
            "balancer_node": "n0" if workers > 1 else None,
        },
        "started": "2026-01-02T03:04:05+00:00", "ended": "2026-01-02T03:14:05+00:00",
        "valid": True, "complete": True, "remarks": [],
        "preflight": {"requests": 100, "succeeded": 100, "hosts": spread(100, workers)},
        "ceilings": [], "points": points, **more,
    }  # fmt: skip


def runs() -> list[dict[str, Any]]:
    """One worker holds 1000 sessions, two hold 1900, and four 3600: 95 and 90 per cent."""
    return [
        result(1, [point(n, min(n, 1000), spread(1000, 1), 1.2) for n in (500, 1000, 2000)], 1),
        result(2, [point(n, min(n, 1950), spread(900, 2), 1.5) for n in (1000, 1900, 4000)], 2),
        result(4, [point(n, min(n, 3700), spread(800, 4), 2.5) for n in (2000, 3600, 8000)], 4),
    ]


def leave(folder: Path, *results: dict[str, Any]) -> None:
    """Each as a result.json of its own, below `folder`."""
    for result in results:
        place = folder / str(result["client"]) / str(result["job_id"])
        place.mkdir(parents=True)
        (place / "result.json").write_text(json.dumps(result), encoding="utf-8")
