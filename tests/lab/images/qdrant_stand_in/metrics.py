"""What Qdrant tells Prometheus: of its collections, of requests on points, and of its process."""

from __future__ import annotations

import re
import resource
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from .store import Store

_LE = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_POINTS = re.compile(r"/collections/[^/]+(/points.*)")
"""Only these endpoints are counted; the collection's name is none of the label."""

Labels = tuple[str, str, int]


class Metrics:
    """Counts answers, each with what it took."""

    def __init__(self, version: str, store: Store) -> None:
        self.version, self.store = version, store
        self.answered: Counter[Labels] = Counter()
        self.within: Counter[tuple[Labels, float]] = Counter()
        self.took: defaultdict[Labels, float] = defaultdict(float)
        self.lock = threading.Lock()

    def count(self, method: str, path: str, status: int, seconds: float) -> None:
        """An answer to a request."""
        match = _POINTS.fullmatch(path)
        if not match:
            return
        labels = (method, f"/collections/{{name}}{match[1]}", status)
        with self.lock:
            self.answered[labels] += 1
            self.took[labels] += seconds
            self.within.update((labels, le) for le in _LE if seconds <= le)

    def page(self) -> str:
        """All of them, in Prometheus' text form."""
        with self.lock:
            lines = (*self._general(), *self._collections(), *self._answers(), *_process())
        return "\n".join(lines) + "\n"

    def _general(self) -> Iterator[str]:
        points = sum(len(collection["points"]) for collection in self.store.collections.values())
        yield f'app_info{{name="qdrant",version="{self.version}"}} 1'
        yield "app_status_recovery_mode 0"
        yield f"collections_total {len(self.store.collections)}"
        yield f"collections_vector_total {points}"

    def _collections(self) -> Iterator[str]:
        """Searches read every point, so that none is in an index, and none is made."""
        for name, collection in self.store.collections.items():
            points = len(collection["points"])
            yield f'collection_points{{id="{name}"}} {points}'
            yield f'collection_indexed_only_excluded_points{{id="{name}",vector=""}} {points}'
            yield f'collection_running_optimizations{{id="{name}"}} 0'

    def _answers(self) -> Iterator[str]:
        """Only those with 200 have a histogram."""
        yield "# TYPE rest_responses_duration_seconds histogram"
        for labels, count in sorted(self.answered.items()):
            method, endpoint, status = labels
            labelled = f'method="{method}",endpoint="{endpoint}",status="{status}"'
            yield f"rest_responses_total{{{labelled}}} {count}"
            yield f"rest_responses_fail_total{{{labelled}}} {count if status >= 500 else 0}"
            if status == 200:
                name = "rest_responses_duration_seconds"
                for le in _LE:
                    yield f'{name}_bucket{{{labelled},le="{le}"}} {self.within[labels, le]}'
                yield f'{name}_bucket{{{labelled},le="+Inf"}} {count}'
                yield f"{name}_sum{{{labelled}}} {self.took[labels]}"
                yield f"{name}_count{{{labelled}}} {count}"


def _process() -> Iterator[str]:
    """What the kernel knows; all memory is what the process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    used = resource.getrusage(resource.RUSAGE_SELF)
    for name in ("allocated", "active", "resident"):
        yield f"memory_{name}_bytes {pages * resource.getpagesize()}"
    yield f"process_open_fds {len([*Path('/proc/self/fd').iterdir()])}"
    yield f"process_max_fds {resource.getrlimit(resource.RLIMIT_NOFILE)[0]}"
    yield f"process_minor_page_faults_total {used.ru_minflt}"
    yield f"process_major_page_faults_total {used.ru_majflt}"
