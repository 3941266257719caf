"""llm-load: send requests to an OpenAI-style service in phases, and measure how it answers.

Each request has a time at which it is due, whatever became of those before it, and its latency is
counted from then: a server that falls behind cannot slow the load down. Tokens are counted by the
server (`usage`), and the figures are those of requests that succeeded. It needs no package.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import threading
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from measuring import end_in_order, fail, leave, options, progress, say, spread
from phases import Phase, phase
from progress import Note, Progress

_PATHS = {"chat": "/chat/completions", "completions": "/completions"}
_QUESTIONS = (
    "Why does the sea look blue, and why does it not in a glass?",
    "Explain to a child how a bicycle stays upright.",
    "Write four lines about the first frost of the year.",
    "What should one look at before buying an old house?",
    "Summarise how a bill becomes a law, in three sentences.",
    "Which is the better habit, to read in the morning or at night, and why?",
)
_AHEAD = 0.3
"""Seconds before a phase at which its threads start."""

_REASONS = 20


class RefusedError(Exception):
    """The server answers that it will not, or not with what was asked for."""


@dataclass(frozen=True)
class Answer:
    """A finished request; times are seconds. `gaps` are those between its pieces of text."""

    latency: float
    first_token: float
    per_token: float
    gaps: Sequence[float]
    prompt_tokens: int
    tokens: int


@dataclass
class Record:
    """What became of a phase's requests; its threads write under `lock` alone."""

    phase: Phase
    begin: float
    end: float
    told: Note
    answers: list[Answer] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    lateness: list[float] = field(default_factory=list)
    unsent: int = 0
    last: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, late: float, answer: Answer | None, error: str = "") -> None:
        """Count one request that was sent."""
        self.told(answer.latency if answer else 0.0, error)
        with self.lock:
            self.last = max(self.last, time.perf_counter())
            self.lateness.append(late)
            if answer:
                self.answers.append(answer)
            else:
                known = error in self.errors or len(self.errors) < _REASONS
                self.errors[error if known else "others"] += 1


class Service:
    """The service of OPENAI_BASE_URL, or of `url`; each request has a connection of its own.

    So have the clients that it stands for, and no idle connection is closed under a request.
    """

    def __init__(self, url: str, api: str, timeout: float) -> None:
        place = urlsplit(url)
        kind = http.client.HTTPSConnection if place.scheme == "https" else None
        self.connection = kind or http.client.HTTPConnection
        self.host, self.port, self.path = place.hostname or "", place.port, place.path.rstrip("/")
        self.api, self.timeout = _PATHS[api], timeout
        key = os.environ.get("OPENAI_API_KEY")
        self.headers = {"Content-Type": "application/json", "Connection": "close"}
        self.headers.update({"Authorization": f"Bearer {key}"} if key else {})

    def model(self) -> str:
        """The only model that it lists."""
        http_ = self.connection(self.host, self.port, timeout=self.timeout)
        http_.request("GET", f"{self.path}/models", headers=self.headers)
        answer = http_.getresponse()
        listed = [each["id"] for each in json.loads(_text(answer))["data"]]
        if len(listed) != 1:
            raise RefusedError(f"it lists {len(listed)} models; name one: {', '.join(listed)}")
        return str(listed[0])

    def ask(self, body: bytes, due: float) -> Answer:
        """One request, whose times count from `due`.

        Raises RefusedError, OSError, HTTPException, and ValueError for what is not JSON.
        """
        http_ = self.connection(self.host, self.port, timeout=self.timeout)
        try:
            http_.request("POST", f"{self.path}{self.api}", body, self.headers)
            answer = http_.getresponse()
            if answer.status != http.client.OK:
                raise RefusedError(f"status {answer.status}, {answer.read(120).decode()}")
            return self.read(answer, due)
        finally:
            http_.close()

    def read(self, answer: http.client.HTTPResponse, due: float) -> Answer:
        """The answer's events, as they come."""
        times: list[float] = []
        usage: dict[str, Any] = {}
        limit = time.perf_counter() + self.timeout
        for line in answer:
            if not line.startswith(b"data:"):
                continue
            now, data = time.perf_counter(), line[5:].strip()
            if data == b"[DONE]":
                return _finished(times, usage, due, now)
            event = json.loads(data)
            if "error" in event:
                raise RefusedError(str(event["error"])[:120])
            usage = event.get("usage") or usage
            if any(_said(choice) for choice in event.get("choices", ())):
                times.append(now)
            if now > limit:
                raise RefusedError(f"no whole answer after {self.timeout:g} s")
        raise RefusedError("the answer ends before it is done")


def _said(choice: dict[str, Any]) -> bool:
    """Whether there is text in it, of the answer itself or of the thoughts before it."""
    delta = choice.get("delta") or {}
    texts = (choice.get("text"), *map(delta.get, ("content", "reasoning_content", "reasoning")))
    return any(texts)


def _text(answer: http.client.HTTPResponse) -> bytes:
    text = answer.read()
    if answer.status != http.client.OK:
        raise RefusedError(f"status {answer.status}, {text[:120].decode(errors='replace')}")
    return text


def _finished(times: list[float], usage: dict[str, Any], due: float, now: float) -> Answer:
    """The figures of a whole answer. Raises RefusedError where the server counted no token."""
    tokens = int(usage.get("completion_tokens") or 0)
    if not tokens or not times:
        raise RefusedError("the answer has no token" if usage else "the server counts no tokens")
    after = times[-1] - times[0]
    return Answer(
        latency=now - due,
        first_token=times[0] - due,
        per_token=after / (tokens - 1) if tokens > 1 else 0.0,
        gaps=[later - earlier for earlier, later in zip(times, times[1:])],  # noqa: B905, RUF007
        prompt_tokens=int(usage.get("prompt_tokens") or 0),
        tokens=tokens,
    )


class Load:
    """One run."""

    def __init__(self, arguments: Namespace, service: Service, progress: Progress) -> None:
        self.arguments, self.service, self.progress = arguments, service, progress
        self.numbers = itertools.count()

    def body(self, number: int) -> bytes:
        """Request `number`, which is the same in every run."""
        prompts, told = self.arguments.prompt, self.arguments
        question = f"{number + 1}. {_QUESTIONS[number % len(_QUESTIONS)]}"
        prompt = prompts[number % len(prompts)] if prompts else question
        chat = {"messages": [{"role": "user", "content": prompt}]}
        asked = chat if told.api == "chat" else {"prompt": prompt}
        limits = {"max_tokens": told.max_tokens, "temperature": told.temperature}
        how = {"stream": True, "stream_options": {"include_usage": True}}
        return json.dumps({"model": told.model, **asked, **limits, **how}).encode()

    def run(self) -> list[Record]:
        """Every phase in its time; it is over once every request has been answered."""
        begin = time.perf_counter() + _AHEAD
        stop = begin + (self.arguments.duration or float("inf"))
        records, threads = [], []
        for each in self.arguments.phase:
            if begin >= stop:
                break
            told = self.progress.part(each.name)
            record = Record(each, begin, min(begin + each.duration, stop), told)
            _sleep_until(begin - _AHEAD)
            threads += self.start(record)
            records.append(record)
            begin = record.end
        for thread in threads:
            thread.join()
        return records

    def start(self, record: Record) -> list[threading.Thread]:
        """The threads of a phase. They are its own: what an earlier one waits for holds none up."""
        due = iter(record.phase.due()) if record.phase.rate else None
        work = [(self.send, (record, due))] if due else []
        clients = range(record.phase.clients)
        jobs = work * len(clients) if due else [(self.repeat, (record, each)) for each in clients]
        threads = [threading.Thread(target=do, args=what, daemon=True) for do, what in jobs]
        for thread in threads:
            thread.start()
        return threads

    def send(self, record: Record, times: Any) -> None:
        """What a thread of a phase with a rate does: the next request, when it is due."""
        while True:
            with record.lock:
                after = next(times, None)
            due = record.end if after is None else record.begin + after
            if due >= record.end:
                return
            body = self.body(next(self.numbers))
            _sleep_until(due)
            if time.perf_counter() >= record.end:
                with record.lock:
                    record.unsent += 1
            else:
                self.ask(record, body, due)

    def repeat(self, record: Record, client: int) -> None:
        """What one client does that waits for its answers, as long as the phase has so many."""
        _sleep_until(record.begin)
        while (now := time.perf_counter()) < record.end:
            if client < record.phase.level(now - record.begin):
                self.ask(record, self.body(next(self.numbers)), time.perf_counter())
            else:
                time.sleep(0.01)

    def ask(self, record: Record, body: bytes, due: float) -> None:
        """One request, and what became of it."""
        late = time.perf_counter() - due
        try:
            record.note(late, self.service.ask(body, due))
        except Exception as problem:  # whatever it is, it is counted
            record.note(late, None, f"{type(problem).__name__}: {problem}"[:200])


def _sleep_until(moment: float) -> None:
    while (left := moment - time.perf_counter()) > 0:
        time.sleep(left)


def figures(records: Sequence[Record], seconds: float) -> dict[str, Any]:
    """Counts, rates and times of one phase or of all; times only where a request succeeded."""
    answers = [answer for record in records for answer in record.answers]
    late = [each for record in records for each in record.lateness]
    errors: Counter[str] = sum((record.errors for record in records), Counter())
    return {
        "seconds": round(seconds, 3),
        "sent": len(late),
        "unsent": sum(record.unsent for record in records),
        "succeeded": len(answers),
        "failed": sum(errors.values()),
        "errors": dict(sorted(errors.items())),
        "requests_per_second": round(len(answers) / seconds, 3),
        **({"lateness_ms": spread(late)} if late else {}),
        **(_times(answers, seconds) if answers else {}),
    }


def _times(answers: Sequence[Answer], seconds: float) -> dict[str, Any]:
    generated = sum(answer.tokens for answer in answers)
    several = [answer.per_token for answer in answers if answer.tokens > 1]
    gaps = [gap for answer in answers for gap in answer.gaps]
    return {
        "latency_ms": spread([answer.latency for answer in answers]),
        "first_token_ms": spread([answer.first_token for answer in answers]),
        **({"per_output_token_ms": spread(several)} if several else {}),
        **({"inter_token_ms": spread(gaps)} if gaps else {}),
        "tokens": {
            "prompt": sum(answer.prompt_tokens for answer in answers),
            "generated": generated,
            "per_request": round(generated / len(answers), 3),
            "per_second": round(generated / seconds, 3),
        },
    }


def result(records: Sequence[Record]) -> dict[str, Any]:
    """The figures of the run and of each phase; no result where not one request succeeded."""
    if not any(record.answers for record in records):
        reasons = sorted({reason for record in records for reason in record.errors})
        fail("; ".join(["not one request succeeded", *reasons]))
    end = max(record.end for record in records)
    whole = figures(records, max(end, *(record.last for record in records)) - records[0].begin)
    return {"success_rate": _share(records), **whole, "phases": [_phase(each) for each in records]}


def _share(records: Sequence[Record]) -> float:
    succeeded = sum(len(record.answers) for record in records)
    return round(succeeded / sum(len(each.lateness) + each.unsent for each in records), 4)


def _phase(record: Record) -> dict[str, Any]:
    """A phase's figures; its rates are by the time in which it sent."""
    seconds = record.end - record.begin
    told = figures([record], seconds)
    sent = {"sent_per_second": round(len(record.lateness) / seconds, 3)}
    said = f"{record.phase.name}: {sent['sent_per_second']:.1f} a second sent"
    say(f"{said}, {told['succeeded']} succeeded, {told['failed']} failed")
    return {**_described(record.phase), **sent, **told}


def _described(told: Phase) -> dict[str, Any]:
    """What was asked of it; without a rate its clients waited for their answers."""
    words = asdict(told)
    words["from"] = words.pop("base")
    return {name: words[name] for name in words if name != "rate" or told.rate}


def _arguments() -> Namespace:
    parser = options("llm-load")
    parser.add_argument("--api", choices=sorted(_PATHS), required=True)
    parser.add_argument("--max-tokens", type=int, required=True)
    for name in ("temperature", "timeout"):
        parser.add_argument(f"--{name}", type=float, required=True)
    parser.add_argument("--phase", type=phase, action="append", required=True)
    parser.add_argument("--model", default=os.environ.get("OPENAI_MODEL", ""))
    parser.add_argument("--prompt", action="append", default=[], help="asked in turn")
    return parser.parse_args()


def _url(arguments: argparse.Namespace) -> str:
    """The address of the API: by its own variable, else by that of every target; with a path."""
    name = arguments.target.upper().replace("-", "_")
    url = os.environ.get("OPENAI_BASE_URL") or os.environ[f"HPCGEN_{name}_URL"]
    return url if urlsplit(url).path.strip("/") else f"{url.rstrip('/')}/v1"


def main() -> None:
    """Send as the command line says, and leave the result."""
    end_in_order()
    arguments = _arguments()
    arguments.prompts = len(arguments.prompt)
    with progress(arguments) as run:
        told = result(_ready(arguments, run).run())
        words = ("model", "api", "max_tokens", "temperature", "timeout", "prompts")
        leave(arguments, words, told, run)


def _ready(arguments: Namespace, run: Progress) -> Load:
    """The load, once the service has answered a first request; it may load the model for that."""
    service = Service(_url(arguments), arguments.api, arguments.timeout)
    try:
        arguments.model = arguments.model or service.model()
        load = Load(arguments, service, run)
        service.ask(load.body(-1), time.perf_counter())
    except (RefusedError, OSError, http.client.HTTPException, ValueError) as problem:
        fail(f"the first request failed: {problem}")
    return load


if __name__ == "__main__":
    main()
