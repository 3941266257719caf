"""Replaces secrets by stars in everything that is shown of a recipe.

A message may quote text of the recipe: whatever has the shape of a secret is masked in it.
A code frame shows source, which may not be YAML at all, so it is masked as text: by shape, and
after every name that promises a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from hpcgen.diagnostics import Diagnostic, Related, Span
from hpcgen.secrets.names import judge
from hpcgen.secrets.shapes import NAME, Place, full_name, secrets_in, star_out, without_secrets

_FIELD = re.compile(
    rf"""{NAME}["']?[ \t]*
    (?P<between>:(?=\s|["'])|,|\n[ \t]*-(?=[ \t]))\s*
    (?:[!&]\S*\s+)*                                # a tag, an anchor
    (?P<value>(?P<block>[|>])[^\n]*
    |"(?:\\.|[^"\\])*"?|'(?:''|[^'])*'?|[{{\[][^}}\]]{{0,2000}}|[^\s][^\n]*|\Z)""",
    re.VERBOSE | re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"""\{?\s*(?:(?:file|port|host|url|dir|slurm)\s*:|generate\s*:\s*true\b
    |(?:env|secret)\s*:\s*["']?[A-Za-z_]\w*["']?\s*(?:\}|\#|$))|\{\s*(?:\}|$)""",
    re.VERBOSE | re.MULTILINE,
)
_MAPPING = re.compile(r"\{|[\w.-]+:\s")
_INSIDE = re.compile(r"\{\s*[\w-]+:\s+")
_DEPTH = re.compile("[ -]*")


def without_secrets_in(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics as every format prints them: no secret in messages, hints and notes."""
    return [
        replace(
            diagnostic,
            message=without_secrets(diagnostic.message),
            hint=without_secrets(diagnostic.hint),
            related=tuple(Related(n.span, without_secrets(n.message)) for n in diagnostic.related),
        )
        for diagnostic in diagnostics
    ]


def mask_sources(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> dict[str, str]:
    """`sources` with stars in place of every secret and every span marked `secret`.

    Lines and columns stay the same, so that code frames can be cut from the result.
    """
    result = {name: _mask_source(name, text) for name, text in sources.items()}
    for span in (diagnostic.span for diagnostic in diagnostics if diagnostic.secret):
        if span and span.file in result:
            result[span.file] = star_out(result[span.file], [_place(result[span.file], span)])
    return result


def _mask_source(name: str, text: str) -> str:
    """Mask one source. That of a `--set` has the name of its field and holds only the value."""
    if name.startswith("--set ") and judge(name.rpartition(".")[2]):
        return star_out(text, [(len("value: "), len(text))])
    return star_out(text, [*secrets_in(text), *_fields(text)])


def _fields(text: str) -> Iterator[Place]:
    """The values of YAML's `password: VALUE` and of a list's `--password` and `VALUE`."""
    place = 0
    while match := _FIELD.search(text, place):
        place = match.start("value")
        name = full_name(text, match)
        judged = None if name == "secrets" and _MAPPING.match(text, place) else judge(name)
        flag = name.startswith("-")
        if judged and flag == (match["between"] != ":"):
            end = _end(text, match, flag)
            value = text[place:end].strip("\"'")
            held = match["block"] or value[:1] in ("{", "[") or any(map(judged, _readings(value)))
            if held and not _REFERENCE.match(text, place):
                inside = _INSIDE.match(text, place, end)
                yield (inside.end() if inside else place), end
                place = end
        place = max(place, match.end("name") + 1)


def _readings(value: str) -> Iterator[str]:
    """The full value, and its first word, since an unclosed string runs on."""
    yield value
    yield from value.split(maxsplit=1)[:1]


def _end(text: str, match: re.Match[str], flag: bool) -> int:
    start, end = match.span("value")
    if match["value"][:1] in ("'", '"', "{", "["):
        return end
    line = text[text.rfind("\n", 0, match.start()) + 1 : start]
    if flag or line.count("{") + line.count("[") > line.count("}") + line.count("]"):
        return start + len(re.split(r"[,\]}\s]", match["value"], maxsplit=1)[0])
    return _end_of_block(text, match.start(), end)


def _end_of_block(text: str, key: int, end: int) -> int:
    """The end of the lines that are indented deeper than the key's line."""
    indent = _indent(text, text.rfind("\n", 0, key) + 1)
    while end < len(text):
        following = text.find("\n", end + 1)
        following = len(text) if following < 0 else following
        if text[end:following].strip() and _indent(text, end + 1) <= indent:
            break
        end = following
    return end


def _indent(text: str, start: int) -> int:
    """The number of spaces and list dashes at `start`."""
    return _DEPTH.match(text, start).end() - start  # type: ignore[union-attr]


def _place(text: str, span: Span) -> Place:
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    last = len(starts) - 1
    start = starts[min(span.line - 1, last)] + span.column - 1
    return start, starts[min(span.end_line - 1, last)] + span.end_column - 1
