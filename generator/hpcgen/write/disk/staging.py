"""The directory beside a bundle where a build's files wait until all of them are written.

It also holds the *claims*: the manifests of builds whose files have begun to move into the
bundle. A build that ends removes the directory, and its claim with it; one that is killed leaves
its claim behind, by which the next knows the files that were moved for its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from hpcgen.bundle.manifest import Manifest, parse
from hpcgen.bundle.tree import File
from hpcgen.diagnostics import RecipeError
from hpcgen.write.disk.directory import content, reporting, require_directory

_CLAIM = ".claim"


def place(directory: Path) -> Path:
    """Name the staging directory of the bundle at `directory`: a sibling, so on its file system."""
    return directory.with_name(f".{directory.name}.staging")


def claims(directory: Path) -> tuple[Manifest, ...]:
    """Read the manifests of unfinished builds, usually none. Raises RecipeError HG704."""
    staging = place(directory)
    if staging.is_symlink() or not staging.is_dir():
        return ()
    with reporting("read", staging):
        paths = sorted(path for path in staging.iterdir() if path.suffix == _CLAIM)
    return tuple(claim for path in paths for claim in _claim(path))


def fill(directory: Path, files: Iterable[File], manifest: Manifest) -> None:
    """Write `files` as `0`, `1` and so on, with their modes, and then the claim of `manifest`.

    Claims of earlier builds stay. On an error, nothing but those is left.
    Raises RecipeError HG704, and HG705 where the staging directory's place is taken.
    """
    staging = place(directory)
    require_directory(staging)
    with reporting("write", staging):
        staging.mkdir(mode=0o700, exist_ok=True)
    _clear(staging)
    try:
        for index, file in enumerate(files):
            _create(staging, str(index), file)
        _stake(staging, manifest)
    except BaseException:
        _clear(staging)
        if not any(staging.iterdir()):
            staging.rmdir()
        raise


def remove(directory: Path) -> None:
    """Remove the staging directory, claims last to go. Raises RecipeError HG704."""
    staging = place(directory)
    if staging.is_symlink() or not staging.is_dir():
        return
    _clear(staging)
    with reporting("remove", staging):
        shutil.rmtree(staging)


def _claim(path: Path) -> Iterator[Manifest]:
    """Read the claim, unless it was never finished: then none of its build's files was moved."""
    try:
        yield parse((content(path) or b"").decode(errors="replace"))
    except RecipeError:
        return


def _clear(staging: Path) -> None:
    with reporting("remove", staging):
        for path in staging.iterdir():
            if path.suffix != _CLAIM:
                path.unlink()


def _create(staging: Path, name: str, file: File) -> None:
    with reporting("write", file.path), os.fdopen(_new(staging / name), "wb") as out:
        out.write(file.content.encode())
        os.fchmod(out.fileno(), file.mode)


def _new(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)


def _stake(staging: Path, manifest: Manifest) -> None:
    text = manifest.to_text()
    _create(staging, "claim", File("the claim", text))
    name = hashlib.sha256(text.encode()).hexdigest() + _CLAIM
    with reporting("write", staging):
        (staging / "claim").replace(staging / name)
