"""`vllm serve MODEL ...`: start as slowly as one notices, serve, and end on SIGTERM.

Of several nodes all end when one does.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from pathlib import Path

from .nodes import meet
from .options import parse
from .ray_workers import place
from .server import COMPLETIONS, Server

START_UP = 1.0


def main() -> int:
    """Serve until SIGTERM or SIGINT; 0 then, 1 where the model or another node is not there."""
    options = parse(sys.argv[1:])
    if options.model_tag.startswith("/") and not Path(options.model_tag).is_dir():
        print(f"OSError: no model at {options.model_tag}", file=sys.stderr)
        return 1
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    time.sleep(START_UP)
    if options.distributed_executor_backend == "ray":
        lost = place(options, ended)
    else:
        lost = meet(options, ended)
    if options.headless:  # a worker of another node's server
        ended.wait()
    else:
        serve(Server(options), ended)
    return int(lost.is_set())


def serve(server: Server, ended: threading.Event) -> None:
    """Answer requests until `ended`, with the lines in the log that people look for."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("INFO [launcher.py:186] Available routes are:")
    for route in COMPLETIONS:
        print(f"INFO [launcher.py:195] Route: {route}, Methods: POST")
    print("INFO:     Application startup complete.", flush=True)
    ended.wait()
    print("INFO:     Shutting down", flush=True)
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    sys.exit(main())
