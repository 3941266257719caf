"""A benchmark client of a fleet: it listens on CLIENT_PORT, and does as its first word says.

    benchmark_client.py ends|serves|stubborn|fails|dies|deaf DIRECTORY [WORD...]

Once it is asked to run it writes its environment and its words to DIRECTORY/HOST, where HOST is its
node, and ends; `serves` until it is TERMed, `stubborn` even then, `fails` on node02 with status 7.
`dies` does so on node02 before it listens, and `deaf` never listens.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

HOW, WORDS = sys.argv[1], sys.argv[3:]
NODE = os.uname().nodename
NOTES = Path(sys.argv[2], NODE)


class Client(BaseHTTPRequestHandler):
    """POST /run."""

    def do_POST(self) -> None:
        NOTES.write_text(json.dumps({"words": WORDS, "env": dict(os.environ)}), encoding="utf-8")
        self.send_response(200)
        self.end_headers()
        threading.Thread(target=work).start()

    def log_message(self, *_: Any) -> None:
        """Quietly."""


def work() -> None:
    """The benchmark."""
    time.sleep(0.3)
    if HOW == "fails" and NODE == "node02":
        print("this client fails", flush=True)
        os._exit(7)
    if HOW == "ends":
        os._exit(0)


def ended(*_: Any) -> None:
    """What TERM does."""
    NOTES.with_suffix(".asked").write_text("")
    os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_IGN if HOW == "stubborn" else ended)
    if HOW == "dies" and NODE == "node02":
        sys.exit(7)
    if HOW == "deaf":
        time.sleep(300)
    HTTPServer(("", int(os.environ["CLIENT_PORT"])), Client).serve_forever()
