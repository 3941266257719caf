"""What a load in phases has measured, of each phase and of all: the figures of what succeeded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from completions import Answer
from load import Record
from measuring import fail, say, spread
from phases import Phase


def figures(records: Sequence[Record], seconds: float) -> dict[str, Any]:
    """Counts, rates and times of one phase or of all; times only where a request succeeded."""
    answers = [answer for record in records for answer in record.answers]
    late = [seconds for record in records for seconds in record.lateness]
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
    total = figures(records, max(end, *(record.last for record in records)) - records[0].begin)
    phases = [_phase(record) for record in records]
    return {"success_rate": _share(records), **total, "phases": phases}


def _share(records: Sequence[Record]) -> float:
    succeeded = sum(len(record.answers) for record in records)
    return round(succeeded / sum(len(record.lateness) + record.unsent for record in records), 4)


def _phase(record: Record) -> dict[str, Any]:
    """A phase's figures; its rates are by the time in which it sent."""
    seconds = record.end - record.begin
    answered = figures([record], seconds)
    sent = {"sent_per_second": round(len(record.lateness) / seconds, 3)}
    summary = f"{record.phase.name}: {sent['sent_per_second']:.1f} a second sent"
    say(f"{summary}, {answered['succeeded']} succeeded, {answered['failed']} failed")
    return {**_described(record.phase), **sent, **answered}


def _described(phase: Phase) -> dict[str, Any]:
    """What was asked of it; without a rate its clients waited for their answers."""
    words = asdict(phase)
    words["from"] = words.pop("base")
    return {name: words[name] for name in words if name != "rate" or phase.rate}
