"""Templates as Jinja has compiled them, kept from one build to the next.

Compiling them is a third of a small build. What is kept is found by the template's own text; by
Python's version, which Jinja sees to; and by what else makes the code: Jinja's version, and the
module that spells values, because Jinja spells a template's constants when it compiles it.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

import jinja2
from jinja2 import FileSystemBytecodeCache

from hpcgen import cache


def templates(spell: Callable[[object], object]) -> FileSystemBytecodeCache | None:
    """The compiled templates of an environment whose values `spell` spells; None for no cache."""
    kept = cache.private("templates", _key(spell))
    return FileSystemBytecodeCache(str(kept)) if kept else None


def _key(spell: Callable[[object], object]) -> str:
    source = sys.modules[spell.__module__].__file__
    text = Path(source).read_bytes() if source else b""
    return hashlib.sha256(jinja2.__version__.encode() + b"\n" + text).hexdigest()[:16]
