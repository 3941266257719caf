"""What a bundle tells whoever runs it: the submit order, and the way in from outside."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

OUTPUT = Path(__file__).parents[2] / "output"
BUNDLES = sorted(OUTPUT.iterdir())


def test_a_client_depends_on_the_job_of_its_service() -> None:
    dry = subprocess.run(
        [OUTPUT / "quickstart/bin/submit.sh", "--dry-run"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    cache, bench = [line for line in dry.stderr.splitlines() if line.startswith("sbatch ")]
    assert "--dependency" not in cache
    assert "--dependency=after:JOB_ID_OF_cache " in bench


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.name)
def test_the_runbook_says_where_the_tunnels_line_is(bundle: Path) -> None:
    text = (bundle / "README.md").read_text(encoding="utf-8")
    (job,) = re.findall(r"`bin/logs.sh (\S+) \| grep 'SSH TUNNEL'`", text)
    script = (bundle / f"jobs/{job}.sbatch").read_text(encoding="utf-8")
    assert '"SSH TUNNEL: ${TUNNEL} -NL ${PORT}:${IP}:${PORT}"' in script


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.name)
def test_the_runbook_explains_every_status_that_a_job_gives(bundle: Path) -> None:
    text = (bundle / "README.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| (\d+) \|", text, re.MULTILINE))
    scripts = "".join(path.read_text(encoding="utf-8") for path in bundle.glob("jobs/*.sbatch"))
    statuses = set(re.findall(r"\bdie (\d+)\b", scripts))
    assert statuses == {"69", "71", "73", "75", "78"}
    assert statuses | {"0", "143"} == explained
