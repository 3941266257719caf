"""Loaded models, and the text that they write: a word is a token, and takes its time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from .settings import Settings, span
from .store import PARAMETERS, Body, Name, Store

LOAD = 0.3
PROMPT_TOKEN = 0.0005
TOKEN = 0.004
USUAL_TOKENS = 24
_WORD = " word"


class RefusedError(Exception):
    """Ollama answers with `status` and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Runner:
    """A loaded model; `turns` lets OLLAMA_NUM_PARALLEL requests in at once."""

    name: Name
    options: Body
    expires: float
    turns: threading.Semaphore


@dataclass(slots=True)
class Work:
    """One request's tokens and times, which its last line reports, in nanoseconds."""

    began: float
    loaded: float
    prompt_tokens: int
    options: Body
    tokens: int = 0
    reason: str = "stop"
    evaluated: float = 0.0
    started: float = field(default_factory=time.monotonic)

    def write(self) -> Iterator[str]:
        """The answer, a token at a time."""
        time.sleep(PROMPT_TOKEN * self.prompt_tokens)
        self.evaluated = time.monotonic()
        limit = int(self.options.get("num_predict", -1))
        count = USUAL_TOKENS if limit < 0 else min(limit, USUAL_TOKENS)
        self.reason = "length" if 0 <= limit <= USUAL_TOKENS else "stop"
        while self.tokens < count:
            time.sleep(TOKEN)
            self.tokens += 1
            yield _WORD

    def report(self) -> Body:
        """The figures of a finished request."""
        end = time.monotonic()
        return {
            "done": True,
            "done_reason": self.reason,
            "total_duration": _nano(end - self.began),
            "load_duration": _nano(self.loaded - self.began),
            "prompt_eval_count": self.prompt_tokens,
            "prompt_eval_duration": _nano(self.evaluated - self.started),
            "eval_count": self.tokens,
            "eval_duration": _nano(end - self.evaluated),
        }


class Engine:
    """The models of a store, loaded as they are asked for."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self.runners: dict[Name, Runner] = {}
        self._lock = threading.Lock()

    def runner(self, name: Name, request: Body) -> Runner:
        """The model, loaded. Raises MissingError."""
        layers = self.store.manifest(name)["layers"]
        parameters = (
            json.loads(self.store.read(x)) for x in layers if x["mediaType"] == PARAMETERS
        )
        options = {"num_ctx": self.settings.context_length, "num_gpu": -1}
        options |= next(parameters, {}) | (request.get("options") or {})
        keep = request.get("keep_alive")
        stays = self.settings.keep_alive if keep is None else span(keep)
        with self._lock:
            runner = self.runners.get(name)
            if runner is None:
                time.sleep(LOAD)
                turns = threading.Semaphore(self.settings.num_parallel)
                runner = self.runners[name] = Runner(name, options, 0, turns)
            runner.options, runner.expires = options, time.time() + stays
        return runner

    def unload(self, name: Name) -> None:
        """Forget the model."""
        self.store.manifest(name)
        with self._lock:
            self.runners.pop(name, None)

    def loaded(self) -> list[Runner]:
        """The models whose time is not over."""
        with self._lock:
            for runner in list(self.runners.values()):
                if runner.expires <= time.time():
                    del self.runners[runner.name]
            return list(self.runners.values())


def require(name: Name, *, embeds: bool) -> None:
    """Raises RefusedError where the model is of the other sort."""
    if not embeds and name.model == "embedder":
        raise RefusedError(400, f'"{name.model}" does not support generate')


def vector(text: str) -> list[float]:
    """An embedding of eight numbers."""
    return [round((len(text) * (n + 1) % 17) / 17 - 0.5, 6) for n in range(8)]


def tokens(text: str) -> int:
    """How many tokens a text is."""
    return len(text.split())


def _nano(seconds: float) -> int:
    return max(1, int(seconds * 1e9))
