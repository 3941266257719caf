"""Ollama's /v1: the same answers in OpenAI's words."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from .engine import Work
from .store import Body, Name


def models(names: Iterable[Name]) -> Body:
    """What /v1/models says."""
    return {
        "object": "list",
        "data": [
            {"id": str(name), "object": "model", "created": int(time.time()), "owned_by": "library"}
            for name in names
        ],
    }


def error(status: int, message: str) -> Body:
    """An error as OpenAI's clients read it."""
    kind = {404: "not_found_error", 400: "invalid_request_error"}.get(status, "api_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def completion(request: Body, work: Work, text: str) -> Body:
    """A whole chat completion."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": work.reason}
    return {**_head(request, "chat.completion"), "choices": [choice], "usage": _usage(work)}


def chunks(request: Body, work: Work) -> Iterator[Body]:
    """A chat completion token by token; and what was used, where the request asks for that."""
    head = _head(request, "chat.completion.chunk")
    for token in work.write():
        delta = {"role": "assistant", "content": token}
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    end = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": work.reason}
    yield {**head, "choices": [end]}
    if (request.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": _usage(work)}


def _head(request: Body, kind: str) -> Body:
    about = {"id": f"chatcmpl-{time.monotonic_ns() % 1000}", "object": kind}
    return {**about, "created": int(time.time()), "model": request["model"]}


def _usage(work: Work) -> Body:
    total = work.prompt_tokens + work.tokens
    used = {"prompt_tokens": work.prompt_tokens, "completion_tokens": work.tokens}
    return {**used, "total_tokens": total}
