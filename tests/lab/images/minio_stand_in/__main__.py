"""`minio server DIR --address HOST:PORT`: serve the directory, and end on SIGTERM."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from .server import Server


def main() -> int:
    """Serve until SIGTERM or SIGINT; 1 where it cannot begin."""
    if sys.argv[1:] == ["--version"]:
        print("minio version RELEASE.2025-09-07T16-13-09Z (stand-in)")
        return 0
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["server"])
    parser.add_argument("volume", type=Path)
    parser.add_argument("--address", required=True)
    parser.add_argument("--certs-dir", type=Path, required=True)
    arguments = parser.parse_args()
    user, password = variable("MINIO_ROOT_USER"), variable("MINIO_ROOT_PASSWORD")
    if len(user) < 3 or len(password) < 8:
        print("FATAL Unable to validate credentials inherited from the shell environment: "
              "Invalid credentials", file=sys.stderr)  # fmt: skip
        return 1
    (arguments.certs_dir / "CAs").mkdir(parents=True, exist_ok=True)
    host, _, port = arguments.address.rpartition(":")
    server = Server((host, int(port)), arguments.volume, user, password)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"API: http://{arguments.address}", file=sys.stderr)
    ended.wait()
    server.shutdown()
    return 0


def variable(name: str) -> str:
    """A variable, or what the file holds that its _FILE names."""
    file = os.environ.get(f"{name}_FILE")
    return Path(file).read_text().strip() if file else os.environ.get(name, "minioadmin")


if __name__ == "__main__":
    sys.exit(main())
