"""What the tests of every folder share.

Where nothing may be skipped (HPCGEN_LAB=required, as in CI), a skipped test fails the run.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.data import SnapshotCollections
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

GOLDEN = Path(__file__).parent.parent / "golden"


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if reporter is None:  # a worker of several: whoever gathers their reports has it
        return
    if os.environ.get("HPCGEN_LAB") == "required" and reporter.stats.get("skipped"):
        reporter.write_line("\nHPCGEN_LAB=required: no test may be skipped, see below", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


class Golden(SingleFileSnapshotExtension):
    """One text file per snapshot below golden/, at the path that the test gives as its name.

    Files that no test asks for are not looked for here, and so never deleted: tests name them.
    """

    _write_mode = WriteMode.TEXT
    file_extension = ""

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(GOLDEN)

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        return str(index)

    @classmethod
    def write_snapshot(cls, **what: Any) -> None:
        with warnings.catch_warnings():  # syrupy warns that the name does not hold the test's name
            warnings.simplefilter("ignore")
            super().write_snapshot(**what)

    def discover_snapshots(self, **_: Any) -> SnapshotCollections:
        return SnapshotCollections()


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare `text == golden(name=PATH)` with golden/PATH; --snapshot-update writes it."""
    return snapshot.use_extension(Golden)
