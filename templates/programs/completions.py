"""What an OpenAI-style service answers, piece by piece, and how long each piece takes it.

Tokens are counted by the server (`usage`). It needs no package.
"""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PATHS = {"chat": "/chat/completions", "completions": "/completions"}
"""Where below its URL each of its two sorts of requests goes."""


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


class Service:
    """The service of OPENAI_BASE_URL, or of `url`; each request has a connection of its own.

    So have the clients that it stands for, and no idle connection is closed under a request.
    """

    def __init__(self, url: str, api: str, timeout: float) -> None:
        place = urlsplit(url)
        kind = http.client.HTTPSConnection if place.scheme == "https" else None
        self.connection = kind or http.client.HTTPConnection
        self.host, self.port, self.path = place.hostname or "", place.port, place.path.rstrip("/")
        self.api, self.timeout = PATHS[api], timeout
        key = os.environ.get("OPENAI_API_KEY")
        self.headers = {"Content-Type": "application/json", "Connection": "close"}
        self.headers.update({"Authorization": f"Bearer {key}"} if key else {})

    def model(self) -> str:
        """The only model that it lists."""
        http_ = self.connection(self.host, self.port, timeout=self.timeout)
        http_.request("GET", f"{self.path}/models", headers=self.headers)
        answer = http_.getresponse()
        listed = [model["id"] for model in json.loads(_text(answer))["data"]]
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
            if any(_has_text(choice) for choice in event.get("choices", ())):
                times.append(now)
            if now > limit:
                raise RefusedError(f"no whole answer after {self.timeout:g} s")
        raise RefusedError("the answer ends before it is done")


def _has_text(choice: dict[str, Any]) -> bool:
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
