"""Texts for users are plain English: none has the constructions that docs/writing.md replaced."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
TEXTS = [
    PROJECT / "README.md",
    *sorted((PROJECT / "docs").glob("guide/*.md")),
    *(
        PROJECT / f"docs/{name}.md"
        for name in ("README", "run-time", "troubleshooting", "tutorial")
    ),
]
REJECTED = {
    r"\bthat there (?:is|are) (?:not|no)\b": "unknown, missing",
    r"\b(?:is|are) (?:said|told|asked)\b(?! to end)": "set, exported, requested, reported",
    r"\bone of (?:its|their) own\b": "a separate ...",
    r"\bwhat there (?:is|are)\b": "the ...",
    r"\b[Nn]obody (?:types|knows|needs)\b": "name who does what",
    r"\bone of its\b": "a ...",
    r"\bgoes? before\b": "overrides",
    r"\banother one tomorrow\b": "can change",
    r"\bis passed over\b": "is skipped",
    r"\bhad? it (?:be )?done\b": "who does what",
    r"\bno [a-z]+ is left out in silence\b": "nothing is ignored",
    r"\bnothing here can\b": "is not supported",
    r"\bthat is to be\b": "that must be",
    r"\b[Tt]hose of them that\b": "which ones",
    r"\bby one name\b": "with the same name",
    r"\bas it stands\b": "unchanged",
    r"\bso (?:is|does|are) what\b": "name the thing",
}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_a_text_is_plain_english(path: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    text = re.sub(r"\s+", " ", text)
    places = [
        f"{match.group()!r}: {plain}"
        for pattern, plain in REJECTED.items()
        for match in re.finditer(pattern, text)
    ]
    assert places == []


def test_every_construction_is_found() -> None:
    """Each pattern matches a sentence that it is meant for."""
    sentences = """
        an exporter that there is not. What it is told of. one of its own. what there is.
        Nobody types a target. one of its rows. It goes before the recipe. another one tomorrow.
        A port is passed over. They had it done. no word is left out in silence. nothing here can.
        a file that is to be read. Those of them that run. two jobs by one name. taken as it stands.
        so is what follows.
    """
    assert all(re.search(pattern, sentences) for pattern in REJECTED)
