"""A clock that moves on when every thread waits for it, however busy the machine is."""

from __future__ import annotations

import heapq
import threading
from types import SimpleNamespace
from typing import Any

import pytest


class VirtualTime:
    """What a module has as `time`: `sleep` takes none, and `perf_counter` says when it would be.

    It counts the threads that have something to do: the one that made it and those of `threading`,
    which a module has in place of Python's. As soon as all of them sleep, or wait for the end of
    another, it is the time at which the first one wakes up.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._changed = threading.Condition()
        self._busy = 1
        self._waking: list[float] = []
        clock = self

        class Thread(threading.Thread):
            def start(self) -> None:
                clock._take_up()
                super().start()

            def run(self) -> None:
                try:
                    super().run()
                finally:
                    clock._leave_off()

            def join(self, timeout: float | None = None) -> None:
                clock._leave_off()
                super().join(timeout)
                clock._take_up()

        self.threading = SimpleNamespace(Thread=Thread, Lock=threading.Lock)

    def rules(self, monkeypatch: pytest.MonkeyPatch, *modules: Any) -> None:
        """Have modules take it for the time."""
        for module in modules:
            monkeypatch.setattr(module, "time", self)
            if hasattr(module, "threading"):
                monkeypatch.setattr(module, "threading", self.threading)

    def perf_counter(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._changed:
            if (moment := self.now + seconds) <= self.now:
                return
            heapq.heappush(self._waking, moment)
            self._leave_off()
            while self.now < moment:
                self._changed.wait()

    def _take_up(self) -> None:
        with self._changed:
            self._busy += 1

    def _leave_off(self) -> None:
        with self._changed:
            self._busy -= 1
            if self._busy or not self._waking:
                return
            self.now = max(self.now, self._waking[0])
            while self._waking and self._waking[0] <= self.now:
                heapq.heappop(self._waking)
                self._busy += 1
            self._changed.notify_all()
