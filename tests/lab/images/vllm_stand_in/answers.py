"""The bodies that vLLM's OpenAI-compatible API answers with, and when."""

from __future__ import annotations

import argparse
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

WORD = " token"
Body = dict[str, Any]


class RefusedError(Exception):
    """The request gets no completion, but `status` and `body`."""

    def __init__(self, status: int, kind: str, message: str, param: str) -> None:
        super().__init__(message)
        error = {"message": message, "type": kind, "param": param, "code": status}
        self.status = status
        self.body: Body = {"error": error}


@dataclass(frozen=True, slots=True)
class Completion:
    """A request for text, taken: the model it named, and both counts of tokens."""

    model: str
    chat: bool
    prompt_tokens: int
    tokens: int
    with_usage: bool

    def usage(self) -> Body:
        """What was used; a word is a token here."""
        total = self.prompt_tokens + self.tokens
        return {
            "prompt_tokens": self.prompt_tokens,
            "total_tokens": total,
            "completion_tokens": self.tokens,
        }

    def head(self, *, chunk: bool = False) -> Body:
        """What every answer begins with."""
        kind = "chat.completion" if self.chat else "text_completion"
        return {
            "id": f"{'chatcmpl' if self.chat else 'cmpl'}-{uuid.uuid4().hex[:16]}",
            "object": f"{kind}.chunk" if self.chat and chunk else kind,
            "created": int(time.time()),
            "model": self.model,
        }

    def body(self) -> Body:
        """The answer in one piece."""
        text = WORD * self.tokens
        content = (
            {"message": {"role": "assistant", "content": text}} if self.chat else {"text": text}
        )
        choice = {"index": 0, **content, "finish_reason": "length", "stop_reason": None}
        return {**self.head(), "choices": [choice], "usage": self.usage()}

    def chunks(self) -> Iterator[Body]:
        """The answer token by token; and what was used, where the request asks to include it."""
        head = self.head(chunk=True)
        if self.chat:
            yield {**head, "choices": [self.choice({"role": "assistant", "content": ""}, None)]}
        for number in range(1, self.tokens + 1):
            end = "length" if number == self.tokens else None
            content = {"content": WORD} if self.chat else {"text": WORD}
            yield {**head, "choices": [self.choice(content, end)]}
        if self.with_usage:
            yield {**head, "choices": [], "usage": self.usage()}

    def choice(self, content: Body, end: str | None) -> Body:
        """One chunk's only choice."""
        text = {"delta": content} if self.chat else content
        return {"index": 0, **text, "finish_reason": end}


def served_names(options: argparse.Namespace) -> list[str]:
    """The names by which a request may call the model."""
    return options.served_model_name or [options.model_tag]


def models(options: argparse.Namespace) -> Body:
    """What /v1/models says."""
    return {
        "object": "list",
        "data": [
            {
                "id": name,
                "object": "model",
                "created": int(time.time()),
                "owned_by": "vllm",
                "root": options.model_tag,
                "parent": None,
                "max_model_len": options.max_model_len,
            }
            for name in served_names(options)
        ],
    }


def completion(options: argparse.Namespace, request: Body, *, chat: bool) -> Completion:
    """The completion that `request` asks for. Raises RefusedError as vLLM would."""
    names = served_names(options)
    model = request.get("model") or names[0]
    if model not in names:
        message = f"The model `{model}` does not exist. Valid aliases: {', '.join(names)}."
        raise RefusedError(404, "NotFoundError", message, "model")
    tokens = request.get("max_tokens") or request.get("max_completion_tokens") or 16
    longest = options.max_model_len
    if tokens > longest:
        message = (
            f"max_tokens={tokens} cannot be greater than max_model_len={longest}. Please request "
            f"fewer output tokens. (parameter=max_tokens, value={tokens})"
        )
        raise RefusedError(400, "BadRequestError", message, "max_tokens")
    usage = (request.get("stream_options") or {}).get("include_usage", False)
    return Completion(model, chat, prompt_tokens(request, chat=chat), tokens, usage)


def prompt_tokens(request: Body, *, chat: bool) -> int:
    """How long the prompt is. Raises RefusedError where there is none."""
    prompt = request.get("messages" if chat else "prompt")
    if not prompt:
        message = "Either prompt or prompt_embeds must be provided and non-empty."
        param = "messages" if chat else "prompt"
        raise RefusedError(400, "BadRequestError", f"{message} (parameter={param})", param)
    if chat:
        return sum(len(str(message.get("content", "")).split()) + 1 for message in prompt)
    return len(prompt.split() if isinstance(prompt, str) else prompt)
