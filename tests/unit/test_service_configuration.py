"""What a service writes when it runs: only what no recipe can know is filled in then."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hpcgen.model.kind import kinds

ROOT = Path(__file__).parents[2]
KNOWN_WHEN_RUNNING = {"HERE", "IP", "PORT", "PASSWORD", "API_KEY"}
WITH_FILES = {"prometheus"}
"""What the recipe says of these stands in files of the bundle."""
SCRIPTS = {
    name: kind.scripts["configure"] for name, kind in kinds().items() if "configure" in kind.scripts
}


@pytest.mark.parametrize("kind", SCRIPTS)
def test_what_a_recipe_knows_stands_in_the_committed_job(kind: str) -> None:
    jobs = (ROOT / "golden" / kind / "full-generic/jobs").glob("*.sbatch")
    texts = (path.read_text(encoding="utf-8") for path in jobs)
    text = next(text for text in texts if SCRIPTS[kind].partition("\n")[0] in text)
    values = text.partition("# ==== 3. containers")[2].partition("# ==== 4. execution")[0]
    assigned = set(re.findall(r"^ *([A-Z_]+)=", values, re.MULTILINE))
    used = set(re.findall(r"\$\{([A-Z_]+)", SCRIPTS[kind]))
    assert used - KNOWN_WHEN_RUNNING <= assigned
    assert used & assigned or kind in WITH_FILES, "it writes something of the recipe"


def test_there_is_something_to_look_at() -> None:
    assert {"redis", "chroma"} <= set(SCRIPTS)
