"""Variables in settings and provisioning files: $NAME, ${NAME}, $__env{NAME} and $__file{PATH}."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PROVIDED = re.compile(r"\$__(env|file)\{([^}]*)\}")
_PLAIN = re.compile(r"\$(?:\$|\{(\w+)\}|(\w+))")


class ExpandError(ValueError):
    """A variable names a file that is not there."""


def setting(text: str, env: Mapping[str, str] = os.environ) -> str:
    """A setting: only what begins with `$__` and plain ${NAME} are variables there.

    >>> setting("a$__env{B}$c", {"B": "x"})
    'ax$c'
    """
    return re.sub(r"\$\{(\w+)\}", lambda m: env.get(m[1], ""), _provided(text, env))


def provisioned(value: Any, env: Mapping[str, str] = os.environ) -> Any:
    """The values of a provisioning file, at every depth; keys are not expanded.

    >>> provisioned({"$a": ["$B", "$$c", 1]}, {"B": "x"})
    {'$a': ['x', '$c', 1]}
    """
    if isinstance(value, dict):
        return {key: provisioned(item, env) for key, item in value.items()}
    if isinstance(value, list):
        return [provisioned(item, env) for item in value]
    return _plain(_provided(value, env), env) if isinstance(value, str) else value


def _plain(text: str, env: Mapping[str, str]) -> str:
    return _PLAIN.sub(lambda m: "$" if m[0] == "$$" else env.get(m[1] or m[2], ""), text)


def _provided(text: str, env: Mapping[str, str]) -> str:
    def expanded(match: re.Match[str]) -> str:
        if match[1] == "env":
            return env.get(match[2], "")
        try:
            return Path(match[2]).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ExpandError(f"open {match[2]}: {(error.strerror or '').lower()}") from None

    return _PROVIDED.sub(expanded, text)
