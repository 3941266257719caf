"""A client of Redis that writes for as long as it can, and counts what was acknowledged."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from tests.lab.cluster import PATIENCE
from tests.lab.resp import Redis


class Writer:
    """Writes `prefix` with 0, 1, 2, ... behind it from the moment it is made until Redis goes."""

    def __init__(self, redis: Redis, prefix: str = "") -> None:
        self.acknowledged = 0
        self._redis = redis
        self._prefix = prefix
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def end(self) -> int:
        """Wait for Redis to go; how many writes it has acknowledged."""
        self._thread.join(timeout=PATIENCE)
        assert not self._thread.is_alive()
        return self.acknowledged

    def _write(self) -> None:
        with self._redis, suppress(OSError):
            while self._redis.ask("SET", f"{self._prefix}{self.acknowledged}", "here") == "OK":
                self.acknowledged += 1
                time.sleep(0.0005)
