"""A fleet of clients in the lab, and the client service that it registers with."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.lab.bundles import detach
from tests.lab.cluster import Lab

HOME = "/home/alice"
PORT = 8001
API = "/api/v1/client-group"
SMALL = {"mem": "200M", "cpus_per_task": 1}


class ClientService:
    """The service on the login node, and what it was asked for."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.journal = lab.path(f"{HOME}/journal")

    def start(self) -> None:
        self.journal.unlink(missing_ok=True)
        argv = ["python3", f"{HOME}/client_service.py", str(PORT), f"{HOME}/journal"]
        detach(self.lab, argv, user="alice", node="login", output=f"{HOME}/client_service.log")
        self.lab.wait(self.answers)

    def answers(self) -> bool:
        try:
            self.post("/faults", {})
        except OSError:
            return False
        return True

    def post(self, path: str, body: dict[str, Any]) -> None:
        url = f"http://{self.lab.subnet}.10:{PORT}{path}"
        data = json.dumps(body).encode()
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, data).close()

    def requests(self, number: int = 123) -> list[str]:
        """What was asked for of a group, and the answers."""
        lines = self.journal.read_text().splitlines()
        of_group = [line.replace(f"{API}/{number}", "") for line in lines if f"/{number}" in line]
        return [" ".join(line.split()) for line in of_group]


@pytest.fixture
def service(lab: Lab) -> ClientService:
    here = Path(__file__).parent
    for name in ("client_service.py", "benchmark_client.py"):
        lab.write(f"{HOME}/{name}", (here / name).read_text())
    service = ClientService(lab)
    service.start()
    service.post(f"{API}/123", {"num_clients": 2, "time_limit": 5})
    return service


def fleet(how: str, **fields: Any) -> dict[str, Any]:
    return {
        "kind": "client-group",
        "benchmark_id": 123,
        "num_clients": 2,
        "service": f"login:{PORT}",
        "target_endpoint": "ai-server:8000",
        "command": ["python3", f"{HOME}/benchmark_client.py", how, {"dir": "results"}],
        "connect_timeout": 200,
        "resources": SMALL,
        **fields,
    }
