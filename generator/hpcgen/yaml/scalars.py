"""Plain scalars by the core schema of YAML 1.2 (section 10.3.2), and the numbers hpcgen refuses.

`yes`, `on`, `12:30`, `2024-01-01` and `1_000` are strings; `0755` is the integer 755.
"""

from __future__ import annotations

import math
import re

DIGITS = 18
"""A number of at most 18 digits is exact as a 64-bit integer."""

_CONSTANTS: dict[str, bool | None] = {"": None, "~": None}
_CONSTANTS |= dict.fromkeys(("null", "Null", "NULL"))
_CONSTANTS |= dict.fromkeys(("true", "True", "TRUE"), True)
_CONSTANTS |= dict.fromkeys(("false", "False", "FALSE"), False)

_STARTS = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BEYOND = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


class UnusableNumberError(ValueError):
    """A plain scalar is a number that is not finite, not exact, or out of range."""


def resolve(plain: str) -> bool | int | float | str | None:
    """Return the value of a plain scalar.

    Raises `UnusableNumberError` for infinity, NaN, more than 18 digits, and a float that
    overflows or that vanishes to zero.
    """
    if plain in _CONSTANTS:
        return _CONSTANTS[plain]
    if plain[0] not in _STARTS:
        return plain
    if _INTEGER.fullmatch(plain):
        return _integer(plain)
    if _FLOAT.fullmatch(plain):
        return _float(plain)
    if _BEYOND.fullmatch(plain):
        raise UnusableNumberError("infinity and NaN are not usable numbers")
    return plain


def _integer(plain: str) -> int:
    # the spelling is bounded first: int() refuses, and is slow on, thousands of digits
    if len(plain.lstrip("+-")) > DIGITS + 2:
        raise _too_long()
    value = int(plain, {"0x": 16, "0o": 8}.get(plain[:2], 10))
    if abs(value) >= 10**DIGITS:
        raise _too_long()
    return value


def _float(plain: str) -> float:
    if sum(character.isdigit() for character in plain) > DIGITS:
        raise _too_long()
    value = float(plain)
    mantissa = plain.lower().partition("e")[0]
    if not math.isfinite(value) or (value == 0 and mantissa.strip("+-0.")):
        raise UnusableNumberError("the number is out of range")
    return value


def _too_long() -> UnusableNumberError:
    return UnusableNumberError(f"the number has more than {DIGITS} digits")
