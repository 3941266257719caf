"""`grafana server`: read the provisioning, listen where the settings say, and end on SIGTERM."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from .expand import ExpandError
from .provisioning import ProvisioningError
from .server import Server
from .settings import VERSION, SettingsError, settings


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or SIGINT; 0 then, 1 where it cannot begin."""
    if arguments == ["--version"]:
        print(f"grafana version {VERSION}")
        return 0
    options = dict(argument.lstrip("-").partition("=")[::2] for argument in arguments[1:])
    if (
        arguments[:1] != ["server"]
        or not Path(options.get("homepath", ""), "conf/defaults.ini").exists()
    ):
        log('level=error msg="Could not find config defaults, make sure homepath is set"')
        return 1
    try:
        server = Server(settings(Path(options["config"]), options), log)
    except (SettingsError, ExpandError, ProvisioningError, OSError) as error:
        log(f'level=error msg="Server failed to start" error="{error}"')
        return 1
    where = f"{server.settings.address}:{server.settings.port}"
    log(f'logger=http.server level=info msg="HTTP Server Listen" address={where}')
    return serve(server)


def log(line: str) -> None:
    """A line of the log, which Grafana's console mode writes to standard output."""
    print(line, flush=True)


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
    sys.exit(main(sys.argv[1:]))
