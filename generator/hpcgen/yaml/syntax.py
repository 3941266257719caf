"""Errors of the YAML parser, worded for people who write recipes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Protocol

from hpcgen.diagnostics import Diagnostic, Related, Span
from hpcgen.yaml.source import Source

SECOND = "a second document starts here"
TAG = "tags are not allowed"
TAG_HINT = "delete it, and quote the value if it is a string"
ONE = "a recipe is one document: delete the other"


class _Place(Protocol):
    index: int


class ParserProblem(Protocol):
    """The marked error of the C parser; a reader error has none of these fields set."""

    context: str | None
    context_mark: _Place | None
    problem: str | None
    problem_mark: _Place | None


@dataclass(frozen=True, slots=True)
class _Wording:
    message: str
    hint: str = ""
    where: str = "problem"  # or "context": the fault is where the parser began


_TAB = _Wording("a tab cannot indent", "indent with spaces")
_OPEN_STRING = _Wording("the quoted string is never closed", "close it with its quote", "context")
_NAME = "use letters, digits, `-` and `_`"

_DOCUMENT_START = "did not find expected <document start>"

_WORDINGS = {
    "found a tab character that violates indentation": _TAB,
    "found a tab character where an indentation space is expected": _TAB,
    "found unexpected end of stream": _OPEN_STRING,
    "found unexpected document indicator": _OPEN_STRING,
    "could not find expected ':'": _Wording(
        "this key has no `:`", "write `key: value`, or indent the text under its key", "context"
    ),
    "found character that cannot start any token": _Wording(
        "a value cannot start with this character", "quote the value"
    ),
    "mapping values are not allowed in this context": _Wording(
        "a `:` is not allowed here", "quote the value it belongs to, or check the indentation"
    ),
    "block sequence entries are not allowed in this context": _Wording(
        "a list item is not allowed here", "start the list on a line of its own"
    ),
    "mapping keys are not allowed in this context": _Wording(
        "a `?` is not allowed here", "quote the value"
    ),
    "did not find expected key": _Wording(
        "a key is expected here", "check the indentation and the quotes"
    ),
    "did not find expected '-' indicator": _Wording(
        "a list item is expected here", "start it with `- `, or check the indentation"
    ),
    "did not find expected ',' or ']'": _Wording(
        "the list needs a `,` or its `]` here", "close the list, or separate its items"
    ),
    "did not find expected ',' or '}'": _Wording(
        "the mapping needs a `,` or its `}` here", "close the mapping, or separate its keys"
    ),
    "did not find expected node content": _Wording(
        "a value is missing here", "write it, or close the bracket before it"
    ),
    _DOCUMENT_START: _Wording(
        "the document has already ended", "check the indentation, the quotes and the brackets"
    ),
    "did not find expected alphabetic or numeric character": _Wording(
        "this is no name of an anchor or alias", f"{_NAME}, or quote the value"
    ),
    "found unknown escape character": _Wording(
        "the escape is unknown", r"write `\\` for a backslash, or use single quotes"
    ),
    "did not find expected hexdecimal number": _Wording(
        "the escape lacks hexadecimal digits", r"write two after `\x`, four after `\u`"
    ),
    "did not find expected comment or line break": _Wording(
        "the text must start on the next line", "quote the value if it is not a block of text"
    ),
    "found an indentation indicator equal to 0": _Wording(
        "the indentation of a block of text is 1 to 9", "remove the digit"
    ),
}

_LABELS = {
    "while parsing a flow sequence": "the list starts here",
    "while parsing a block collection": "the list starts here",
    "while parsing a flow mapping": "the mapping starts here",
    "while parsing a block mapping": "the mapping starts here",
    "while scanning a plain scalar": "the value starts here",
    "while scanning a block scalar": "the block of text starts here",
    "while parsing a quoted scalar": "the string starts here",
}

_ENDED = re.compile(r"^\.\.\.(?=\s)", re.MULTILINE)
_FAULT = re.compile(r"\\.|\t+|[\w-]+|.")
_ESCAPE = re.compile(r"\\(?:x..|u....|U........|.)")
_BAD_CODE_POINT = "found invalid Unicode character escape code"


def explain(source: Source, error: ParserProblem) -> Diagnostic:
    """Return the error as HG103, or as HG102 (escape), HG105 (tag) or HG107 (second document)."""
    if error.problem == _BAD_CODE_POINT:
        return _bad_escape(source, _index(error.problem_mark))
    if error.problem == "found undefined tag handle" or "a tag" in (error.context or ""):
        start = _index(error.context_mark or error.problem_mark)
        end = start + len(source.text[start:].split(maxsplit=1)[0])
        return Diagnostic("HG105", TAG, source.span(start, end), TAG_HINT)
    before = source.text[: _index(error.problem_mark)]
    if error.problem == _DOCUMENT_START and _ENDED.search(before):
        return replace(_syntax(source, error), code="HG107", message=SECOND, hint=ONE)
    return _syntax(source, error)


def _syntax(source: Source, error: ParserProblem) -> Diagnostic:
    wording = _WORDINGS.get(error.problem or "", _Wording(error.problem or "this is not YAML"))
    mark = error.context_mark if wording.where == "context" else error.problem_mark
    start = min(_index(mark), len(source.text.rstrip()))
    if source.text[start : start + 1] == "\t":
        wording = _TAB
    span = source.span(start, _end(source.text, start))
    return Diagnostic("HG103", wording.message, span, wording.hint, _context(source, error, span))


def _end(text: str, start: int) -> int:
    match = _FAULT.match(text, start)
    return match.end() if match else start


def _context(source: Source, error: ParserProblem, span: Span) -> tuple[Related, ...]:
    label = _LABELS.get(error.context or "")
    if label is None or error.context_mark is None:
        return ()
    start = error.context_mark.index
    place = source.span(start, start + 1)
    return (Related(place, label),) if place.line != span.line else ()


def _bad_escape(source: Source, digits: int) -> Diagnostic:
    """Name the escape whose digits the parser marks, two characters after its start."""
    match = _ESCAPE.match(source.text, digits - 2)
    start, end = match.span() if match else (digits, digits + 1)
    code = int(source.text[digits:end], 16)
    return Diagnostic(
        "HG102",
        f"U+{code:04X} is not a character",
        source.span(start, end),
        r"write the character itself, or its one code point after `\U`",
    )


def _index(mark: _Place | None) -> int:
    return mark.index if mark else 0
