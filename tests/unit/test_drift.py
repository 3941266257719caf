"""Drift: every kind of difference, named, and nothing written."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hpcgen.bundle.manifest import MANIFEST, Manifest, of
from hpcgen.bundle.tree import SCRIPT, File, Tree
from hpcgen.diagnostics import RecipeError
from hpcgen.write import write
from hpcgen.write.disk import staging
from hpcgen.write.drift import Drift, drift

TREE = Tree([File("README.md", "a\n"), File("jobs/a.sbatch", "a\n", SCRIPT), File("x/y/z", "a\n")])
LATER = Tree([File("README.md", "b\n"), File("jobs/a.sbatch", "a\n", SCRIPT), File("new", "b\n")])


def manifest(tree: Tree, version: str = "1.0") -> Manifest:
    return of(tree, name="demo", recipe_sha256="0" * 64, version=version, settings={})


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    write(TREE, manifest(TREE), tmp_path / "demo")
    return tmp_path / "demo"


def seen(tree: Tree, directory: Path) -> list[tuple[str, str]]:
    before = everything(directory.parent)
    drifts = drift(tree, manifest(tree), directory)
    assert everything(directory.parent) == before
    return [(difference.path, difference.kind) for difference in drifts]


def everything(directory: Path) -> list[tuple[str, int, int, int]]:
    paths = sorted(directory.rglob("*"))
    stats = [(path, path.lstat()) for path in paths]
    return [(str(path), s.st_mode, s.st_mtime_ns, s.st_ino) for path, s in stats]


def test_none(bundle: Path) -> None:
    assert seen(TREE, bundle) == []


def test_a_bundle_that_was_never_built(tmp_path: Path) -> None:
    expected = [(path, "missing") for path in ("README.md", "jobs/a.sbatch", MANIFEST, "x/y/z")]
    assert seen(TREE, tmp_path / "demo") == expected
    (tmp_path / "demo").mkdir()
    assert seen(TREE, tmp_path / "demo") == expected


def test_another_recipe(bundle: Path) -> None:
    assert seen(LATER, bundle) == [
        ("README.md", "stale"),
        (MANIFEST, "stale"),
        ("new", "missing"),
        ("x/y/z", "stale"),
    ]


def test_another_version_makes_the_manifest_stale_alone(bundle: Path) -> None:
    assert drift(TREE, manifest(TREE, "1.1"), bundle) == (Drift(MANIFEST, "stale"),)


def replace_by_link(path: Path) -> None:
    path.rename(path.parent / "real")
    path.symlink_to("real")


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def replace_by_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


EDITS: dict[str, Callable[[Path], object]] = {
    "content": lambda path: path.write_text("edited\n"),
    "emptied": lambda path: path.write_text(""),
    "not UTF-8": lambda path: path.write_bytes(b"\xff"),
    "carriage returns": lambda path: path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n")),
    "link": replace_by_link,
    "pipe": replace_by_pipe,
    "directory": replace_by_directory,
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("name", ["README.md", "x/y/z", MANIFEST])
def test_an_edit(bundle: Path, name: str, edit: Callable[[Path], object]) -> None:
    edit(bundle / name)
    expected = [(name, "missing" if edit is replace_by_directory else "edited")]
    if edit is replace_by_link:
        expected.append((str(Path(name).parent / "real"), "extra"))
    assert seen(TREE, bundle) == sorted(expected)


def test_the_execute_bit_is_the_mode_that_counts(bundle: Path) -> None:
    (bundle / "jobs/a.sbatch").chmod(0o644)
    (bundle / "README.md").chmod(0o600)
    assert seen(TREE, bundle) == [("jobs/a.sbatch", "edited")]


def test_missing_and_extra(bundle: Path) -> None:
    (bundle / "README.md").unlink()
    (bundle / "jobs/.swp").write_text("")
    (bundle / "own/deep").mkdir(parents=True)
    (bundle / "own/deep/file").write_text("")
    (bundle / "own/empty").mkdir()
    (bundle / "link").symlink_to("/nowhere")
    os.mkfifo(bundle / "pipe")
    assert seen(TREE, bundle) == [
        ("README.md", "missing"),
        ("jobs/.swp", "extra"),
        ("link", "extra"),
        ("own/deep/file", "extra"),
        ("pipe", "extra"),
    ]


def test_names_that_are_no_text_are_written_out(bundle: Path) -> None:
    (bundle / os.fsdecode(b"a\xff\n\x1b")).write_text("")
    assert seen(TREE, bundle) == [("a<0xFF><U+000A><U+001B>", "extra")]


def test_a_stale_file_that_was_edited(bundle: Path) -> None:
    (bundle / "x/y/z").write_text("edited\n")
    assert ("x/y/z", "edited") in seen(LATER, bundle)


def test_a_stale_file_that_is_gone_is_no_drift_of_its_own(bundle: Path) -> None:
    (bundle / "x/y/z").unlink()
    assert "x/y/z" not in dict(seen(LATER, bundle))


def test_without_a_manifest(bundle: Path) -> None:
    (bundle / MANIFEST).unlink()
    assert seen(TREE, bundle) == [(MANIFEST, "missing")]
    assert seen(LATER, bundle) == [
        ("README.md", "edited"),
        (MANIFEST, "missing"),
        ("new", "missing"),
        ("x/y/z", "extra"),
    ]


def test_a_symlinked_directory_is_not_looked_into(bundle: Path, tmp_path: Path) -> None:
    (bundle / "x").rename(tmp_path / "elsewhere")
    (bundle / "x").symlink_to(tmp_path / "elsewhere")
    assert seen(TREE, bundle) == [("x", "extra"), ("x/y/z", "missing")]


def test_a_bundle_that_is_a_link(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(bundle)
    with pytest.raises(RecipeError, match="HG705"):
        drift(TREE, manifest(TREE), tmp_path / "alias")


def test_an_interrupted_build(bundle: Path) -> None:
    staging.fill(bundle, list(LATER), manifest(LATER))
    (staging.place(bundle) / "0").replace(bundle / "README.md")
    assert seen(TREE, bundle) == [(".", "interrupted"), ("README.md", "stale")]
    assert seen(LATER, bundle) == [
        (".", "interrupted"),
        (MANIFEST, "stale"),
        ("new", "missing"),
        ("x/y/z", "stale"),
    ]


def test_a_build_that_was_killed_before_it_moved_anything_is_no_drift(bundle: Path) -> None:
    staging.fill(bundle, list(LATER), manifest(LATER))
    assert seen(TREE, bundle) == []


def test_a_claim_that_was_never_finished_counts_for_nothing(bundle: Path) -> None:
    staging.place(bundle).mkdir()
    (staging.place(bundle) / "x.claim").write_text(manifest(LATER).to_text()[:-9])
    (bundle / "README.md").write_text("b\n")
    assert seen(TREE, bundle) == [("README.md", "edited")]
