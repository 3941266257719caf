"""A skipped test is shown with its reason, and fails the run where nothing may be skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
SKIPS = "import pytest\n\n@pytest.mark.skip(reason='too early')\ndef test_one() -> None: ...\n"


@pytest.mark.parametrize(("lab", "status"), [("", 0), ("required", 1)])
def test_a_skip_fails_only_where_everything_is_required(
    tmp_path: Path, lab: str, status: int
) -> None:
    (tmp_path / "test_one.py").write_text(SKIPS)
    command = [sys.executable, "-m", "pytest", "-ra", "-p", "tests.conftest", str(tmp_path)]
    env = {**os.environ, "HPCGEN_LAB": lab, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == status, done.stdout
    assert "too early" in done.stdout
