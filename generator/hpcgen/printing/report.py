"""The one module that words diagnostics for people and machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hpcgen.diagnostics import Diagnostic, Related, Span
from hpcgen.printing.code_frame import frame
from hpcgen.secrets.masking import mask_sources, without_secrets_in
from hpcgen.secrets.visible import visible

_BOLD, _RED, _YELLOW = "\x1b[1m", "\x1b[1;31m", "\x1b[1;33m"
_BLUE, _OFF = "\x1b[1;34m", "\x1b[0m"


def render_text(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, str],
    paths: Mapping[str, str] = {},
    *,
    colour: bool,
) -> str:
    """Show each diagnostic with its code frame, then the number of diagnostics.

    `sources` gives the text behind a span's file; a file it lacks gets no frame. `paths` gives the
    file's path from the working directory, which terminals make a link of. The result ends
    with a newline, and holds no control character but line feeds and, with `colour`, SGR codes.
    No format shows a secret: stars stand for it, in a message and in a frame.
    """
    sources = mask_sources(diagnostics, sources)
    shown = without_secrets_in(diagnostics)
    blocks = [_block(diagnostic, sources, paths, colour) for diagnostic in shown]
    return "\n".join([*blocks, f"{_count(diagnostics)}\n"])


def render_pointer(diagnostics: Sequence[Diagnostic]) -> str:
    """Name the command that prints the page of the first diagnostic; no newline."""
    return f"explain: hpcgen explain {diagnostics[0].code}"


def render_json(diagnostics: Sequence[Diagnostic], paths: Mapping[str, str] = {}) -> str:
    """One JSON object, `{"problems": [...]}`, keys sorted, ASCII only, with a newline.

    A problem has code, severity, message, hint, span (or null) and related; lines and columns count
    characters from 1, the end is exclusive.
    """
    problems = [_as_json(diagnostic, paths) for diagnostic in without_secrets_in(diagnostics)]
    return json.dumps({"problems": problems}, indent=2, sort_keys=True) + "\n"


def render_github(
    diagnostics: Iterable[Diagnostic],
    paths: Mapping[str, str] = {},
) -> str:
    """One `::error` or `::warning` workflow command a line.

    GitHub shows them beside a pull request's lines.
    `paths` gives the path within the repository for a span's file. A colon, comma, percent sign
    or line break of a value is escaped as GitHub's toolkit does (actions/toolkit, command.ts).
    """
    return "".join(
        f"{_command(diagnostic, paths)}\n" for diagnostic in without_secrets_in(diagnostics)
    )


def _block(
    diagnostic: Diagnostic, sources: Mapping[str, str], paths: Mapping[str, str], colour: bool
) -> str:
    lines = [_headline(diagnostic, colour)]
    span = diagnostic.span
    margin = " " * len(str(span.line)) if span else ""
    if span is not None:
        lines.append(f"{_paint(f'{margin}-->', _BLUE, colour)} {_place(span, paths)}")
        if span.file in sources:
            lines.extend(_paint_frame(frame(sources[span.file], span), colour))
    lines.extend(
        f"{margin} {_paint('=', _BLUE, colour)} {note}" for note in _notes(diagnostic, paths)
    )
    return "\n".join(lines) + "\n"


def _headline(diagnostic: Diagnostic, colour: bool) -> str:
    severity, style = ("warning", _YELLOW) if diagnostic.warning else ("error", _RED)
    label = _paint(f"{severity}[{diagnostic.code}]", style, colour)
    return label + _paint(f": {visible(diagnostic.message)}", _BOLD, colour)


def _paint_frame(lines: Sequence[str], colour: bool) -> list[str]:
    """Paint the gutter of each line blue, and the caret red."""
    *rest, caret = [line.partition("|") for line in lines]
    painted = [f"{_paint(gutter + bar, _BLUE, colour)}{text}" for gutter, bar, text in rest]
    gutter, bar, text = caret
    return [*painted, f"{_paint(gutter + bar, _BLUE, colour)}{_paint(text, _RED, colour)}"]


def _notes(diagnostic: Diagnostic, paths: Mapping[str, str]) -> list[str]:
    notes = [
        f"note: {_place(note.span, paths)}: {visible(note.message)}" for note in diagnostic.related
    ]
    return [*notes, f"help: {visible(diagnostic.hint)}"] if diagnostic.hint else notes


def _place(span: Span, paths: Mapping[str, str]) -> str:
    if span.file.startswith("-"):  # an option
        return visible(span.file)
    return f"{visible(paths.get(span.file, span.file))}:{span.line}:{span.column}"


def _paint(text: str, style: str, colour: bool) -> str:
    return f"{style}{text}{_OFF}" if colour else text


def _count(diagnostics: Sequence[Diagnostic]) -> str:
    noun = "warning" if all(diagnostic.warning for diagnostic in diagnostics) else "problem"
    return f"1 {noun}" if len(diagnostics) == 1 else f"{len(diagnostics)} {noun}s"


def _as_json(diagnostic: Diagnostic, paths: Mapping[str, str]) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": "warning" if diagnostic.warning else "error",
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "span": _span_as_json(diagnostic.span, paths) if diagnostic.span else None,
        "related": [_related_as_json(note, paths) for note in diagnostic.related],
    }


def _related_as_json(note: Related, paths: Mapping[str, str]) -> dict[str, Any]:
    return {"message": note.message, "span": _span_as_json(note.span, paths)}


def _span_as_json(span: Span, paths: Mapping[str, str]) -> dict[str, Any]:
    return {
        "file": paths.get(span.file, span.file),
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _command(diagnostic: Diagnostic, paths: Mapping[str, str]) -> str:
    properties = {"title": diagnostic.code}
    if diagnostic.span is not None:
        properties = _annotation(diagnostic.span, paths) | properties
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    hint = f"; {diagnostic.hint}" if diagnostic.hint else ""
    command = "warning" if diagnostic.warning else "error"
    return f"::{command} {written}::{_data(diagnostic.message + hint)}"


def _annotation(span: Span, paths: Mapping[str, str]) -> dict[str, str]:
    """GitHub counts the end column inclusively, and takes columns on a single line only."""
    place = {"file": paths.get(span.file, span.file), "line": span.line, "endLine": span.end_line}
    if span.line == span.end_line:
        last = max(span.column, span.end_column - 1)
        place |= {"col": span.column, "endColumn": last}
    return {name: str(value) for name, value in place.items()}


def _data(text: str) -> str:
    return visible(_escape_line_breaks(text))


def _escape_line_breaks(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
