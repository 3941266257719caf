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
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

GOLDEN = Path(__file__).parent.parent / "golden"


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if os.environ.get("HPCGEN_LAB") == "required" and reporter.stats.get("skipped"):
        reporter.write_line("\nHPCGEN_LAB=required: no test may be skipped, see below", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


class DiagnosticsExtension(SingleFileSnapshotExtension):
    """One text file per snapshot in golden/diagnostics, named as the test names the snapshot."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(GOLDEN / "diagnostics")

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        return str(index)

    @classmethod
    def write_snapshot(cls, **what: Any) -> None:
        with warnings.catch_warnings():  # syrupy warns that the name does not hold the test's name
            warnings.simplefilter("ignore")
            super().write_snapshot(**what)


@pytest.fixture
def diagnostics(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare `text == diagnostics(name=CASE)` with golden/diagnostics/CASE.txt."""
    return snapshot.use_extension(DiagnosticsExtension)
