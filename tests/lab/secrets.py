"""Where a secret is looked for: command lines, files, logs, and what Slurm keeps."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.lab.bundles import Bundle

ODD = "p@ss/w:rd#1%"


@contextmanager
def command_lines() -> Iterator[set[str]]:
    """Every command line that any process of this machine shows meanwhile, the lab's nodes' too."""
    seen: set[str] = set()
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.005):
            for process in filter(str.isdecimal, os.listdir("/proc")):  # noqa: PTH208
                with suppress(OSError):  # it has just ended
                    line = Path("/proc", process, "cmdline").read_bytes()
                    seen.add(line.replace(b"\0", b" ").decode(errors="replace"))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        stop.set()
        watcher.join()


def holding(text: str, files: Iterable[Path]) -> list[str]:
    """The names of the files that hold `text`."""
    data = text.encode()
    return [str(file) for file in files if file.is_file() and data in file.read_bytes()]


def is_nowhere_else(bundle: Bundle, secret: str, jobs: Mapping[str, int]) -> None:
    """Neither bundle, logs nor Slurm have the secret: no record, no environment of a submission."""
    lab = bundle.lab
    assert not holding(secret, lab.path(bundle.place).rglob("*"))
    for job in jobs.values():
        shown = lab.run(["scontrol", "show", "job", "-dd", str(job)], user="root").stdout
        assert f"JobId={job} " in shown
        assert secret not in shown + lab.job(job).log.read_text()
    stored = [path for path in lab.path("/var/spool/slurmctld").rglob("*") if path.is_file()]
    assert [path for path in stored if path.name == "environment"]
    assert not holding(secret, stored)
