"""Workers on a Ray cluster, one for each GPU, as `--distributed-executor-backend ray` has them."""

from __future__ import annotations

import argparse
import threading
import time
from typing import Any

PATIENCE = 60.0
PAUSE = 0.5


def place(options: argparse.Namespace, ended: threading.Event) -> threading.Event:
    """Return once every worker runs; `ended` is set when one of them has gone.

    What is returned is set where that was so before anybody asked this one to end.
    """
    import ray  # type: ignore[import-not-found] # noqa: PLC0415 - only one image has it

    ray.init(log_to_driver=False)
    worker = ray.remote(num_gpus=1)(Worker)
    count = options.tensor_parallel_size * options.pipeline_parallel_size
    workers = [worker.remote() for _ in range(count)]
    addresses = ray.get([worker.address.remote() for worker in workers], timeout=PATIENCE)
    print(f"INFO {count} Ray workers on {' '.join(sorted(set(addresses)))}", flush=True)
    lost = threading.Event()
    threading.Thread(target=_watch, args=(ray, workers, ended, lost), daemon=True).start()
    return lost


class Worker:
    """One GPU's."""

    def address(self) -> str:
        """Of the node that it runs on."""
        import ray  # noqa: PLC0415

        return str(ray.util.get_node_ip_address())


def _watch(ray: Any, workers: list[Any], ended: threading.Event, lost: threading.Event) -> None:
    while not ended.is_set():
        time.sleep(PAUSE)
        try:
            ray.get([worker.address.remote() for worker in workers])
        except ray.exceptions.RayError:
            lost.set()
            ended.set()
