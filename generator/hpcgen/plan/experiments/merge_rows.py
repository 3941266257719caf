"""Parts that differ in values alone, made one part that takes what differs from a row of a table.

Whatever differs is a column of the table, and stands in the script as `"${ROW[column]}"`. Where the
rows' own fields say the same in each row, it is that field's column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from hpcgen.kinds.overrides import Override
from hpcgen.plan.parts.container import Containment
from hpcgen.plan.parts.part import ByRow, Part
from hpcgen.text import shell
from hpcgen.text.shell import Bash, Given, Value

_NAMED = ("description", "mark", "origin", "title")
"""What rows may call differently: nothing of it is in the part that they are made."""


class UnlikeError(Exception):
    """Two parts differ in more than values, so that no script can be both."""


@dataclass(slots=True)
class Columns:
    """The columns of a table, by name: a cell for each row."""

    cells: dict[str, tuple[str, ...]]

    def take(self, name: str, cells: tuple[str, ...]) -> Bash:
        """The bash word for these cells, in a column that has them already or a new one."""
        column = next((known for known, each in self.cells.items() if each == cells), name)
        self.cells[column] = cells
        return Bash(f'"${{ROW[{column}]}}"')


def merged(parts: Sequence[Part], columns: Columns) -> Part:
    """The part that all of them are, with what differs taken from `columns`. Raises UnlikeError."""
    first = parts[0]
    values = _mapping("", [part.values for part in parts], columns)
    changed = {
        "values": values,
        "late_values": _mapping("", [part.late_values for part in parts], columns),
        "setup": _merge("SETUP", [part.setup for part in parts], columns),
        "containment": _containment([part.containment for part in parts], columns),
        "overrides": _overrides([part.overrides for part in parts], values),
    }
    for field in fields(Part):
        rest = field.name not in changed and field.name not in _NAMED
        if rest and any(getattr(part, field.name) != getattr(first, field.name) for part in parts):
            raise UnlikeError(field.name)
    part = replace(first, **changed)
    return replace(part, by_row=_by_row(part))


def _containment(all_of: Sequence[Containment], columns: Columns) -> Containment:
    exports = [{**each.exports, **each.late_exports} for each in all_of]
    together = _mapping("", exports, columns)
    merged = replace(
        all_of[0],
        exports={name: together[name] for name in all_of[0].exports},
        late_exports={name: together[name] for name in all_of[0].late_exports},
    )
    for each in all_of:
        if replace(each, exports=merged.exports, late_exports=merged.late_exports) != merged:
            raise UnlikeError("containment")
    return merged


def _overrides(all_of: Sequence[tuple[Override, ...]], values: Mapping[str, Value]) -> Any:
    """What rows set is not the submitter's to set, and still must fit."""
    if any([o.variable for o in each] != [o.variable for o in all_of[0]] for each in all_of):
        raise UnlikeError("overrides")
    return tuple(
        each if isinstance(values[each.variable], Given) else replace(each, by_row=True)
        for each in all_of[0]
    )


def _mapping(name: str, all_of: Sequence[Mapping[str, Any]], columns: Columns) -> dict[str, Any]:
    if any([*each] != [*all_of[0]] for each in all_of):
        raise UnlikeError(name)
    before = f"{name}." if name else ""
    return {key: _merge(before + key, [each[key] for each in all_of], columns) for key in all_of[0]}


def _merge(name: str, all_of: Sequence[Any], columns: Columns) -> Any:
    """One value for all: the same, or one that is taken from the row where they differ."""
    first = all_of[0]
    if all(each == first and isinstance(each, Bash) == isinstance(first, Bash) for each in all_of):
        return first
    if all(isinstance(each, tuple) and len(each) == len(first) for each in all_of):
        places = enumerate(zip(*all_of, strict=True))
        return tuple(_merge(f"{name}.{place}", each, columns) for place, each in places)
    if all(isinstance(each, Mapping) for each in all_of):
        return _mapping(name, all_of, columns)
    plain = [each.default if isinstance(each, Given) else each for each in all_of]
    if any(isinstance(each, Bash) or not isinstance(each, str | int) for each in plain):
        raise UnlikeError(name)
    return columns.take(name, tuple(str(each) for each in plain))


def _by_row(part: Part) -> ByRow:
    """The values and exports that can be known only when the row is, in their order."""
    late = set[str]()
    values = {k: v for k, v in part.values.items() if _needs(late, k, shell.assignments({k: v}))}
    exports = part.containment.exports.items()
    return ByRow(
        values=values,
        exports={name: each for name, each in exports if _needs(late, name, shell.word(each))},
    )


def _needs(late: set[str], name: str, bash: str) -> bool:
    """Whether the bash reads the row, or a value that does; if so the name is one of these."""
    read = set(re.findall(r"\$\{[#!]?([A-Za-z_][A-Za-z0-9_]*)", bash))
    if read & (late | {"ROW"}):
        late.add(name)
    return name in late
