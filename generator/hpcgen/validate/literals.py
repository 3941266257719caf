"""Secrets that a document contains as text, in any field, as `secrets/shapes.py` defines them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from typing import Any

from hpcgen.diagnostics import Diagnostic
from hpcgen.secrets.names import judge
from hpcgen.secrets.shapes import holds_secret, secrets_in
from hpcgen.yaml.document import Document, Pointer

_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_RECIPE = (
    "refer to it: `secrets: {NAME: {file: PATH}}` makes it a variable of the container, and"
    " `{secret: NAME}` is the path of its file; change it if others have seen it"
)
_PROFILE = (
    "take it out: a service refers to its own by `secrets: {NAME: {file: PATH}}` and"
    " `{secret: NAME}`; change it if others have seen it"
)


def literals(document: Document, *, profile: bool = False) -> Iterator[Diagnostic]:
    """HG213: each value or key that looks like a secret, at its place."""
    for pointer, is_key in _fields((), document.data):
        span = document.key_span(pointer) if is_key else document.value_span(pointer)
        message = "this looks like a secret, and what is committed holds none"
        yield Diagnostic("HG213", message, span, _PROFILE if profile else _RECIPE, secret=True)


SecretPlaces = Iterator[tuple[Pointer, bool]]
"""The place of each secret, and whether it is the key there."""


def _secret_places(pointer: Pointer, value: Any) -> SecretPlaces:
    if isinstance(value, dict):
        yield from _fields(pointer, value)
    elif isinstance(value, list):
        yield from _words(pointer, value)


def _fields(pointer: Pointer, fields: dict[str, Any]) -> SecretPlaces:
    if _is_reference(fields):
        return
    for key, value in fields.items():
        if _is_secret_key(key):
            yield (*pointer, key), True
        if isinstance(value, dict | list):
            yield from _secret_places((*pointer, key), value)
        elif _is_secret(key, value):
            yield (*pointer, key), False


def _is_reference(fields: dict[str, Any]) -> bool:
    """Whether it is `{secret: NAME}`, whose value is a name and not a secret."""
    name = fields.get("secret")
    called = len(fields) == 1 and isinstance(name, str) and _NAME.fullmatch(name)
    return bool(called) and not holds_secret(str(name))


def _is_secret(key: str, value: Any) -> bool:
    if isinstance(value, str) and holds_secret(value):
        return True
    judged = judge(key)
    return judged is not None and not isinstance(value, bool | None) and judged(str(value))


@cache
def _is_secret_key(key: str) -> bool:
    return holds_secret(key)


def _words(pointer: Pointer, words: list[Any]) -> SecretPlaces:
    """Secrets in a list, read as one command line: `--token` decides what the next word is."""
    line = " ".join(map(_word, words))
    starts = [start for start, _ in secrets_in(line)]
    ends = list(accumulate(len(_word(word)) + 1 for word in words)) if starts else []
    places = {bisect_right(ends, start) for start in starts}
    for index, word in enumerate(words):
        if index in places:
            yield (*pointer, index), False
        else:
            yield from _secret_places((*pointer, index), word)


def _word(value: Any) -> str:
    """The value as text; a reference becomes a variable, so that it is not taken for a literal."""
    return "$" if isinstance(value, dict | list) else str(value)
