"""Source text as it may be shown: what could be a secret is starred out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hpcgen.diagnostics import Diagnostic, Span


def masked(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> dict[str, str]:
    """`sources` with every character below a span marked `secret` made a star.

    Lines and columns stay, so that every other frame of the same file can be cut from it.
    """
    shown = dict(sources)
    for span in [each.span for each in diagnostics if each.secret and each.span]:
        if span.file in shown:
            shown[span.file] = _starred(shown[span.file], span)
    return shown


def _starred(text: str, span: Span) -> str:
    lines = text.split("\n")
    for number in range(span.line, min(span.end_line, len(lines)) + 1):
        line = lines[number - 1]
        start = span.column - 1 if number == span.line else 0
        end = span.end_column - 1 if number == span.end_line else len(line)
        lines[number - 1] = line[:start] + "*" * len(line[start:end]) + line[end:]
    return "\n".join(lines)
