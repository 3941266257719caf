"""The write stage on a real disk: what it promises, and what it survives."""

import errno
import os
import pickle
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hpcgen.bundle.manifest import MANIFEST, Manifest, of
from hpcgen.bundle.tree import SCRIPT, File, Tree
from hpcgen.diagnostics import RecipeError
from hpcgen.write import write
from hpcgen.write.disk import staging
from hpcgen.write.drift import drift

OLD = Tree(
    [
        File("README.md", "old\n"),
        File("bin/submit.sh", "#!/bin/bash\n# same\n", SCRIPT),
        File("gone/deep/a.txt", "old\n"),
        File("gone/deep/b.txt", "old\n"),
        File("jobs/a.sbatch", "old\n", SCRIPT),
        File("was-directory/x", "old\n"),
        File("was-file", "old\n"),
    ]
)
NEW = Tree(
    [
        File("README.md", "new\n"),
        File("bin/submit.sh", "#!/bin/bash\n# same\n", SCRIPT),
        File("jobs/a.sbatch", "new\n", SCRIPT),
        File("jobs/b.sbatch", "new\n", SCRIPT),
        File("services/a/init.sql", "new\n"),
        File("was-directory", "new\n"),
        File("was-file/x", "new\n"),
    ]
)
PLAIN = Tree(file for file in NEW if not file.path.startswith("was-"))
OTHER = Tree([File("README.md", "other\n"), File("services/b", "other\n")])


def manifest(tree: Tree) -> Manifest:
    return of(tree, name="demo", recipe_sha256="0" * 64, version="1.0", settings={})


def build(tree: Tree, directory: Path, *, force: bool = False) -> None:
    write(tree, manifest(tree), directory, force=force)


def refusal(tree: Tree, directory: Path, *, force: bool = False) -> dict[str, str]:
    """Messages by code of a build that must fail, and must leave the bundle as it was."""
    before = snapshot(directory)
    with pytest.raises(RecipeError) as caught:
        build(tree, directory, force=force)
    assert snapshot(directory) == before
    assert sorted(path.name for path in directory.parent.glob(".demo.*")) == []
    return {diagnostic.code: diagnostic.message for diagnostic in caught.value.diagnostics}


def snapshot(directory: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        str(path.relative_to(directory)): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns if not path.is_dir() else 0,
            path.read_bytes() if stat.S_ISREG(path.lstat().st_mode) else b"",
        )
        for path in directory.rglob("*")
    }


def assert_in_step(tree: Tree, directory: Path) -> None:
    assert drift(tree, manifest(tree), directory) == ()
    for file in tree:
        assert (directory / file.path).read_text() == file.content
        assert stat.S_IMODE((directory / file.path).lstat().st_mode) == file.mode
    assert (directory / MANIFEST).read_text() == manifest(tree).to_text()
    assert list(directory.parent.glob(".demo.*")) == []


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A built OLD bundle."""
    build(OLD, tmp_path / "output/demo")
    return tmp_path / "output/demo"


def test_a_first_build_and_the_next(bundle: Path) -> None:
    assert_in_step(OLD, bundle)
    build(NEW, bundle)
    assert_in_step(NEW, bundle)
    assert {path.name for path in bundle.iterdir()} == {
        *("README.md", "bin", "jobs", "services", "was-directory", "was-file", MANIFEST)
    }


def test_the_directory_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    build(OLD, Path("output/demo"))
    build(NEW, Path("output/../output/demo"))
    assert_in_step(NEW, tmp_path / "output/demo")


def test_what_is_right_already_is_not_touched(bundle: Path) -> None:
    before = snapshot(bundle)
    build(OLD, bundle)
    assert snapshot(bundle) == before
    same = (bundle / "bin/submit.sh").stat()
    build(NEW, bundle)
    after = (bundle / "bin/submit.sh").stat()
    assert (after.st_ino, after.st_mtime_ns) == (same.st_ino, same.st_mtime_ns)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o027, 0o077, 0o777])
def test_modes_do_not_depend_on_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        build(NEW, tmp_path / "output/demo")
    finally:
        os.umask(before)
    assert_in_step(NEW, tmp_path / "output/demo")
    directories = [path for path in (tmp_path / "output").rglob("*") if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in directories} == {0o755}


@pytest.mark.parametrize("mask", [0o027, 0o077, 0o007])
def test_a_checkout_under_another_umask_is_no_edit(bundle: Path, mask: int) -> None:
    for path in bundle.rglob("*"):
        path.chmod(0o777 & ~mask if path.is_dir() or path.stat().st_mode & 0o100 else 0o666 & ~mask)
    assert drift(OLD, manifest(OLD), bundle) == ()
    build(OLD, bundle)
    assert_in_step(OLD, bundle)


def test_a_hard_link_elsewhere_keeps_its_content(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").hardlink_to(bundle / "README.md")
    build(NEW, bundle)
    assert (tmp_path / "copy").read_text() == "old\n"


def test_foreign_files_are_left_alone(bundle: Path) -> None:
    foreign = ["notes.txt", "gone/deep/mine.txt", "jobs/.hidden", "own/empty"]
    for path in foreign[:3]:
        (bundle / path).write_text("mine\n")
    (bundle / foreign[3]).mkdir(parents=True)
    (bundle / "link").symlink_to("/nowhere")
    build(NEW, bundle)
    assert all((bundle / path).exists() for path in foreign)
    assert (bundle / "link").is_symlink()
    assert not (bundle / "gone/deep/a.txt").exists()


def edit(bundle: Path) -> None:
    (bundle / "README.md").write_text("edited\n")


def edit_stale(bundle: Path) -> None:
    (bundle / "gone/deep/a.txt").write_text("edited\n")


def unexecute(bundle: Path) -> None:
    (bundle / "bin/submit.sh").chmod(0o644)


def foreign(bundle: Path) -> None:
    (bundle / "jobs/b.sbatch").write_text("mine\n")


def no_manifest(bundle: Path) -> None:
    (bundle / MANIFEST).unlink()


def bad_manifest(bundle: Path) -> None:
    (bundle / MANIFEST).write_text("<<<<<<< HEAD\n")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (edit, "HG701"),
        (edit_stale, "HG701"),
        (unexecute, "HG701"),
        (foreign, "HG702"),
        (no_manifest, "HG702"),
        (bad_manifest, "HG706"),
    ],
)
def test_what_would_be_lost_needs_force(
    bundle: Path, spoil: Callable[[Path], None], code: str
) -> None:
    spoil(bundle)
    assert set(refusal(PLAIN, bundle)) == {code}
    build(PLAIN, bundle, force=True)
    if spoil in (bad_manifest, no_manifest):  # then nobody knows what is stale
        assert {difference.kind for difference in drift(PLAIN, manifest(PLAIN), bundle)} == {
            "extra"
        }
    else:
        assert_in_step(PLAIN, bundle)


def test_all_problems_come_at_once(bundle: Path) -> None:
    edit(bundle)
    foreign(bundle)
    (bundle / "services").symlink_to("/etc")
    assert set(refusal(NEW, bundle)) == {"HG701", "HG702", "HG705"}


def test_an_edit_that_is_what_the_build_makes_is_no_problem(bundle: Path) -> None:
    (bundle / "README.md").write_text("new\n")
    (bundle / "jobs/b.sbatch").write_text("new\n")
    (bundle / "jobs/b.sbatch").chmod(0o775)
    build(NEW, bundle)
    assert_in_step(NEW, bundle)


def test_a_missing_file_comes_back(bundle: Path) -> None:
    (bundle / "jobs/a.sbatch").unlink()
    (bundle / "jobs").rmdir()
    build(OLD, bundle)
    assert_in_step(OLD, bundle)


def test_a_manifest_cannot_reach_outside(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("old\n")
    text = (bundle / MANIFEST).read_text()
    (bundle / MANIFEST).write_text(text.replace("gone/deep/a.txt", "../../victim"))
    assert set(refusal(NEW, bundle)) == {"HG706"}
    build(PLAIN, bundle, force=True)
    assert (tmp_path / "victim").exists()


def link(path: Path) -> None:
    path.symlink_to(path.parents[2] / "elsewhere")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def listener(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as opened:
        here = Path.cwd()
        os.chdir(path.parent)  # the path of a socket is short
        try:
            opened.bind(path.name)
        finally:
            os.chdir(here)


def device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


def directory(path: Path) -> None:
    path.mkdir()
    (path / "mine").write_text("mine\n")


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("make", [link, pipe, listener, device, directory])
@pytest.mark.parametrize("name", ["README.md", MANIFEST])
def test_what_is_no_file_is_never_opened(
    bundle: Path, make: Callable[[Path], None], name: str, force: bool
) -> None:
    outside = bundle.parents[1] / "elsewhere"
    outside.write_text("precious\n")
    (bundle / name).unlink()
    make(bundle / name)
    if not (force and make is link):
        assert "HG705" in refusal(NEW, bundle, force=force)
        return
    build(PLAIN, bundle, force=True)
    assert (bundle / name).is_file()
    assert not (bundle / name).is_symlink()
    assert outside.read_text() == "precious\n"


def test_an_empty_directory_is_no_obstacle(bundle: Path) -> None:
    (bundle / "jobs/b.sbatch/a/b").mkdir(parents=True)
    (bundle / "jobs/empty").mkdir()
    build(NEW, bundle)
    assert_in_step(NEW, bundle)
    assert (bundle / "jobs/empty").is_dir()


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("name", ["jobs", "services", "services/a"])
def test_a_symlinked_directory_is_never_followed(bundle: Path, name: str, force: bool) -> None:
    outside = bundle.parents[1] / "elsewhere"
    outside.mkdir()
    if name == "jobs":
        (bundle / "jobs").rename(outside / "jobs")
    (bundle / name).parent.mkdir(exist_ok=True)
    (bundle / name).symlink_to(outside / "jobs" if name == "jobs" else outside)
    before = snapshot(outside)
    assert "HG705" in refusal(NEW, bundle, force=force)
    assert snapshot(outside) == before


def test_a_directory_that_becomes_a_link_while_building_is_not_followed(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = bundle.parents[1] / "elsewhere"
    outside.mkdir()
    fill = staging.fill

    def race(*arguments: object) -> None:
        fill(*arguments)  # type: ignore[arg-type]
        (bundle / "jobs").rename(bundle / "moved")
        (bundle / "jobs").symlink_to(outside)

    monkeypatch.setattr(staging, "fill", race)
    with pytest.raises(RecipeError, match="HG704"):
        build(NEW, bundle)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("make", [link, pipe, listener])
def test_the_bundle_itself_is_a_directory(tmp_path: Path, make: Callable[[Path], None]) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "a/output").mkdir(parents=True)
    make(tmp_path / "a/output/demo")
    with pytest.raises(RecipeError, match="HG705"):
        build(NEW, tmp_path / "a/output/demo", force=True)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_staging_directory_is_not_followed_either(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    staging.place(bundle).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RecipeError, match="HG705"):
        build(NEW, bundle)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert drift(OLD, manifest(OLD), bundle) == ()


def test_places_that_are_no_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repo/.git").mkdir(parents=True)
    (tmp_path / "worktree").mkdir()
    (tmp_path / "worktree/.git").write_text("gitdir: elsewhere\n")
    (tmp_path / "home").mkdir()
    (tmp_path / "alias").symlink_to("home")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ["/", "/proc", "repo", "worktree", "home", "alias", "home/../home"]:
        with pytest.raises(RecipeError, match="HG707"):
            build(NEW, tmp_path / name, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("alias", "home", "repo", "worktree")
    ]


# Locks


def test_a_second_build_is_told_of_the_first(bundle: Path) -> None:
    lock = bundle.parent / ".demo.lock"
    lock.symlink_to(f"{os.getppid()}@{os.uname().nodename}")
    with pytest.raises(RecipeError, match=f"process {os.getppid()} on "):
        build(NEW, bundle, force=True)
    assert drift(OLD, manifest(OLD), bundle) == ()
    assert lock.is_symlink()


@pytest.mark.parametrize("holder", ["1@another-host", "nobody", "0@{host}", "99999999999@{host}"])
def test_a_lock_nobody_can_judge_stays(bundle: Path, holder: str) -> None:
    lock = bundle.parent / ".demo.lock"
    lock.symlink_to(holder.format(host=os.uname().nodename))
    with pytest.raises(RecipeError) as caught:
        build(NEW, bundle)
    assert str(lock) in caught.value.diagnostics[0].hint
    lock.unlink()
    lock.write_text("")
    with pytest.raises(RecipeError, match="HG703"):
        build(NEW, bundle)


def test_the_lock_of_a_dead_process_is_taken_over(bundle: Path) -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    (bundle / "../.demo.lock").symlink_to(f"{child.pid}@{os.uname().nodename}")
    build(NEW, bundle)
    assert_in_step(NEW, bundle)


RACERS = 8
RACER = """
import os, pathlib, sys, time
from hpcgen.diagnostics import RecipeError
from hpcgen.write.disk.lock import bundle_lock
directory, meeting, racers = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
def meet(place, number):
    end = time.monotonic() + 60
    while len(list(meeting.glob(place + ".*"))) < number and time.monotonic() < end:
        pass
(meeting / f"ready.{os.getpid()}").touch()
meet("ready", racers)
try:
    with bundle_lock(directory):
        (directory / "inside").mkdir()  # fails if another is inside
        meet("refused", racers - 1)
        (directory / "inside").rmdir()
        print("built")
except RecipeError as error:
    print(error.diagnostics[0].code)
    (meeting / f"refused.{os.getpid()}").touch()
"""
"""Begins once all have started, and holds the lock until all others have been refused."""


def child(code: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_of_many_that_find_a_dead_lock_one_builds(bundle: Path, tmp_path: Path) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    (bundle / "../.demo.lock").symlink_to(f"{dead.pid}@{os.uname().nodename}")
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    racers = [child(RACER, bundle, meeting, RACERS) for _ in range(RACERS)]
    results = sorted(racer.communicate()[0].strip() for racer in racers)
    assert [racer.returncode for racer in racers] == [0] * RACERS
    assert results == ["HG703"] * (RACERS - 1) + ["built"]


# Failures


Call = Callable[..., object]


@contextmanager
def failing(function: str, count: int, error: BaseException) -> Iterator[list[int]]:
    """Let `os.<function>` succeed `count` times and raise from then on."""
    calls = [0]
    real: Call = getattr(os, function)

    def wrapper(*arguments: object, **options: object) -> object:
        calls[0] += 1
        if calls[0] > count:
            raise error
        return real(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, function, wrapper)
        yield calls


INTERRUPTION = KeyboardInterrupt("as kill -9, but that the lock is released")
NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("error", [INTERRUPTION, NO_SPACE], ids=["killed", "no-space"])
@pytest.mark.parametrize("function", ["replace", "unlink", "mkdir", "rmdir", "open", "fchmod"])
def test_after_a_failure_at_any_call_the_next_build_completes(
    tmp_path: Path, function: str, error: BaseException, first: bool
) -> None:
    for count in range(200):
        directory = tmp_path / str(count) / "demo"
        if not first:
            build(OLD, directory)
        try:
            with failing(function, count, error):
                build(NEW, directory)
        except (KeyboardInterrupt, RecipeError, OSError) as raised:
            assert isinstance(raised, KeyboardInterrupt | RecipeError), raised
            judge_the_remains(directory)
        else:
            assert count > 1 or function in ("rmdir", "mkdir", "unlink")
            break
        build(NEW, directory)
        assert_in_step(NEW, directory)
    else:
        pytest.fail("it never got through")


def judge_the_remains(directory: Path) -> None:
    """Judge that it is old, or new, or a mixture that is noticed and takes nothing for foreign."""
    kinds = {difference.kind for difference in drift(NEW, manifest(NEW), directory)}
    is_old = not directory.exists() or not drift(OLD, manifest(OLD), directory)
    is_empty = not any(path.is_file() for path in directory.rglob("*"))
    assert is_old or is_empty or not kinds or "interrupted" in kinds
    assert kinds <= {"stale", "missing", "interrupted"}


@pytest.mark.parametrize("count", range(8))
def test_a_third_build_after_two_that_were_killed(bundle: Path, count: int) -> None:
    for tree in (NEW, OTHER):
        for function, calls in [("replace", count), ("unlink", 2 * count)]:
            with pytest.raises(KeyboardInterrupt), failing(function, calls, INTERRUPTION):
                build(tree, bundle)
                raise KeyboardInterrupt
    build(OTHER, bundle)
    assert_in_step(OTHER, bundle)


def test_an_edit_after_a_killed_build_is_still_an_edit(bundle: Path) -> None:
    with pytest.raises(KeyboardInterrupt), failing("replace", 3, INTERRUPTION):
        build(NEW, bundle)
    edit(bundle)
    with pytest.raises(RecipeError, match=r"HG701: `README\.md` was edited"):
        build(NEW, bundle)
    build(NEW, bundle, force=True)
    assert_in_step(NEW, bundle)


def test_disk_full_leaves_the_old_bundle(bundle: Path) -> None:
    with failing("fchmod", 2, NO_SPACE):
        messages = refusal(NEW, bundle)
    assert messages == {"HG704": "cannot write `jobs/b.sbatch`: no space left on device"}


@contextmanager
def mounted(where: Path, options: str) -> Iterator[None]:
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("only root mounts a file system")
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", where], check=False
    ).returncode:
        pytest.skip("mounting is not permitted here")
    try:
        yield
    finally:
        subprocess.run(["umount", where], check=True)


def test_a_file_system_that_is_really_full(tmp_path: Path) -> None:
    with mounted(tmp_path, "size=256k"):
        build(OLD, tmp_path / "demo")
        large = Tree([File("README.md", "x" * 200_000 + "\n"), File("b", "x" * 200_000 + "\n")])
        assert list(refusal(large, tmp_path / "demo")) == ["HG704"]
        build(NEW, tmp_path / "demo")
        assert_in_step(NEW, tmp_path / "demo")


def test_a_file_system_that_is_read_only(tmp_path: Path) -> None:
    with mounted(tmp_path, "size=1m"):
        build(OLD, tmp_path / "demo")
        subprocess.run(["mount", "-o", "remount,ro", tmp_path], check=True)
        messages = refusal(NEW, tmp_path / "demo")
    assert list(messages) == ["HG704"]
    assert messages["HG704"].endswith("read-only file system")


def test_a_bundle_that_is_a_mount_point(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    with mounted(tmp_path / "demo", "size=1m"):
        assert list(refusal(NEW, tmp_path / "demo")) == ["HG707"]


def test_a_directory_without_permission_is_seen_before_anything_moves(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = os.access
    monkeypatch.setattr(os, "access", lambda p, m: Path(p).name != "jobs" and access(p, m))
    assert list(refusal(NEW, bundle)) == ["HG704"]


VICTIM = """
import os, pathlib, pickle, signal, sys
import hpcgen.write
from hpcgen.bundle.manifest import of
tree = pickle.load(open(sys.argv[1], "rb"))
count, replace = [int(sys.argv[3])], os.replace
def last(*arguments, **options):
    count[0] -= 1
    if count[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(*arguments, **options)
os.replace = last
manifest = of(tree, name="demo", recipe_sha256="0" * 64, version="1.0", settings={})
hpcgen.write.write(tree, manifest, pathlib.Path(sys.argv[2]))
"""


@pytest.mark.parametrize("count", [0, 1, 4])
def test_a_real_kill_in_the_middle(bundle: Path, tmp_path: Path, count: int) -> None:
    (tmp_path / "tree").write_bytes(pickle.dumps(NEW))
    victim = child(VICTIM, tmp_path / "tree", bundle, count)
    victim.communicate()
    assert victim.returncode == -signal.SIGKILL
    assert (bundle.parent / ".demo.lock").is_symlink()
    assert (
        "interrupted" in {difference.kind for difference in drift(OLD, manifest(OLD), bundle)}
    ) == (count > 0)
    build(NEW, bundle)
    assert_in_step(NEW, bundle)


def test_three_thousand_files(tmp_path: Path) -> None:
    text = "x" * 4000 + "\n"
    large = Tree(File(f"services/s{i // 3}/f{i}", f"{i}{text}") for i in range(3000))
    spent = []
    for _ in range(2):
        start = time.process_time()
        build(large, tmp_path / "demo")
        spent.append(time.process_time() - start)
    assert_in_step(large, tmp_path / "demo")
    assert max(spent) < 3, spent  # a fifth of it on a quiet machine; quadratic would be minutes
