"""Results on the disk: each is the result.json of a client."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCALING = "openenv-scaling"


class ResultError(Exception):
    """A path without a result, or an invalid file; the text names it, and says what to do."""


@dataclass(frozen=True, slots=True)
class Result:
    """One result, and the directory that it lies in."""

    folder: Path
    data: dict[str, Any]

    @property
    def kind(self) -> str:
        """The kind of client that measured."""
        return str(self.data["kind"])

    @property
    def run(self) -> str:
        """The run's name: the client and its job."""
        return f"{self.data['client']}-{self.data['job_id']}"


def read(paths: Iterable[Path]) -> tuple[Result, ...]:
    """The results below all paths, each once, by kind, client and job. Raises ResultError."""
    by_path = {file.resolve(): file for path in paths for file in _files(path)}
    results = [_result(file) for file in by_path.values()]
    return tuple(
        sorted(
            results, key=lambda result: (result.kind, result.data["client"], result.data["job_id"])
        )
    )


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    files = sorted(path.rglob("result.json"))
    if not files:
        raise ResultError(f"{path}: there is no result.json; name a directory of results/")
    yield from files


def _result(file: Path) -> Result:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ResultError(f"{file}: it cannot be read: {problem}") from problem
    if not isinstance(data, dict) or not {"kind", "client", "job_id"} <= data.keys():
        raise ResultError(f"{file}: it is not the result of a client: no kind, client or job_id")
    return Result(file.parent, data)
