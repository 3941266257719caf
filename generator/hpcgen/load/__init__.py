"""The first stage: a recipe file into a `Document`, read strictly."""

from __future__ import annotations

import os
import stat
import sys
from functools import cache
from pathlib import Path

from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.secrets.visible import FORBIDDEN, describe, forbidden_characters, quoted
from hpcgen.yaml.composer import Composer
from hpcgen.yaml.document import Document, Node
from hpcgen.yaml.limits import Limits
from hpcgen.yaml.problems import Problems
from hpcgen.yaml.source import Source, lenient_text

__all__ = ["Limits", "load", "load_text", "source_text"]

STANDARD_INPUT = Path("-")
"""What is read from there in place of a file."""

SHOWN = 20
"""The number of forbidden characters that are reported; a binary file would have thousands."""

_REPLACEMENT = "\ufffd"  # one column wide, and no line break to the parser


def load(path: Path, limits: Limits = Limits(), name: str = "") -> Document:  # noqa: B008 - frozen
    """Return the document in the file at `path`, called `name` or else by its base name.

    `STANDARD_INPUT` is read from there, as often as it is loaded. Raises `RecipeError` with every
    problem found, in order of place: HG118 where the file is not a readable regular file (nothing
    ever blocks), and the codes of `load_text`.
    """
    data = _read(path, limits.bytes + 1, name)
    return load_text(name or source_name(path), data, limits)


def load_text(name: str, data: bytes, limits: Limits = Limits()) -> Document:  # noqa: B008 - frozen
    """Return the one YAML document in `data`: UTF-8 with or without BOM, LF or CRLF.

    Guarantees a mapping at the root, string keys, no key twice, no cycle, no character that a
    reader cannot see, exact numbers, and sizes within `limits`. Raises `RecipeError`: HG101
    (encoding), HG102 (character), HG103 (syntax), HG104 (key twice), HG105 (tag), HG106
    (directive), HG107 (second document), HG108 (key), HG109 (cycle), HG110 (alias), HG111 to
    HG114 (limits), HG115 (number), HG116 (no mapping), HG117 (merge).
    """
    problems = Problems(name)
    if len(data) > limits.bytes:
        message = f"the recipe is larger than {limits.bytes} bytes"
        problems.stop("HG111", message, (0, 0, 0, 0), "raise the limit with --max-bytes")
    source = Source(name, _decode(name, data))
    text = _without_directives(_without_forbidden(source, problems), problems)
    root = Composer(Source(name, text), limits, problems).compose()
    problems.settle()
    return Document(name, source.text, _mapping(root, problems))


def source_name(path: Path) -> str:
    """The name of a recipe's file in diagnostics."""
    return "<stdin>" if path == STANDARD_INPUT else path.name


def recipe_bytes(path: Path) -> bytes:
    """All that a recipe's file holds, which `load` has read before."""
    return _standard_input() if path == STANDARD_INPUT else path.read_bytes()


def source_text(path: Path, limits: Limits = Limits()) -> str:  # noqa: B008 - frozen
    """Return the text of a file for code frames, whatever it holds; "" where it cannot be read."""
    try:
        return lenient_text(_read(path, limits.bytes))
    except RecipeError:
        return ""


def _read(path: Path, most: int, name: str = "") -> bytes:
    """At most `most` bytes of a regular file; O_NONBLOCK keeps a FIFO from blocking the open."""
    if path == STANDARD_INPUT:
        return _standard_input()[:most]
    try:
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise RecipeError([_unreadable(name or str(path), "it is not a regular file")])
            return file.read(most)
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise RecipeError([_unreadable(name or str(path), reason)]) from None
    except ValueError:  # a NUL or a lone surrogate in the path
        raise RecipeError([_unreadable(name or str(path), "not a file name")]) from None


@cache
def _standard_input() -> bytes:
    return sys.stdin.buffer.read()


def _unreadable(name: str, reason: str) -> Diagnostic:
    hint = "name a YAML file"
    return Diagnostic("HG118", f"cannot read {quoted(name, 200)}: {reason}", hint=hint)


def _decode(name: str, data: bytes) -> str:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise RecipeError([_not_utf8(name, data, error.start)]) from None
    return lenient_text(data)


def _not_utf8(name: str, data: bytes, start: int) -> Diagnostic:
    index = len(lenient_text(data[:start]))
    span = Source(name, lenient_text(data)).span(index, index + 1)
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    message = f"the byte 0x{data[start]:02X} at offset {start} is not UTF-8"
    hint = "the file is UTF-16: save it as UTF-8" if utf16 else "save the file as UTF-8"
    return Diagnostic("HG101", message, span, hint)


def _without_forbidden(source: Source, problems: Problems) -> str:
    """Return the text with forbidden characters replaced, so that parsing goes on."""
    matches = list(forbidden_characters(source.text))
    for match in matches[:SHOWN]:
        message = f"{describe(match.group())} is not allowed"
        hint = "end lines with LF or CRLF" if match.group() == "\r" else "delete it"
        problems.note(Diagnostic("HG102", message, source.span(*match.span()), hint))
    if len(matches) > SHOWN:
        message = f"{len(matches) - SHOWN} more forbidden characters follow"
        problems.note(Diagnostic("HG102", message, source.span(*matches[SHOWN].span())))
    return FORBIDDEN.sub(_REPLACEMENT, source.text) if matches else source.text


def _without_directives(text: str, problems: Problems) -> str:
    """`text` with the directives before the document made comments, so that parsing goes on."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.startswith("%"):
            mark = (number, 0, number, len(line.rstrip()))
            hint = "delete the line: a recipe is YAML 1.2"
            problems.add("HG106", "YAML directives are not allowed", mark, hint)
            lines[number] = f"#{line[1:]}"
        elif line.strip() and not line.lstrip().startswith("#"):
            break
    return "\n".join(lines)


def _mapping(root: Node | None, problems: Problems) -> Node:
    hint = "start with `name:`, `cluster:` and `services:`"
    if root is None or root.data is None:
        problems.stop("HG116", "the recipe is empty", (0, 0, 0, 0), hint)
    if not isinstance(root.data, dict):
        problems.stop("HG116", "the recipe is not a mapping of keys to values", root.mark, hint)
    return root
