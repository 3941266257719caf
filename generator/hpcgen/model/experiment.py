"""A client that runs with other values in each row of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hpcgen.diagnostics import Span
from hpcgen.model.entry import Client, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One run of an experiment: `client` is the experiment's with the row's values in it.

    `cells` are these values as a table shows them, by field, and `places` where they stand.
    `server` is the number of the settings that it gives its target, 0 where it gives it none.
    """

    number: int
    server: int
    cells: Mapping[str, str]
    places: Mapping[str, Span]
    client: Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A client and the rows that it runs with. `numeric` are the fields without text in any row.

    `max_parallel` is how many rows may run at once, None for as many as Slurm starts.
    """

    name: str
    description: str
    client: Client
    rows: tuple[Row, ...]
    numeric: frozenset[str]
    max_parallel: int | None
    origin: Span

    @property
    def fields(self) -> tuple[str, ...]:
        """What rows differ in, in the recipe's order."""
        return tuple(self.rows[0].cells)

    @property
    def servers(self) -> Mapping[int, Service]:
        """The target with each of the settings that rows give it, by number."""
        rows = {row.server: row.client.target for row in self.rows if row.server}
        return {number: service for number, service in rows.items() if service}
