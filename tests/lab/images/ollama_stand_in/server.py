"""HTTP as Ollama speaks it: its routes, its lines of JSON, its words for what is wrong."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import engine, openai, store
from .engine import Engine, RefusedError, Work
from .settings import FOREVER, VERSION, Settings
from .store import Body, MissingError, Name, Store

NDJSON = "application/x-ndjson"
DETAILS: Body = {
    "parent_model": "",
    "format": "gguf",
    "family": "llama",
    "families": ["llama"],
    "parameter_size": "1M",
    "quantization_level": "Q4_0",
}


class Server(ThreadingHTTPServer):
    """Listens once made."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.models)
        if settings.prunes:
            self.store.prune()
        self.engine = Engine(settings, self.store)
        super().__init__((settings.host, settings.port), Handler)

    def server_bind(self) -> None:
        """Bind without looking up a name for the address, as http.server's own does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "ollama"
    sys_version = ""
    server: Server

    def do_GET(self) -> None:
        """What the server says of itself."""
        path = self.path.partition("?")[0]
        if path == "/":
            self.send(200, b"Ollama is running", "text/plain; charset=utf-8")
        elif path == "/api/version":
            self.reply(200, {"version": VERSION})
        elif path == "/api/tags":
            self.reply(200, {"models": list(self.tags())})
        elif path == "/api/ps":
            self.reply(200, {"models": list(self.loaded())})
        elif path == "/v1/models":
            self.reply(200, openai.models(name for name, _ in self.server.store.manifests()))
        else:
            self.send(404, b"404 page not found", "text/plain")

    def do_HEAD(self) -> None:
        """The same, without a body."""
        self.do_GET()

    def do_POST(self) -> None:
        """What is asked of a model."""
        routes = {
            "/api/pull": self.pull,
            "/api/create": self.create,
            "/api/show": self.show,
            "/api/generate": self.generate,
            "/api/chat": self.chat,
            "/api/embed": self.embed,
            "/api/embeddings": self.embed,
            "/v1/chat/completions": self.openai_chat,
        }
        path = self.path.partition("?")[0]
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        if path not in routes:
            self.send(404, b"404 page not found", "text/plain")
            return
        self.dispatch(routes[path], text, openai.error if path.startswith("/v1/") else plain)

    def do_DELETE(self) -> None:
        """Delete a model; anybody may."""
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.dispatch(self.delete, text, plain)

    def dispatch(self, answer: Any, text: bytes, spelled: Any) -> None:
        """Answer a request, or say what is wrong with it."""
        model = ""
        try:
            request = json.loads(text) if text else None
            if request is None:
                raise RefusedError(400, "missing request body")
            model = request.get("model") or request.get("name") or ""
            answer(request, Name.parse(model))
        except json.JSONDecodeError as error:
            self.reply(400, spelled(400, str(error)))
        except MissingError:
            self.reply(404, spelled(404, f"model '{model}' not found"))
        except RefusedError as error:
            self.reply(error.status, spelled(error.status, str(error)))

    def tags(self) -> Iterator[Body]:
        """The models that are there."""
        for name, manifest in self.server.store.manifests():
            yield {
                **described(name, manifest),
                "modified_at": stamp(self.server.store.modified(name)),
                "details": DETAILS,
            }

    def loaded(self) -> Iterator[Body]:
        """The models that are in memory."""
        for runner in self.server.engine.loaded():
            about = described(runner.name, self.server.store.manifest(runner.name))
            yield {
                **about,
                "details": DETAILS,
                "expires_at": stamp(min(runner.expires, FOREVER)),
                "size_vram": about["size"] if runner.options["num_gpu"] else 0,
                "context_length": runner.options["num_ctx"],
            }

    def pull(self, request: Body, name: Name) -> None:
        """Pull a model."""
        self.progress(store.pull(self.server.store, name), request)

    def create(self, request: Body, _name: Name) -> None:
        """Make a model of another."""
        if "from" not in request:
            raise RefusedError(400, "neither 'from' or 'files' was specified")
        self.progress(store.create(self.server.store, request), request)

    def progress(self, lines: Iterator[Body], request: Body) -> None:
        """Say `lines` as they come; or the last one, where the request wants no stream."""
        if request.get("stream", True):
            self.stream(lines)
            return
        last = list(lines)[-1]
        self.reply(500 if "error" in last else 200, last)

    def show(self, _request: Body, name: Name) -> None:
        """What a model is."""
        layers = self.server.store.manifest(name)["layers"]
        blobs = [x for x in layers if x["mediaType"] == store.PARAMETERS]
        options = json.loads(self.server.store.read(blobs[0])) if blobs else {}
        parameters = "\n".join(f"{key:<30} {value}" for key, value in options.items())
        info = {"general.architecture": "llama", "llama.context_length": 8192}
        self.reply(
            200,
            {
                "modelfile": f"FROM {name}",
                "parameters": parameters,
                "template": "{{ .Prompt }}",
                "details": DETAILS,
                "model_info": info,
                "capabilities": ["embedding" if name.model == "embedder" else "completion"],
            },
        )

    def delete(self, _request: Body, name: Name) -> None:
        """Delete a model."""
        self.server.store.manifest(name)
        self.server.store.remove(name)
        self.send(200, b"", "application/json")

    def generate(self, request: Body, name: Name) -> None:
        """A completion, or only the loading of the model."""
        self.complete(request, name, str(request.get("prompt") or ""), lambda t: {"response": t})

    def chat(self, request: Body, name: Name) -> None:
        """The next message of a chat."""
        prompt = " ".join(str(message["content"]) for message in request.get("messages") or ())
        self.complete(
            request, name, prompt, lambda t: {"message": {"role": "assistant", "content": t}}
        )

    def complete(self, request: Body, name: Name, prompt: str, spell: Any) -> None:
        """Answer with text that `spell` puts into a line."""
        head = {"model": request["model"], "created_at": stamp(time.time())}
        if not prompt and request.get("keep_alive") in (0, "0"):
            self.server.engine.unload(name)
            self.reply(200, {**head, **spell(""), "done": True, "done_reason": "unload"})
            return
        began = time.monotonic()
        self.server.store.manifest(name)
        engine.require(name, embeds=False)
        runner = self.server.engine.runner(name, request)
        if not prompt:
            self.reply(200, {**head, **spell(""), "done": True, "done_reason": "load"})
            return
        with runner.turns:
            work = Work(began, time.monotonic(), engine.tokens(prompt), runner.options)
            if request.get("stream", True):
                self.stream(lines(work, head, spell))
                return
            text = "".join(work.write())
        self.reply(200, {**head, **spell(text), **work.report()})

    def embed(self, request: Body, name: Name) -> None:
        """Vectors of texts; /api/embeddings has an older form of it."""
        began = time.monotonic()
        self.server.engine.runner(name, request)
        if self.path.endswith("/embeddings"):
            self.reply(200, {"embedding": engine.vector(str(request.get("prompt") or ""))})
            return
        inputs = request.get("input") or []
        texts = [inputs] if isinstance(inputs, str) else inputs
        took = max(1, int((time.monotonic() - began) * 1e9))
        body = {"model": request["model"], "embeddings": [engine.vector(text) for text in texts]}
        counted = sum(engine.tokens(text) for text in texts)
        figures = {"total_duration": took, "load_duration": took, "prompt_eval_count": counted}
        self.reply(200, body | (figures if texts else {}))

    def openai_chat(self, request: Body, name: Name) -> None:
        """The same chat, in OpenAI's words."""
        began = time.monotonic()
        options = {"num_predict": request["max_tokens"]} if "max_tokens" in request else {}
        runner = self.server.engine.runner(name, {"options": options})
        prompt = " ".join(str(message["content"]) for message in request["messages"])
        with runner.turns:
            work = Work(began, time.monotonic(), engine.tokens(prompt), runner.options)
            if request.get("stream"):
                events = (f"data: {dense(chunk)}\n\n" for chunk in openai.chunks(request, work))
                self.chunked([*events, "data: [DONE]\n\n"], "text/event-stream")
                return
            text = "".join(work.write())
        self.reply(200, openai.completion(request, work, text))

    def stream(self, bodies: Iterator[Body]) -> None:
        """Lines of JSON, each as soon as it is there."""
        self.chunked((f"{dense(body)}\n" for body in bodies), NDJSON)

    def chunked(self, pieces: Iterable[str], kind: str) -> None:
        """A body of `pieces`, each sent at once."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for piece in pieces:
                data = piece.encode()
                self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
        except ConnectionError:  # whoever asked has gone
            self.close_connection = True

    def reply(self, status: int, body: Body) -> None:
        """A body of JSON."""
        self.send(status, dense(body).encode(), "application/json; charset=utf-8")

    def send(self, status: int, body: bytes, kind: str) -> None:
        """A whole answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def lines(work: Work, head: Body, spell: Any) -> Iterator[Body]:
    """A completion token by token, and its figures."""
    for token in work.write():
        yield {**head, **spell(token), "done": False}
    yield {**head, **spell(""), **work.report()}


def described(name: Name, manifest: Body) -> Body:
    """A model's names, size and digest."""
    size = sum(layer["size"] for layer in manifest["layers"])
    digest = manifest["layers"][0]["digest"].removeprefix("sha256:")
    return {"name": str(name), "model": str(name), "size": size, "digest": digest}


def plain(_status: int, message: str) -> Body:
    """An error in Ollama's own form."""
    return {"error": message}


def stamp(seconds: float) -> str:
    """A time as Go prints it."""
    return datetime.fromtimestamp(min(seconds, 2**33), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def dense(body: Body) -> str:
    """JSON without a blank, as Go writes it."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)
