"""llm-load's program against a server of this process: its rate, its times, what it counts."""

from __future__ import annotations

import json
import threading
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any

import completions
import load
import pytest
from completions import RefusedError, Service
from hpcgen.services.llm_load import benchmark
from jsonschema import Draft202012Validator
from load import Load
from load_figures import result
from phases import Phase
from progress import Progress

from tests.unit.virtual_time import VirtualTime

KEY = "canary-51b0cf2a9e7746d8"
USAGE = {"prompt_tokens": 5, "completion_tokens": 2}
SCHEMA = json.loads((files("hpcgen.services") / "llm_load/result.schema.json").read_text())


def event(body: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(body)}\n\n".encode()


class Stub(ThreadingHTTPServer):
    """Two tokens for each chat."""

    daemon_threads = True
    request_queue_size = 1024
    status, counts = 200, True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"data": [{"id": "tiny"}]}).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers.get("Authorization", "")
        self.server.requests.append((self.path, key, body))
        self.send_response(self.server.status)
        self.end_headers()
        for number in range(2):
            self.wfile.write(event({"choices": [{"delta": {"content": f"word{number}"}}]}))
        if self.server.counts:
            self.wfile.write(event({"choices": [], "usage": USAGE}))
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server = Stub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualTime:
    """A request over the network takes none of this time."""
    virtual = VirtualTime()
    virtual.rules(monkeypatch, load, completions)
    return virtual


@dataclass
class Slow:
    """A connection to a server that takes `pause` to the first token, and `gap` to the next."""

    clock: VirtualTime
    pause: float = 0.0
    gap: float = 0.0
    status: int = 200

    def __call__(self, *_: object, **__: object) -> Slow:
        return self

    def request(self, *_: object) -> None:
        """There is nobody to send it to."""

    def getresponse(self) -> Slow:
        return self

    def close(self) -> None:
        """There is nothing to close."""

    def __iter__(self) -> Iterator[bytes]:
        for number, seconds in enumerate((self.pause, self.gap)):
            self.clock.sleep(seconds)
            yield event({"choices": [{"delta": {"content": f"word{number}"}}]})
        yield event({"choices": [], "usage": USAGE})
        yield b"data: [DONE]\n"


def arguments(*phases: Phase, **more: Any) -> Namespace:
    defaults = {"api": "chat", "max_tokens": 9, "temperature": 0.5, "timeout": 5.0, "model": "tiny"}
    return Namespace(**{**defaults, "prompt": [], "duration": None, "phase": phases, **more})


def run(server: Stub | Slow, *phases: Phase, **more: Any) -> dict[str, Any]:
    """The figures of a run, valid by the schema."""
    options = arguments(*phases, **more)
    service = Service(getattr(server, "url", ""), options.api, options.timeout)
    if isinstance(server, Slow):
        vars(service)["connection"] = server
    outcome = result(Load(options, service, Progress({})).run())
    names = SCHEMA["properties"]["parameters"]["required"]
    parameters = {name: getattr(options, name) for name in names[:-1]}
    who = {"client": "load", "kind": "llm-load", "target": "llm", "job_id": 1}
    document = {**who, "parameters": {**parameters, "prompts": 0}, **outcome}
    Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(document)))
    return outcome


def test_fifty_requests_a_second_are_fifty_requests_a_second(stub: Stub) -> None:
    figures = run(stub, Phase("sustained", 4, 64, rate=50))
    (phase,) = figures["phases"]
    assert phase["sent_per_second"] == 50
    assert (phase["succeeded"], phase["failed"], phase["unsent"]) == (phase["sent"], 0, 0)
    assert phase["lateness_ms"]["max"] == pytest.approx(0, abs=0.001)
    assert figures["tokens"]["generated"] == 2 * figures["succeeded"]
    assert figures["tokens"]["prompt"] == 5 * figures["succeeded"]


def test_a_slow_server_does_not_slow_the_load_down(clock: VirtualTime) -> None:
    figures = run(Slow(clock, pause=0.8), Phase("sustained", 2, 256, rate=50))
    assert figures["phases"][0]["sent_per_second"] == 50
    assert figures["first_token_ms"]["min"] == figures["first_token_ms"]["max"] == 800
    assert figures["seconds"] == pytest.approx(1.98 + 0.8)


def test_what_the_clients_cannot_send_is_late_or_unsent_and_its_wait_counts(
    clock: VirtualTime,
) -> None:
    figures = run(Slow(clock, pause=0.26), Phase("sustained", 1, 2, rate=20))
    assert (figures["sent"], figures["unsent"]) == (8, 12)
    assert figures["success_rate"] == 8 / 20
    assert figures["lateness_ms"]["max"] == pytest.approx(3 * 260 - 300)
    assert figures["latency_ms"]["max"] == pytest.approx(figures["lateness_ms"]["max"] + 260)


def test_each_phase_has_its_own_figures_and_begins_in_time(clock: VirtualTime) -> None:
    server = Slow(clock, pause=0.1, gap=0.05)
    climb = Phase("climb", 1, 64, rate=40, shape="ramp")
    figures = run(server, climb, Phase("waiting", 1, 3), Phase("spike", 0.9, 64, 60, "spike"))
    first, second, third = figures["phases"]
    assert [first["sent"], third["sent"]] == [20, 18]
    assert second["sent"] == 3 * 7, "three clients, and an answer takes 150 ms"
    assert "rate" not in second
    assert figures["sent"] == first["sent"] + second["sent"] + third["sent"]
    assert figures["inter_token_ms"]["p50"] == pytest.approx(50)
    assert figures["per_output_token_ms"]["p50"] == pytest.approx(50)
    assert figures["seconds"] == pytest.approx(2.9)


def test_a_duration_ends_the_phases_however_far_they_are(stub: Stub) -> None:
    outcome = run(stub, Phase("a", 0.5, 8, 20), Phase("b", 9, 8, 20), Phase("c", 9, 8), duration=1)
    assert [(phase["name"], phase["sent"]) for phase in outcome["phases"]] == [("a", 10), ("b", 10)]


def test_the_key_is_given_and_requests_are_as_they_were_asked_for(stub: Stub) -> None:
    service = Service(stub.url, "chat", 5)
    assert service.model() == "tiny"
    run(stub, Phase("a", 0.2, 8, rate=10), prompt=["one", "two"])
    requests = sorted(stub.requests, key=lambda request: str(request[2]["messages"]))
    assert [body["messages"][0]["content"] for _, _, body in requests] == ["one", "two"]
    assert {(path, key) for path, key, _ in requests} == {("/v1/chat/completions", f"Bearer {KEY}")}
    assert {(body["max_tokens"], body["temperature"]) for *_, body in requests} == {(9, 0.5)}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"status": 503}, "status 503"), ({"counts": False}, "the server counts no tokens")],
)
def test_there_is_no_result_without_a_success(stub: Stub, wrong: dict[str, Any], why: str) -> None:
    vars(stub).update(wrong)
    with pytest.raises(SystemExit, match=f"no result: not one request succeeded; .*{why}"):
        run(stub, Phase("a", 0.2, 8, rate=10))


def _load() -> Load:
    return Load(arguments(), Service("", "chat", 1), Progress({}))


def test_an_answer_without_its_end_has_failed(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions, "_has_text", lambda _: False)
    with pytest.raises(RefusedError, match="the answer has no token"):
        Service(stub.url, "chat", 5).ask(_load().body(0), 0)


@pytest.mark.parametrize(
    ("variable", "address", "url"),
    [
        ("OPENAI_BASE_URL", "http://n:1/v1", "http://n:1/v1"),
        ("OPENAI_BASE_URL", "http://n:1/api/v3", "http://n:1/api/v3"),
        ("OPENAI_BASE_URL", "http://n:1", "http://n:1/v1"),
        ("HPCGEN_MY_WEB_URL", "http://n:1", "http://n:1/v1"),
    ],
)
def test_a_container_s_own_address_serves_too(
    monkeypatch: pytest.MonkeyPatch, variable: str, address: str, url: str
) -> None:
    monkeypatch.setenv(variable, address)
    assert benchmark._url(Namespace(target="my-web")) == url
