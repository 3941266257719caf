"""`otelcol-contrib [validate] --config=FILE`, as the real one is called."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from typing import Any

from . import configuration, exporters, receivers, telemetry
from .pipeline import Pipeline


def main() -> int:
    """Run until TERM or INT; 1 with the reason on stderr where the configuration is no good."""
    parser = argparse.ArgumentParser(prog="otelcol-contrib")
    parser.add_argument("command", nargs="?", choices=("validate",))
    parser.add_argument("--config", required=True)
    arguments = parser.parse_args()
    try:
        config = configuration.read(arguments.config)
    except (configuration.InvalidError, OSError) as error:
        print(f"Error: invalid configuration: {error}", file=sys.stderr)
        return 1
    if arguments.command != "validate":
        _run(config)
    return 0


def _run(config: dict[str, Any]) -> None:
    pipelines = {
        signal_: Pipeline(signal_, config, exporters.made(pipeline["exporters"][0], config))
        for signal_, pipeline in config["service"]["pipelines"].items()
    }
    listening = receivers.start(config, pipelines)
    telemetry.start(config, pipelines)
    print("Everything is ready. Begin running and processing data.", file=sys.stderr, flush=True)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    listening.stop(grace=None)
    for pipeline in pipelines.values():
        pipeline.flush()


if __name__ == "__main__":
    sys.exit(main())
