"""`qdrant --config-path FILE`: listen where the file says, and end on SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from .server import Server
from .store import Store


def main() -> int:
    """Serve until SIGTERM or SIGINT; 1 where it cannot begin."""
    if sys.argv[1:2] == ["--version"]:
        print("qdrant 1.16.3")
        return 0
    settings = yaml.safe_load(Path(sys.argv[sys.argv.index("--config-path") + 1]).read_text())
    Path(os.environ.get("QDRANT_INIT_FILE_PATH", ".qdrant-initialized")).touch()
    storage = settings["storage"]
    Path(storage["snapshots_path"], "tmp").mkdir(parents=True, exist_ok=True)
    server = Server(settings["service"], Store(Path(storage["storage_path"])))
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"Qdrant HTTP listening on {settings['service']['http_port']}", file=sys.stderr)
    ended.wait()
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
