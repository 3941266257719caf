"""What is installed is all that hpcgen needs, and nothing of its tests."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
SOURCES = {
    "generator/hpcgen": "hpcgen",
    "schemas": "hpcgen/schemas",
    "templates": "hpcgen/templates",
}
BUILDER = "import setuptools, sys; sys.exit(int(setuptools.__version__.split('.')[0]) < 77)"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in the wheel, built from a copy of the sources: a build leaves files behind."""
    place = tmp_path_factory.mktemp("wheel")
    listed = ["git", "ls-files", "-zco", "--exclude-standard", "--", *SOURCES, "LICENSE"]
    names = subprocess.run(
        [*listed, "README.md", "pyproject.toml"], cwd=PROJECT, check=True, capture_output=True
    ).stdout
    for name in filter(None, names.decode().split("\0")):
        if (PROJECT / name).is_file():
            (place / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            (place / "source" / name).write_bytes((PROJECT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(place)]
    is_here = subprocess.run([sys.executable, "-c", BUILDER], check=False, capture_output=True)
    isolation = ["--no-build-isolation"] if is_here.returncode == 0 else []
    subprocess.run(
        [*command, *isolation, "."],
        cwd=place / "source", check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    (file,) = place.glob("hpcgen-*.whl")
    return set(zipfile.ZipFile(file).namelist())


def sources() -> set[str]:
    """Every file of the package, by the path that it is to be installed as."""
    return {
        f"{installed}/{path.relative_to(PROJECT / source)}"
        for source, installed in SOURCES.items()
        for path in (PROJECT / source).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_file_but_the_cases(wheel: set[str]) -> None:
    installed = {name for name in wheel if ".dist-info/" not in name}
    assert installed == {name for name in sources() if "/cases/" not in name}


@pytest.mark.parametrize(
    "name",
    [
        "hpcgen/py.typed",
        "hpcgen/clusters/generic.yaml",
        "hpcgen/schemas/recipe.schema.json",
        "hpcgen/services/redis/__init__.py",
        "hpcgen/services/redis/schema.json",
        "hpcgen/services/redis/probe.sh",
        "hpcgen/templates/service.sbatch.j2",
        "hpcgen/templates/lib/publish-replica.sh",
        "hpcgen/patterns/sweep.py",
        "hpcgen/templates/bin/submit.sh",
    ],
)
def test_what_a_build_reads_is_there(name: str, wheel: set[str]) -> None:
    assert name in wheel


def test_the_cases_are_there_to_be_left_out() -> None:
    assert [name for name in sources() if "/cases/" in name]


def test_the_license_and_the_program_are_in_it(wheel: set[str]) -> None:
    names = {name.partition(".dist-info/")[2] for name in wheel}
    assert {"licenses/LICENSE", "entry_points.txt"} <= names


def test_it_is_quick_to_start() -> None:
    """`--help` imports no library: a shell's completion and a person wait for it."""
    script = "import sys, hpcgen.cli; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    heavy = {"jinja2", "jsonschema", "ruamel", "yaml", "cookiecutter", "subprocess"}
    assert heavy & set(done.stdout.split()) == set()
