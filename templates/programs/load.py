"""Requests in phases, each at the time at which it is due, whatever became of those before it.

The latency of a request is counted from then: a server that falls behind cannot slow the load down.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from argparse import Namespace
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from completions import Answer, Service
from phases import Phase
from progress import Note, Progress

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


@dataclass
class Record:
    """What became of a phase's requests; its threads write under `lock` alone."""

    phase: Phase
    begin: float
    end: float
    report: Note
    answers: list[Answer] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    lateness: list[float] = field(default_factory=list)
    unsent: int = 0
    last: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, late: float, answer: Answer | None, error: str = "") -> None:
        """Count one request that was sent."""
        self.report(answer.latency if answer else 0.0, error)
        with self.lock:
            self.last = max(self.last, time.perf_counter())
            self.lateness.append(late)
            if answer:
                self.answers.append(answer)
            else:
                is_listed = error in self.errors or len(self.errors) < _REASONS
                self.errors[error if is_listed else "others"] += 1


class Load:
    """One run."""

    def __init__(self, arguments: Namespace, service: Service, progress: Progress) -> None:
        self.arguments, self.service, self.progress = arguments, service, progress
        self.numbers = itertools.count()

    def body(self, number: int) -> bytes:
        """Request `number`, which is the same in every run."""
        prompts, options = self.arguments.prompt, self.arguments
        question = f"{number + 1}. {_QUESTIONS[number % len(_QUESTIONS)]}"
        prompt = prompts[number % len(prompts)] if prompts else question
        chat = {"messages": [{"role": "user", "content": prompt}]}
        request = chat if options.api == "chat" else {"prompt": prompt}
        limits = {"max_tokens": options.max_tokens, "temperature": options.temperature}
        how = {"stream": True, "stream_options": {"include_usage": True}}
        return json.dumps({"model": options.model, **request, **limits, **how}).encode()

    def run(self) -> list[Record]:
        """Every phase in its time; it is over once every request has been answered."""
        begin = time.perf_counter() + _AHEAD
        stop = begin + (self.arguments.duration or float("inf"))
        records, threads = [], []
        for phase in self.arguments.phase:
            if begin >= stop:
                break
            report = self.progress.part(phase.name)
            record = Record(phase, begin, min(begin + phase.duration, stop), report)
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
        repeated = [(self.repeat, (record, client)) for client in clients]
        jobs = work * len(clients) if due else repeated
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
