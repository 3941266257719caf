"""What earlier checks found clean, kept in the user's cache directory. That only saves time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from hpcgen import cache as users_cache
from hpcgen import secrets

_LIMIT = 1024 * 1024  # bytes: about 30,000 verdicts
_DIGITS = 32


class Verdicts:
    """The keys of what was found clean; `keep` writes those that are new."""

    def __init__(self) -> None:
        self._kept = _read()
        self._new: set[str] = set()

    def __contains__(self, key: object) -> bool:
        return key in self._kept or key in self._new

    def add(self, keys: Iterable[str | None]) -> None:
        """Add what was found clean; None is the key of nothing."""
        self._new.update(key for key in keys if key)

    def keep(self) -> None:
        """Append what was added in one write: a torn or mixed line matches no key."""
        new = self._new - self._kept
        if not new:
            return
        file = _file()
        lines = "".join(f"{key}\n" for key in sorted(new))
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.exists() and file.stat().st_size > _LIMIT:
                file.unlink()
            with file.open("ab", buffering=0) as kept:
                kept.write(lines.encode())


def verdict_key(*facts: str) -> str:
    """What a verdict on `facts` is kept by; other rules than today's have other keys.

    Raises UnicodeEncodeError for a lone surrogate.
    """
    return hashlib.sha256("\n".join((_rules(), *facts)).encode()).hexdigest()[:_DIGITS]


@cache
def _rules() -> str:
    """A digest of all that judges: the modules of this package and of secrets/."""
    places = (Path(__file__).parent, Path(secrets.__file__).parent)
    sources = (path.read_bytes() for place in places for path in sorted(place.glob("*.py")))
    return hashlib.sha256(b"\n".join(sources)).hexdigest()


def _file() -> Path:
    return users_cache.directory() / "check" / "clean"


def _read() -> set[str]:
    with suppress(OSError):
        return set(_file().read_text("ascii", "replace").splitlines())
    return set()
