"""A client service, as far as a fleet of clients sees one, and nothing but the standard library.

    client_service.py PORT JOURNAL

POST /api/v1/client-group/ID makes a group; below it, POST /connect adds a client and POST /run asks
every client to run; DELETE forgets the group. POST /faults {"connect": [503]} says what the next
requests of that name are answered with. JOURNAL has a line for each answer: method, path, status.
"""

from __future__ import annotations

import json
import sys
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PREFIX = "/api/v1/client-group/"
GROUPS: dict[str, list[str]] = {}
FAULTS: dict[str, list[int]] = {}
LOCK = threading.Lock()


class Service(BaseHTTPRequestHandler):
    """One request."""

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length) or "{}")
        if self.path == "/faults":
            FAULTS.update(body)
            self.answer(200, "as you wish")
        else:
            self.group(body)

    def do_DELETE(self) -> None:
        group = GROUPS.pop(self.path.removeprefix(PREFIX), None)
        self.answer(*((404, "no such group") if group is None else (200, "forgotten")))

    def group(self, body: dict[str, Any]) -> None:
        number, _, what = self.path.removeprefix(PREFIX).partition("/")
        with LOCK:
            faults = FAULTS.get(what or "create", [])
            if faults:
                self.answer(faults.pop(0), "a fault\nof two lines")
            elif not what:
                self.create(number)
            elif number not in GROUPS:
                self.answer(404, f"benchmark {number} is not known")
            elif what == "connect":
                GROUPS[number].append(body["client_address"])
                self.answer(201, "welcome")
            else:
                self.run(GROUPS[number])

    def create(self, number: str) -> None:
        exists = number in GROUPS
        GROUPS.setdefault(number, [])
        self.answer(409 if exists else 201, "a group")

    def run(self, clients: list[str]) -> None:
        for client in clients:
            host, _, port = client.removeprefix("http://").partition(":")
            asking = HTTPConnection(host, int(port), timeout=60)
            asking.request("POST", "/run")
            asking.getresponse().read()
        self.answer(200, f"{len(clients)} clients run")

    def answer(self, status: int, text: str) -> None:
        with Path(sys.argv[2]).open("a", encoding="utf-8") as journal:
            print(self.command, self.path, status, file=journal)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """The journal says it."""


if __name__ == "__main__":
    ThreadingHTTPServer(("", int(sys.argv[1])), Service).serve_forever()
