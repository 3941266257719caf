"""The same recipe gives the same bytes and modes anywhere, and one change touches little."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hpcgen.build import Options, compile_recipe
from hpcgen.model.kind import kinds

PROJECT = Path(__file__).parent.parent
QUICKSTART = PROJECT / "recipes" / "quickstart.yaml"
RECIPES = [
    *sorted((PROJECT / "recipes").glob("*.yaml")),
    *sorted(case for kind in kinds().values() for case in kind.folder.glob("cases/full.yaml")),
]
HERE = {"LC_ALL": "C", "TZ": "UTC", "USER": "alice", "PYTHONHASHSEED": "0", "COLUMNS": "80"}
THERE = {
    "LC_ALL": "C.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu", "USER": "bob",
    "LOGNAME": "bob", "PYTHONHASHSEED": "1", "COLUMNS": "40", "SOURCE_DATE_EPOCH": "1",
    "PYTHONUTF8": "1", "HOSTNAME": "elsewhere", "SCRATCH": "/scratch", "SLURM_JOB_ID": "7",
}  # fmt: skip


CACHE = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))


def built(place: Path, recipe: Path, environment: dict[str, str], umask: int) -> Path:
    """Build in a directory of its own, as somebody who has nothing but this environment."""
    home = place / "home"
    home.mkdir(parents=True)
    subprocess.run(
        [sys.executable, "-m", "hpcgen", "build", os.path.relpath(recipe, place), "-o", "out"],
        cwd=place,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CACHE_HOME": CACHE, **environment},
        umask=umask, check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return place / "out"


def listed(directory: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and directory below, with its mode and content."""
    return {
        str(path.relative_to(directory)): (
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in directory.rglob("*")
    }


@pytest.mark.parametrize(
    "recipe", RECIPES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}"
)
def test_the_same_recipe_gives_the_same_bytes_and_modes(recipe: Path, tmp_path: Path) -> None:
    here = listed(built(tmp_path / "a", recipe, HERE, 0o022))
    there = listed(built(tmp_path / "somewhere" / "else entirely", recipe, THERE, 0o077))
    assert any(path.endswith(".sbatch") for path in here)
    assert here == there
    everything = b"".join(content for _, content in here.values())
    for word in (str(tmp_path), str(PROJECT), os.uname().nodename, sys.version.split()[0]):
        pattern = rb"(?<!\w)" + re.escape(word.encode()) + rb"(?!\w)"  # a host may be called `vm`
        assert not re.search(pattern, everything)


def test_a_second_build_touches_no_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hpcgen", "build", str(QUICKSTART), "-o", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    before = stamps(tmp_path)
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert stamps(tmp_path) == before


def stamps(directory: Path) -> dict[Path, tuple[int, int]]:
    """Which file is at each path, and when it was written."""
    files = {path: path.stat() for path in directory.rglob("*") if path.is_file()}
    return {path: (status.st_ino, status.st_mtime_ns) for path, status in files.items()}


SERVICE, CLIENT = "jobs/cache.sbatch", "jobs/cache-bench.sbatch"
RUNBOOK, CONNECTION, IMAGES = "README.md", "connections/cache.env", "bin/pull-images.sh"
PREFLIGHT = "bin/preflight.sh"
CHANGES: dict[str, set[str]] = {
    "description=Another line": {RUNBOOK},
    "account=p200981": {SERVICE, CLIENT, PREFLIGHT},
    "clients.cache-bench.data_size=512": {CLIENT, RUNBOOK},
    "clients.cache-bench.tests=[get]": {CLIENT},
    "clients.cache-bench.duration=5m": {CLIENT},
    "clients.cache-bench.resources.time=00:20:00": {CLIENT, RUNBOOK},
    "clients.cache-bench.image=redis:7.4.2": {CLIENT, IMAGES, PREFLIGHT},
    "services.cache.maxmemory=2gb": {SERVICE},
    "services.cache.maxmemory_policy=allkeys-lru": {SERVICE},
    "services.cache.persistence=rdb": {SERVICE},
    "services.cache.persistence=none": {SERVICE, RUNBOOK},
    "services.cache.port=6400": {SERVICE, RUNBOOK},
    "services.cache.resources.time=02:00:00": {SERVICE, RUNBOOK},
    "services.cache.resources.mem=4G": {SERVICE, RUNBOOK},
    "services.cache.resources.partition=cpu": {SERVICE},
    "services.cache.readiness.timeout=10m": {SERVICE, CLIENT},
    # the client holds the digest of the connection file that it reads
    "services.cache.password.file=~/token": {SERVICE, CONNECTION, CLIENT, PREFLIGHT},
}  # fmt: skip


def contents(settings: dict[str, str]) -> dict[str, str]:
    tree = compile_recipe(QUICKSTART, Options(settings=settings)).tree
    return {file.path: file.content for file in tree}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_one_field_touches_what_depends_on_it(change: str) -> None:
    path, _, value = change.partition("=")
    before, after = contents({}), contents({path: value})
    assert {name for name in before | after if before.get(name) != after.get(name)} == CHANGES[
        change
    ]


def test_a_new_service_touches_no_other_job() -> None:
    before, after = contents({}), contents({"services.second": "{kind: redis}"})
    jobs = {name for name in before | after if before.get(name) != after.get(name)}
    assert jobs == {
        RUNBOOK, "jobs/second.sbatch", "connections/second.env",
        "bin/submit.sh", "bin/status.sh", "bin/logs.sh", "bin/cancel.sh", "bin/clean.sh", PREFLIGHT,
    }  # fmt: skip
