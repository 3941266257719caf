"""HTTP as Grafana speaks it: health, log-in, data sources and what they answer, dashboards."""

from __future__ import annotations

import base64
import binascii
import json
import socket
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .provisioning import Body, Log, dashboards, data_sources
from .settings import VERSION, Settings
from .users import Users

NOT_FOUND = {"message": "Not found"}


class Server(ThreadingHTTPServer):
    """Listens once made. Raises ProvisioningError and OSError."""

    daemon_threads = True

    def __init__(self, settings: Settings, log: Log) -> None:
        self.settings = settings
        self.users = Users(settings.data, settings.admin, settings.password)
        self.sources = data_sources(settings.provisioning)
        self.dashboards = dashboards(settings.provisioning, log)
        super().__init__((settings.address, settings.port), Handler)

    def server_bind(self) -> None:
        """Bind without looking up a name for the address, as http.server's own does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """What everybody sees, and what needs a role."""
        path, _, _ = self.path.partition("?")
        if path == "/api/health":
            body = {"database": "ok", "version": VERSION, "commit": "0000000"}
            self.send(200, json.dumps(body, indent=2).encode())
        elif path == "/login":
            self.send(200, b"<!doctype html><title>Grafana</title>", "text/html")
        elif not (role := self.role()):
            self.refuse(path)
        elif path == "/":
            self.send(200, b"<!doctype html><title>Grafana</title>", "text/html")
        else:
            self.answer(path.strip("/").split("/"), role)

    def refuse(self, path: str) -> None:
        """A page sends who is not known to the log-in; the API says why."""
        if not path.startswith("/api/"):
            self.send_response(302)
            self.send_header("Location", "/login")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        wrong = bool(self.headers.get("Authorization"))
        message = "Invalid username or password" if wrong else "Unauthorized"
        self.reply(401, {"message": message, "statusCode": 401})

    def answer(self, parts: list[str], role: str) -> None:
        """What somebody of `role` asks for; only the admin sees how a data source is reached."""
        match parts:
            case ["api", "search"]:
                self.reply(
                    200,
                    [self.search_hit(dashboard) for dashboard in self.server.dashboards.values()],
                )
            case ["api", "dashboards", "home"]:
                self.home()
            case ["api", "dashboards", "uid", uid] if uid in self.server.dashboards:
                meta = {"provisioned": True, "canSave": False, "url": f"/d/{uid}"}
                self.reply(200, {"meta": meta, "dashboard": self.server.dashboards[uid]})
            case ["api", "datasources", "proxy", "uid", uid, *rest] if uid in self.server.sources:
                self.proxy(self.server.sources[uid], "/".join(rest))
            case ["api", "datasources", *_] if role != "Admin":
                self.reply(403, {"message": "You'll need additional permissions"})
            case ["api", "datasources", "uid", uid, "health"] if uid in self.server.sources:
                self.health(self.server.sources[uid])
            case ["api", "datasources", "uid", uid] if uid in self.server.sources:
                self.reply(200, shown(self.server.sources[uid]))
            case _:
                self.reply(404, NOT_FOUND)

    def home(self) -> None:
        """The dashboard that is shown first."""
        path = self.server.settings.home
        body = json.loads(path.read_text(encoding="utf-8")) if path else {"title": "Home"}
        self.reply(200, {"meta": {"isHome": True}, "dashboard": body})

    def role(self) -> str:
        """Of whoever asks; "" where nobody may ask without logging in."""
        scheme, _, credentials = self.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return self.server.settings.anonymous
        try:
            login, _, password = (
                base64.b64decode(credentials, validate=True).decode().partition(":")
            )
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return "Admin" if scheme == "Basic" and self.server.users.knows(login, password) else ""

    def health(self, source: Body) -> None:
        """Whether the data source answers a query."""
        status, _ = proxied(source, "api/v1/query?query=1")
        message = (
            "Successfully queried the Prometheus API." if status == 200 else f"it says {status}"
        )
        body = {"status": "OK" if status == 200 else "ERROR", "message": message}
        self.reply(200 if status == 200 else 400, body)

    def proxy(self, source: Body, path: str) -> None:
        """What the data source answers, which Grafana asks with the credential that it knows."""
        query = self.path.partition("?")[2]
        self.send(*proxied(source, f"{path}?{query}"))

    def search_hit(self, dashboard: Body) -> Body:
        """A dashboard in a list."""
        uid = dashboard["uid"]
        return {"uid": uid, "title": dashboard["title"], "type": "dash-db", "url": f"/d/{uid}"}

    def reply(self, status: int, body: Any) -> None:
        """A body of JSON."""
        self.send(status, json.dumps(body).encode())

    def send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        """A whole answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def proxied(source: Body, path: str) -> tuple[int, bytes]:
    """The status and the body of a GET; 502 where nothing answers."""
    request = urllib.request.Request(f"{source['url'].rstrip('/')}/{path}")  # noqa: S310
    if source.get("basicAuth"):
        password = source.get("secureJsonData", {}).get("basicAuthPassword", "")
        pair = f"{source.get('basicAuthUser', '')}:{password}"
        request.add_header("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError as error:
        return 502, str(error).encode()


def shown(source: Body) -> Body:
    """A data source as the API shows it: its secrets only by name."""
    kept = {key: value for key, value in source.items() if key != "secureJsonData"}
    fields = dict.fromkeys(source.get("secureJsonData", {}), True)
    return {**kept, "secureJsonFields": fields, "readOnly": not source.get("editable")}
