"""The load balancers that may stand before a fleet: found by listing the folders of this package.

Another one is a package that is installed beside hpcgen, and an entry point of the group
`hpcgen.balancers` with the balancer's name. What a folder holds is the same in both
(`kinds/balancing.py`, `docs/contract.md`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpcgen import schema
from hpcgen.model.kind import Kind

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

FOLDER = Path(__file__).parent
GROUP = "hpcgen.balancers"
"""The group of the entry points of balancers that are not hpcgen's own."""


@cache
def balancers() -> dict[str, Kind]:
    """All of them, by name, in name order; no installed one replaces one of hpcgen's own."""
    listed = {kind.name: kind for kind in (*_installed(), *_built_in())}
    return dict(sorted(listed.items()))


def filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a service; those of its balancer, where it has one, with their defaults."""
    if "balancer" not in fields:
        return dict(fields)
    written = fields["balancer"]
    return {**fields, "balancer": schema.fill(balancers()[written["kind"]].schema, written)}


def _built_in() -> Iterator[Kind]:
    for path in FOLDER.glob("*/schema.json"):
        folder = path.parent
        yield Kind(folder.name.replace("_", "-"), folder, f"{__name__}.{folder.name}")


def _installed() -> Iterator[Kind]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - 20 ms for fleets alone

    for point in entry_points(group=GROUP):
        if folder := _folder(point):
            yield Kind(point.name, folder, point.value)


def _folder(point: EntryPoint) -> Path | None:
    """The folder of the package that an entry point names, which is not imported for that."""
    from importlib.util import find_spec  # noqa: PLC0415

    try:
        spec = find_spec(point.value)
    except ModuleNotFoundError:  # what it is part of is not there any more
        return None
    folder = Path(spec.origin).parent if spec and spec.origin else None
    return folder if folder and (folder / "schema.json").is_file() else None
