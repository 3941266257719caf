"""How problems are worded for people, for programs and for GitHub."""

import json
import re

import pytest
from hpcgen.diagnostics import Diagnostic, Related, Span
from hpcgen.printing.report import render_github, render_json, render_text
from hpcgen.text.nearest import nearest

SOURCE = "name: demo\nservices:\n  cache:\n    kind: redis\n    port: 1\n    port: 2\n"
FIRST = Related(Span("recipe.yaml", 5, 5, 5, 9), "first written here")
TWICE = Diagnostic(
    "HG104",
    "the key `port` is written twice",
    Span("recipe.yaml", 6, 5, 6, 9),
    "keep one of them",
    (FIRST,),
)
NOWHERE = Diagnostic("HG118", "cannot read `a.yaml`: no such file", hint="name a file")


def text(*diagnostics: Diagnostic, source: str = SOURCE, colour: bool = False) -> str:
    return render_text(diagnostics, {"recipe.yaml": source}, colour=colour)


def frame(source: str, *ends: int) -> list[str]:
    """The source line and the caret line of a frame, behind the gutter."""
    lines = text(Diagnostic("HG1", "m", Span("recipe.yaml", *ends)), source=source).splitlines()
    return [line.partition("| ")[2] for line in lines[-4:-2]]


def test_a_problem_is_shown_with_its_frame() -> None:
    assert text(TWICE, NOWHERE) == (
        "error[HG104]: the key `port` is written twice\n"
        " --> recipe.yaml:6:5\n"
        "  |\n"
        "5 |     port: 1\n"
        "6 |     port: 2\n"
        "  |     ^^^^\n"
        "  = note: recipe.yaml:5:5: first written here\n"
        "  = help: keep one of them\n"
        "\n"
        "error[HG118]: cannot read `a.yaml`: no such file\n"
        " = help: name a file\n"
        "\n"
        "2 problems\n"
    )


def test_one_problem_is_counted_in_the_singular() -> None:
    assert text(TWICE).endswith("\n\n1 problem\n")


def test_a_file_without_source_gets_its_place_and_no_frame() -> None:
    shown = render_text([TWICE], {}, colour=False)
    assert " --> recipe.yaml:6:5\n  = note:" in shown


def test_the_gutter_is_as_wide_as_the_number() -> None:
    lines = text(Diagnostic("HG1", "m", Span("recipe.yaml", 10, 1, 10, 2)), source="a\n" * 12)
    assert "  --> recipe.yaml:10:1\n   |\n 9 | a\n10 | a\n   | ^\n" in lines


@pytest.mark.parametrize(
    ("source", "ends", "shown"),
    [
        ("a\tb: 1", (1, 3, 1, 4), ["a    b: 1", "     ^"]),
        ("大大: 1", (1, 2, 1, 3), ["大大: 1", "  ^^"]),
        ("e\u0301x", (1, 3, 1, 4), ["e\u0301x", " ^"]),
        ("a\u202eb", (1, 2, 1, 3), ["a<U+202E>b", " ^^^^^^^^"]),
        ("a\u202eb", (1, 3, 1, 4), ["a<U+202E>b", "         ^"]),
        ("a\udcffb", (1, 2, 1, 3), ["a<0xFF>b", " ^^^^^^"]),
        ("ab", (1, 3, 1, 3), ["ab", "  ^"]),  # nothing is there: one caret after the text
        ("abc\ndef", (1, 2, 2, 2), ["abc", " ^^"]),  # several lines: to the end of the first
        ("", (1, 1, 1, 1), ["", "^"]),
        ("ab", (9, 1, 9, 2), ["", "^"]),  # beyond the text
    ],
)
def test_carets_stand_below_the_span(source: str, ends: tuple[int, ...], shown: list[str]) -> None:
    lines = [line.rstrip() for line in frame(source, *ends)]
    assert lines == shown


@pytest.mark.parametrize("start", [1, 50, 99, 100, 101, 150, 250, 300])
@pytest.mark.parametrize("length", [1, 10, 99, 100, 101, 300])
def test_a_long_line_is_cut_around_the_span(start: int, length: int) -> None:
    source = "".join(chr(0x100 + index) for index in range(300))  # every column tells its number
    end = min(301, start + length)
    line, carets = frame(source, 1, start, 1, end)
    assert len(line) == 100
    assert len(carets) <= 100
    below = [character for character, caret in zip(line, carets, strict=False) if caret == "^"]
    expected = list(source[start - 1 : end - 1])[: len(below)]
    assert all(a in (b, "…") for a, b in zip(below, expected, strict=True))
    assert below[0] == expected[0] or length > 100
    assert (line[0] == "…") == (line[0] != source[0])
    assert (line[-1] == "…") == (line[-1] != source[-1])


def test_a_line_of_wide_characters_is_cut_by_columns() -> None:
    line, _ = frame("大" * 80, 1, 1, 1, 2)
    assert line == "大" * 49 + "…"


def test_the_line_before_is_left_out_where_it_is_blank() -> None:
    assert "1 |" not in text(Diagnostic("HG1", "m", Span("recipe.yaml", 2, 1, 2, 2)), source="\nab")


def test_no_control_character_comes_out_of_any_part() -> None:
    evil = "\x1b[2J\u202e\r\n\x85\ud800"
    span = Span(f"{evil}.yaml", 1, 1, 1, 2)
    diagnostics = [Diagnostic("HG1", evil, span, evil, (Related(span, evil),))]
    for shown in (
        render_text(diagnostics, {span.file: evil}, colour=False),
        render_github(diagnostics),
    ):
        assert not re.search(r"[^\n\x20-\x7e]", shown)
    assert render_json(diagnostics).isascii()


def test_colour_adds_nothing_but_styles() -> None:
    coloured = text(TWICE, NOWHERE, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text(TWICE, NOWHERE)
    assert "\x1b[1;31merror[HG104]\x1b[0m" in coloured


def test_json_is_one_object_with_sorted_keys() -> None:
    shown = render_json([TWICE, NOWHERE])
    loaded = json.loads(shown)
    assert shown == json.dumps(loaded, indent=2, sort_keys=True) + "\n"
    assert loaded["problems"][0] == {
        "code": "HG104",
        "severity": "error",
        "message": "the key `port` is written twice",
        "hint": "keep one of them",
        "span": {"file": "recipe.yaml", "line": 6, "column": 5, "end_line": 6, "end_column": 9},
        "related": [
            {
                "message": "first written here",
                "span": {
                    "file": "recipe.yaml",
                    "line": 5,
                    "column": 5,
                    "end_line": 5,
                    "end_column": 9,
                },
            }
        ],
    }
    assert loaded["problems"][1]["span"] is None


def test_github_annotates_the_line() -> None:
    assert render_github([TWICE, NOWHERE], {"recipe.yaml": "recipes/a,b:c%.yaml"}) == (
        "::error file=recipes/a%2Cb%3Ac%25.yaml,line=6,endLine=6,col=5,endColumn=8,title=HG104"
        "::the key `port` is written twice; keep one of them\n"
        "::error title=HG118::cannot read `a.yaml`: no such file; name a file\n"
    )


def test_github_gets_columns_on_a_single_line_only() -> None:
    several = Diagnostic("HG1", "a%\nb", Span("r.yaml", 1, 3, 4, 1))
    assert render_github([several]) == "::error file=r.yaml,line=1,endLine=4,title=HG1::a%25%0Ab\n"


@pytest.mark.parametrize(
    ("word", "candidates", "expected"),
    [
        ("bse", ["base", "other"], "base"),
        ("Base", ["base"], "base"),
        ("pord", ["port", "ports"], "port"),
        ("zzz", ["base", "other"], None),
        ("a", [], None),
        ("", ["base"], None),
    ],
)
def test_nearest(word: str, candidates: list[str], expected: str | None) -> None:
    assert nearest(word, candidates) == expected
    assert nearest(word, reversed(candidates)) == expected


def test_nearest_does_not_depend_on_the_order_of_equals() -> None:
    assert nearest("ab", ["abx", "aby"]) == nearest("ab", ["aby", "abx"])
