"""`ollama serve`: listen where OLLAMA_HOST says, and end on SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from .server import Server
from .settings import VERSION, Settings, settings


def main() -> int:
    """Serve until SIGTERM or SIGINT; 0 then, 1 where it cannot begin."""
    if sys.argv[1:] in (["--version"], ["-v"]):
        print(f"ollama version is {VERSION}")
        return 0
    if sys.argv[1:] != ["serve"]:
        print(f'Error: unknown command "{" ".join(sys.argv[1:])}" for "ollama"', file=sys.stderr)
        return 1
    config = settings()
    try:
        make_key()
        announce(config)
        server = Server(config)
    except OSError as error:
        print(f"Error: {explained(error, config)}", file=sys.stderr)
        return 1
    return serve(server)


def make_key() -> None:
    """Ollama has a key of its own, which it keeps at home."""
    folder = Path(os.environ.get("HOME", "/"), ".ollama")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "id_ed25519").touch(mode=0o600)


def announce(config: Settings) -> None:
    """The first lines of the log, from which people see what it was told."""
    variables = {name: value for name, value in os.environ.items() if name.startswith("OLLAMA_")}
    shown = " ".join(f"{name}:{variables[name]}" for name in sorted(variables))
    print(f'level=INFO source=routes.go msg="server config" env="map[{shown}]"', file=sys.stderr)
    where = f"{config.host}:{config.port} (version {VERSION})"
    print(f'level=INFO source=routes.go msg="Listening on {where}"', file=sys.stderr)


def explained(error: OSError, config: Settings) -> str:
    """An error in Go's words."""
    if error.filename:
        return f"mkdir {error.filename}: {(error.strerror or '').lower()}"
    return f"listen tcp {config.host}:{config.port}: bind: {(error.strerror or '').lower()}"


def serve(server: Server) -> int:
    """Answer until a signal."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ended.wait()
    server.shutdown()
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
