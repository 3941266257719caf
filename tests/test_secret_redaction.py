"""No report repeats a secret: canaries in every invalid recipe, and in every format.

A canary has a shape of its own, or is a plain word under a name that promises a secret. It takes
the place of what each case is refused for, of the values near it, and of a line beside it.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hpcgen import cli
from hpcgen.build import Options, compile_recipe
from hpcgen.diagnostics import RecipeError, Span
from hpcgen.load import source_text
from hpcgen.printing.report import render_github, render_json, render_text
from hpcgen.verbs.exit_status import PROBLEMS

from tests.invalid_recipes import CASES, FOLDER, limits, problems

QUICKSTART = Path(__file__).parent.parent / "recipes" / "quickstart.yaml"
CANARY = "CanaryBird0fTheDeepestMine"
SHAPED = f"hf_{CANARY}"


def mutations(text: str, span: Span) -> Iterator[str]:
    lines = text.split("\n")
    number = min(span.line, len(lines)) - 1
    line = lines[number]
    start, end = span.column - 1, span.end_column - 1 if span.end_line == span.line else len(line)
    indent = line[: len(line) - len(line.lstrip())]
    value = re.search(r"(?<=: )[^\s#{}\[\],].*", line)
    before, after = _spaced(line[:start]), _spaced(line[end:])
    for canary in (SHAPED, f"amqp://me:{CANARY}@mq"):
        yield _with(lines, number, f"{before}{canary}{after}")
        if value:
            yield _with(lines, number, f"{line[: value.start()]}[{canary}")
    yield _with(lines, number, f"{line} # {SHAPED}")
    for start_of_value in (
        "API_TOKEN: ",
        "password: !x &a ",
        "token: |\n          ",
        'args: ["--api-key", ',
    ):
        yield "\n".join([*lines[:number], f"{indent}{start_of_value}{CANARY}", *lines[number:]])
    if value:
        yield _with(lines, number, f"{line[: value.start()]}{{API_TOKEN: {CANARY}}}")


def _spaced(text: str) -> str:
    """A canary is a word of its own; glued to another it is no token of anybody's."""
    return re.sub(r"(?<=\w)\Z|\A(?=\w)", " ", text)


def _with(lines: list[str], number: int, line: str) -> str:
    return "\n".join([*lines[:number], line, *lines[number + 1 :]])


def reports(recipe: Path, options: Options) -> str:
    """All that hpcgen says of a recipe, or makes of it."""
    try:
        bundle = compile_recipe(recipe, options)
    except RecipeError as error:
        diagnostics = error.diagnostics
        files = {diagnostic.span.file for diagnostic in diagnostics if diagnostic.span}
        sources = {name: source_text(recipe.parent / name) for name in files}
        shown = [render_text(diagnostics, sources, colour=False), render_json(diagnostics)]
        return "".join([*shown, render_github(diagnostics)])
    return "".join(file.content for file in bundle.tree)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_no_report_of_a_wrong_recipe_repeats_a_secret(case: Path, tmp_path: Path) -> None:
    span = problems(case)[0].span
    assert span is not None
    shutil.copytree(FOLDER / "profiles", tmp_path / "profiles")
    shutil.copy(case, tmp_path)
    faulty = tmp_path / span.file
    text = source_text(faulty)
    for mutated in mutations(text, span) if len(text) < 100_000 else ():
        faulty.write_text(mutated, encoding="utf-8", errors="surrogateescape")
        report = reports(tmp_path / case.name, Options(limits=limits(case)))
        assert CANARY[2:] not in report, mutated


@pytest.mark.parametrize("form", ["text", "json", "github"])
@pytest.mark.parametrize(
    "setting",
    [
        f"services.cache.env.WORD={SHAPED}",
        f"services.cache.env.API_TOKEN={CANARY}",
        f"services.cache.env.API_TOKEN=[{CANARY}",
        f"services.cache.env.API_TOKEN=!x {CANARY}",
        f"services.cache.env={{API_TOKEN: {CANARY}}}",
        f"services.cache.env={{API_TOKEN: {CANARY}, API_TOKEN: 1}}",
        f"services.cache.args=[--token, {CANARY}]",
        f"services.cache.persistence={SHAPED}",
        f"services.cache.{SHAPED}=1",
        f"services.cache.kind.{SHAPED}=1",
        f"cluster={SHAPED}",
        f"cluster=./{SHAPED}.yaml",
        f"services.cache.password={CANARY}",
        f"services.cache.password=[{CANARY}",
    ],
)
def test_no_report_of_a_setting_repeats_a_secret(
    setting: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["validate", str(QUICKSTART), "--set", setting, "--format", form]
    assert cli.main(words) == PROBLEMS
    assert CANARY[2:] not in "".join(capsys.readouterr())
