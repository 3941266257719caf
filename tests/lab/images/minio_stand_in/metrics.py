"""What MinIO tells Prometheus: of S3's requests, of its space and objects, and of its process."""

from __future__ import annotations

import resource
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_LE = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counts S3's requests, and looks at the directory `volume` when it is asked."""

    def __init__(self, volume: Path) -> None:
        self.volume, self.began = volume, time.time()
        self.answered: Counter[str] = Counter()
        self.failed: Counter[tuple[str, int]] = Counter()
        self.within: Counter[tuple[str, float]] = Counter()
        self.under_way: Counter[str] = Counter()
        self.received = self.sent = self.refused = 0
        self.lock = threading.Lock()

    def begin(self, api: str) -> float:
        """A request has come; returns when."""
        with self.lock:
            self.under_way[api] += 1
        return time.monotonic()

    def end(self, api: str, began: float, status: int, received: int, sent: int) -> None:
        """It is answered, with so many bytes; 403 is a wrong signature."""
        seconds = time.monotonic() - began
        with self.lock:
            self.under_way[api] -= 1
            self.answered[api] += 1
            self.failed[api, status // 100] += 1
            self.refused += status == 403
            self.within.update((api, le) for le in _LE if seconds <= le)
            self.received, self.sent = self.received + received, self.sent + sent

    def page(self) -> bytes:
        """All of them, in Prometheus' text form."""
        with self.lock:
            lines = (*self._requests(), *self._totals(), *self._storage(), *self._process())
        return ("\n".join(lines) + "\n").encode()

    def _requests(self) -> Iterator[str]:
        for api, count in sorted(self.answered.items()):
            label = f'api="{api}"'
            yield f"minio_s3_requests_total{{{label}}} {count}"
            yield f"minio_s3_requests_inflight_total{{{label}}} {self.under_way[api]}"
            for kind in (4, 5):
                failed = self.failed[api, kind]
                yield f"minio_s3_requests_{kind}xx_errors_total{{{label}}} {failed}"
            for le in _LE:
                yield f'{_TTFB}{{{label},le="{le:.3f}"}} {self.within[api, le]}'
            yield f'{_TTFB}{{{label},le="+Inf"}} {count}'

    def _totals(self) -> Iterator[str]:
        yield f"minio_s3_requests_rejected_auth_total {self.refused}"
        for name in ("timestamp", "header", "invalid"):
            yield f"minio_s3_requests_rejected_{name}_total 0"
        yield "minio_s3_requests_waiting_total 0"
        yield f"minio_s3_traffic_received_bytes {self.received}"
        yield f"minio_s3_traffic_sent_bytes {self.sent}"

    def _storage(self) -> Iterator[str]:
        """What a look at all objects finds, which MinIO takes from time to time."""
        space = shutil.disk_usage(self.volume)
        objects = [path for path in self.volume.rglob("*") if path.is_file()]
        yield "minio_cluster_health_status 1"
        yield "minio_cluster_drive_online_total 1"
        yield "minio_cluster_drive_offline_total 0"
        yield f"minio_cluster_capacity_usable_free_bytes {space.free}"
        yield f"minio_cluster_capacity_usable_total_bytes {space.total}"
        yield f"minio_cluster_bucket_total {len([*self.volume.iterdir()])}"
        yield f"minio_cluster_usage_object_total {len(objects)}"
        yield f"minio_cluster_usage_total_bytes {sum(path.stat().st_size for path in objects)}"

    def _process(self) -> Iterator[str]:
        """What the kernel knows."""
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        yield f"minio_node_process_uptime_seconds {time.time() - self.began}"
        yield f"minio_node_process_cpu_total_seconds {time.process_time()}"
        yield f"minio_node_process_resident_memory_bytes {pages * resource.getpagesize()}"
        yield f"minio_node_file_descriptor_open_total {len([*Path('/proc/self/fd').iterdir()])}"
        yield f"minio_node_file_descriptor_limit_total {limit}"


_TTFB = "minio_s3_requests_ttfb_seconds_distribution"
