"""Names that promise a secret, and the tests that their values must pass to be one.

`judge("HF_TOKEN")` is a function of the value; `judge("MAX_TOKENS")` is None. The last word of a
name decides, so PASSWORD_FILE and KEY_LENGTH promise nothing. The rules follow those of gitleaks,
detect-secrets and GitHub, without the tokens of language models.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

Judge = Callable[[str], bool]

LONG = 6
"""The minimum length of a token, a key or a secret; a password may have any length."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PASSWORD = re.compile(r".*(?:passw(?:or)?ds?|passphrases?|passcodes?|requirepass|masterpass)|pwd")
_SECRET = re.compile(r".*(?:secrets?|credentials?|apikeys?|(?:auth|access|api)tokens?|masterauth)")
_AUTH = ("rediscli", "redis", "basic")
_KEYS = _set(
    "access account admin api app application auth azure client consumer db deploy encryption hmac"
    " jwt licence license master openai private secret security service session shared signing"
    " storage subscription wandb webhook"
)
_TOKENS_OF_A_MODEL = _set(
    "added begin bos by class cls each end eos first image audio last mask max min next num of pad"
    " per prompt sep special start stop think time tool unk video"
)
_PASSES = _set("backward band by first forward high low multi one second single two")
_PLAIN_KEYS = _set("cache foreign group hash index object partition primary public")
_PLAIN_KEYS |= _set("routing row shard sort")
_TRAILING = _set("b64 base backup default dev main new old plain prod raw staging")
_TRAILING |= _set("test value")

_NOTHING = _set(
    "- always anonymous ask auto default disable disabled dummy empty enable enabled env false file"
    " generate generated hidden masked n/a na never nil no no-key no-key-required none not-needed"
    " not-required null off on optional placeholder prompt random redacted required stdin"
    " sk-no-key-required true undefined unset unused yes"
)
"""Values that people write in place of a secret."""

_ELSEWHERE = re.compile(
    r"""\$.*                                  # a variable, a command's output
    | <.*> | \{\{.*\}\} | \[.*\] | %\w+%      # to be filled in, or a model's own token
    | (?:~|\.\.?)?/[\w./@$\ -]+               # a path
    | [a-z][a-z0-9+.-]*://.*                  # a URL; its user part is judged for itself
    | @.*/.* | (?:file|env|vault|secret|op|arn):.*
    | ([*.xX_-])\1{2,}                        # xxx
    | your[ _-].*""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_RUN = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9+/]{20,}={0,2}")


@cache
def judge(name: str) -> Judge | None:
    """A test whether a value of `name` is a literal secret; None if the name promises none.

    >>> judge("--api-key")("correct-horse"), judge("--max-tokens")
    (True, None)
    """
    words = [word.lower() for word in _WORDS.findall(name)]
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in _TRAILING):
        words.pop()
    if not words or name in ("PWD", "OLDPWD"):
        return None
    return _judge(words[-1], words[-2] if len(words) > 1 else "", words)


def _judge(last: str, before: str, words: list[str]) -> Judge | None:
    if _PASSWORD.fullmatch(last):
        return _is_written_out
    if _SECRET.fullmatch(last) or (last == "auth" and before in _AUTH):
        return _is_long_word
    if last == "token":
        return None if _TOKENS_OF_A_MODEL.intersection(words) else _is_long_word
    if last == "pass":
        return None if before in _PASSES else _is_long_word
    if last in ("key", "keys"):
        return _is_long_word if before in _KEYS else None if before in _PLAIN_KEYS else _is_random
    return None


def _is_written_out(value: str) -> bool:
    text = value.strip()
    return bool(text) and text.lower() not in _NOTHING and not _ELSEWHERE.fullmatch(text)


def _is_long_word(value: str) -> bool:
    """Whether the value is one word of some length; a number must be twice as long."""
    short = len(value) < (2 * LONG if value.replace(".", "").isdigit() else LONG)
    return not short and len(value.split()) == 1 and _is_written_out(value)


def _is_random(value: str) -> bool:
    return _RUN.fullmatch(value) is not None
