"""Parts that differ in values alone, made one part that takes what differs from a row of a table.

Whatever differs is a column of the table, and stands in the script as `"${ROW[column]}"`. Where the
rows' own fields say the same in each row, it is that field's column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from hpcgen.kinds.overrides import Override
from hpcgen.plan.parts.container import Container
from hpcgen.plan.parts.part import ByRow, ClientPart
from hpcgen.text.values import Bash, Default, Value, Variable, variables

_NAMED = ("description", "mark", "origin", "title")
"""Fields that may differ between rows without affecting the merged part."""


class UnlikeError(Exception):
    """Two parts differ in more than values, so that no script can be both."""


@dataclass(slots=True)
class Columns:
    """The columns of a table, by name: a cell for each row."""

    cells: dict[str, tuple[str, ...]]

    def take(self, name: str, cells: tuple[str, ...]) -> Variable:
        """What stands for these cells, in a column that has them already or a new one."""
        column = next((column for column, taken in self.cells.items() if taken == cells), name)
        self.cells[column] = cells
        return Variable("ROW", key=column)


def merged(parts: Sequence[ClientPart], columns: Columns) -> ClientPart:
    """The part that all of them are, with what differs taken from `columns`. Raises UnlikeError."""
    first = parts[0]
    values = _mapping("", [part.values for part in parts], columns)
    changed = {
        "values": values,
        "late_values": _mapping("", [part.late_values for part in parts], columns),
        "setup": _merge("SETUP", [part.setup for part in parts], columns),
        "container": _container([part.container for part in parts], columns),
        "overrides": _overrides([part.overrides for part in parts], values),
    }
    for field in fields(ClientPart):
        same = field.name not in changed and field.name not in _NAMED
        if same and any(getattr(part, field.name) != getattr(first, field.name) for part in parts):
            raise UnlikeError(field.name)
    part = replace(first, **changed)
    return replace(part, by_row=_by_row(part))


def _container(containers: Sequence[Container], columns: Columns) -> Container:
    exports = [{**container.exports, **container.late_exports} for container in containers]
    together = _mapping("", exports, columns)
    first = replace(
        containers[0],
        exports={name: together[name] for name in containers[0].exports},
        late_exports={name: together[name] for name in containers[0].late_exports},
    )
    for container in containers:
        if replace(container, exports=first.exports, late_exports=first.late_exports) != first:
            raise UnlikeError("container")
    return first


def _overrides(rows: Sequence[tuple[Override, ...]], values: Mapping[str, Value]) -> Any:
    """What rows set is not the submitter's to set, and still must fit."""
    variables = [[override.variable for override in overrides] for overrides in rows]
    if any(names != variables[0] for names in variables):
        raise UnlikeError("overrides")
    return tuple(
        replace(override, by_row=not isinstance(values[override.variable], Default))
        for override in rows[0]
    )


def _mapping(name: str, rows: Sequence[Mapping[str, Any]], columns: Columns) -> dict[str, Any]:
    if any([*row] != [*rows[0]] for row in rows):
        raise UnlikeError(name)
    before = f"{name}." if name else ""
    return {key: _merge(before + key, [row[key] for row in rows], columns) for key in rows[0]}


def _merge(name: str, values: Sequence[Any], columns: Columns) -> Any:
    """One value for all: the same, or one that is taken from the row where they differ."""
    first = values[0]
    if all(value == first and type(value) is type(first) for value in values):
        return first
    if all(isinstance(value, tuple) and len(value) == len(first) for value in values):
        items = enumerate(zip(*values, strict=True))
        return tuple(_merge(f"{name}.{place}", item, columns) for place, item in items)
    if all(isinstance(value, Mapping) for value in values):
        return _mapping(name, values, columns)
    plain = [value.default if isinstance(value, Default) else value for value in values]
    if any(isinstance(value, Bash) or not isinstance(value, str | int) for value in plain):
        raise UnlikeError(name)
    return columns.take(name, tuple(str(value) for value in plain))


def _by_row(part: ClientPart) -> ByRow:
    """The values and exports that can be known only when the row is, in their order."""
    late = {"ROW"}
    values = {name: value for name, value in part.values.items() if _needs(late, name, value)}
    exports = part.container.exports.items()
    return ByRow(
        values=values,
        exports={name: word for name, word in exports if _needs(late, name, word)},
    )


def _needs(late: set[str], name: str, value: object) -> bool:
    """Whether a value reads the row, or a value that does; if so the name is one of these."""
    if any(variable.name in late for variable in variables(value)):
        late.add(name)
    return name in late
