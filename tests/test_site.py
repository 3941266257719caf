"""docs/ can be built as a site, with every page in its navigation and no broken link."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def built(directory: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(site)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False
    )


def test_the_site_is_built_without_warnings(tmp_path: Path) -> None:
    done = built(PROJECT, tmp_path / "site")
    assert done.returncode == 0, done.stderr
    for page in (PROJECT / "docs").rglob("*.md"):
        path = page.relative_to(PROJECT / "docs")
        folder = path.parent if page.name == "README.md" else path.with_suffix("")
        assert (tmp_path / "site" / folder / "index.html").is_file(), path


def test_a_broken_link_fails(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/README.md").write_text("# A page\n\n[a link](nowhere.md)\n")
    settings = (PROJECT / "mkdocs.yml").read_text().partition("nav:\n")[0]
    (tmp_path / "mkdocs.yml").write_text(settings)
    done = built(tmp_path, tmp_path / "site")
    assert done.returncode != 0
    assert "nowhere.md" in done.stderr
