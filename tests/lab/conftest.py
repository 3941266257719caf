"""The lab for the tests below: one cluster for the whole session, and no job left by any test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.client_group import service  # noqa: F401 - a fixture of several files
from tests.lab.cluster import Lab

HERE = Path(__file__).parent
REQUIRED = os.environ.get("HPCGEN_LAB") == "required"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")[2:]  # a number where several run side by side


SLOWEST = ("test_slurm_unavailable.py", "test_job_mishaps.py", "test_service_survives.py")
"""Files that take minutes each: they come first, or one worker would run the last of them alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test below; where the lab cannot run, skip them, in one line a file."""
    items.sort(key=lambda item: item.path.name not in SLOWEST)
    ours = [item for item in items if HERE in item.path.parents]
    lacks = Lab().lacks() if ours and not REQUIRED else ""
    for item in ours:
        item.add_marker(pytest.mark.lab)
        if lacks:
            item.add_marker(pytest.mark.skip(reason=f"the lab cannot run here: {lacks}"))


def make_lab() -> Lab:
    """The cluster of this run; where pytest has several workers, each has a name and a network."""
    return Lab(f"hpcgen{WORKER}", f"10.78.{WORKER}") if WORKER else Lab()


@pytest.fixture(scope="session")
def lab(pytestconfig: pytest.Config) -> Iterator[Lab]:
    """A clean cluster of five nodes; HPCGEN_LAB_KEEP=1 leaves it up for a look around."""
    lab = make_lab()
    if lacks := lab.lacks():
        pytest.fail(f"the lab cannot run here: {lacks}")
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled():  # building takes minutes: show its progress
            lab.up(nodes=5)
        yield lab
    finally:
        if os.environ.get("HPCGEN_LAB_KEEP") == "1":
            lab.release()
        else:
            lab.down()


@pytest.fixture(scope="module")
def accounts(pytestconfig: pytest.Config) -> Iterator[Lab]:
    """A second cluster, of three nodes, that keeps accounts; it goes with the file that asks."""
    first = make_lab()
    lab = Lab(f"{first.name[:7]}a", f"10.1{first.subnet.removeprefix('10.')}", accounting=True)
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled():
            lab.up(nodes=3)
        yield lab
    finally:
        lab.down()


@pytest.fixture(scope="module")
def fragile(pytestconfig: pytest.Config) -> Iterator[Lab]:
    """A second cluster, of three nodes, whose slurmctld a test may stop; it goes with the file."""
    first = make_lab()
    _, second, third = first.subnet.split(".")
    lab = Lab(f"{first.name[:7]}c", f"10.{int(second) + 1}.{third}")
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled():
            lab.up(nodes=3)
        yield lab
    finally:
        lab.down()


@pytest.fixture(autouse=True)
def _no_job_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nor what a killed job has left on its node, where the next test looks for what it left.

    What is `monitored` is up for all tests of its file.
    """
    yield
    if "lab" in request.fixturenames and "monitored" not in request.fixturenames:
        lab: Lab = request.getfixturevalue("lab")
        lab.clear()
        for left in (
            path for node in lab.nodes for path in lab.path("/tmp", node).glob("hpcgen.*")
        ):
            shutil.rmtree(left, ignore_errors=True)
