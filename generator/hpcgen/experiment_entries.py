"""An experiment of the document, with its client resolved for each row."""

from __future__ import annotations

from hpcgen import entries
from hpcgen.document import Document
from hpcgen.experiments import spelled, with_row, written_rows
from hpcgen.patterns import WrittenRow
from hpcgen.profile import Profile
from hpcgen.recipe import Client, Experiment, Row
from hpcgen.yaml.problems import Problems


def experiment(document: Document, profile: Profile, client: Client, name: str) -> Experiment:
    """The experiment `name` of a valid document, which expands `client`."""
    place = ("experiments", name)
    said = document.node(place).data
    written = written_rows(document, name)
    rows = (_row(document, profile, client, *each) for each in enumerate(written, start=1))
    return Experiment(
        name=name,
        description=said.get("description", ""),
        client=client,
        rows=tuple(rows),
        numeric=_numeric(written),
        max_parallel=said.get("max_parallel"),
        origin=document.key_span(place),
    )


def _row(document: Document, profile: Profile, client: Client, number: int, row: WrittenRow) -> Row:
    meant = with_row(document, client.name, row)
    assert meant is not None, "a valid document has a place for each field"  # noqa: S101
    span = Problems(document.name).span
    return Row(
        number=number,
        cells={field: spelled(value) for field, (_, value) in row.fields.items()},
        places={field: span(value.mark) for field, (_, value) in row.fields.items()},
        client=entries.client(meant, profile, {}, client.name, client.target),
    )


def _numeric(rows: tuple[WrittenRow, ...]) -> frozenset[str]:
    """The fields of which no row has text: their cells are JSON as they stand."""
    return frozenset(
        field
        for field in rows[0].fields
        if not any(isinstance(row.fields[field][1].data, str) for row in rows)
    )
