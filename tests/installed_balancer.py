"""A second balancer, installed beside hpcgen as a user's own is: a package and an entry point."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hpcgen.balancers import GROUP, balancers

FOLDER = Path(__file__).parent / "tiny_balancer"


def install_tiny(site: Path) -> None:
    """What pip leaves of it in a directory of packages."""
    shutil.copytree(FOLDER, site / "tiny_balancer", ignore=shutil.ignore_patterns("__pycache__"))
    about = site / "tiny_balancer-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-balancer\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{GROUP}]\ntiny = tiny_balancer\n")


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It is installed while the test runs."""
    site = tmp_path / "site-packages"
    site.mkdir()
    install_tiny(site)
    monkeypatch.syspath_prepend(str(site))
    balancers.cache_clear()
    yield
    balancers.cache_clear()
