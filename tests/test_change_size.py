"""A change of what scripts share can be read: it changes few of the files that are committed."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parent.parent
COMMITTED = ("golden", "output")
TEMPLATES = PROJECT / "templates"
SHARED = [
    path
    for folder in (TEMPLATES / "lib", TEMPLATES / "fragments")
    for path in sorted(folder.iterdir())
]
MOST = 90
"""Files that a changed line of any of them may change: as many as output/ has scripts, all of
which begin alike, and manifests."""

DIGEST = re.compile(rb"\b[0-9a-f]{64}\b")


def lines_of(path: Path) -> set[str]:
    """The lines of a template that hold no tag and are long enough to be told from others."""
    lines = {line.strip() for line in path.read_text(encoding="utf-8").splitlines()}
    return {line for line in lines if len(line) >= 12 and not re.search(r"\{[%{#]", line)}


def where_committed() -> dict[str, set[Path]]:
    """The committed files that hold a line, by the line."""
    holders: dict[str, set[Path]] = defaultdict(set)
    for path in (path for root in COMMITTED for path in (PROJECT / root).rglob("*")):
        if path.is_file():
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                holders[line.strip()].add(path)
    return holders


@cache
def readers() -> dict[tuple[str, str], set[Path]]:
    """The files of a bundle that hold the digest of another, by the bundle and that digest."""
    reading: dict[tuple[str, str], set[Path]] = defaultdict(set)
    for path in (path for path in (PROJECT / "output").rglob("*") if path.is_file()):
        for digest in DIGEST.findall(path.read_bytes()):
            reading[bundle_of(path), digest.decode()].add(path)
    return reading


def bundle_of(path: Path) -> str:
    """The name of the bundle that a file is in."""
    return path.relative_to(PROJECT).parts[1]


def changed_with(paths: Iterable[Path]) -> set[Path]:
    """These files and those that hold a digest of theirs, and so on."""
    changed, waiting = set(paths), list(paths)
    while waiting:
        path = waiting.pop()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        more = readers()[bundle_of(path), digest] - changed
        changed |= more
        waiting += more
    return changed


def where_written() -> dict[str, set[Path]]:
    """Where in templates and kinds each line is written."""
    kinds = (PROJECT / "generator/hpcgen").rglob("*.sh")
    written: dict[str, set[Path]] = defaultdict(set)
    for path in (*TEMPLATES.rglob("*.sh"), *TEMPLATES.rglob("*.j2"), *kinds):
        for line in lines_of(path):
            written[line].add(path)
    return written


def test_a_changed_line_changes_few_files() -> None:
    written, holders = where_written(), where_committed()
    assert len(written) > 1000
    changes = {
        f"{path.relative_to(TEMPLATES)}: {line}": len(changed_with(holders[line]))
        for path in SHARED
        for line in lines_of(path)
        if written[line] == {path}
    }
    assert {line: count for line, count in changes.items() if count > MOST} == {}
