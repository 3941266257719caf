"""The experiments of a document, with the client resolved for each row."""

from __future__ import annotations

from hpcgen.model.entry import Client, Service
from hpcgen.model.experiment import Experiment, Row
from hpcgen.model.profile import Profile
from hpcgen.patterns import WrittenRow
from hpcgen.resolve import entries
from hpcgen.resolve.experiment_rows import TARGET, cell_text, rows, with_row
from hpcgen.yaml.document import Document
from hpcgen.yaml.problems import Problems


def experiment(document: Document, profile: Profile, client: Client, name: str) -> Experiment:
    """The experiment `name` of a valid document, which expands `client`."""
    place = ("experiments", name)
    data = document.node(place).data
    written = rows(document, name, Problems(document.name))
    settings: dict[tuple[str, ...], int] = {}
    servers: dict[int, Service] = {}
    resolved = []
    for number, row in enumerate(written, start=1):
        row_document = with_row(document, client.name, row)
        assert row_document is not None, "a valid document has a place for each field"  # noqa: S101
        target_values = _target_values(row)
        server = settings.setdefault(target_values, len(settings) + 1) if target_values else 0
        if server and server not in servers and client.target:
            servers[server] = entries.service(row_document, profile, {}, client.target.name)
        target = servers.get(server, client.target)
        row_client = entries.client(row_document, profile, {}, client.name, target)
        resolved.append(_row(document, row_client, number, server, row))
    return Experiment(
        name=name,
        description=data.get("description", ""),
        client=client,
        rows=tuple(resolved),
        numeric=_numeric_fields(written),
        max_parallel=data.get("max_parallel", 1 if "phases" in data else None),
        origin=document.key_span(place),
    )


def _row(document: Document, client: Client, number: int, server: int, row: WrittenRow) -> Row:
    span = Problems(document.name).span
    return Row(
        number=number,
        server=server,
        cells={field: cell_text(value) for field, (_, value) in row.fields.items()},
        places={field: span(value.mark) for field, (_, value) in row.fields.items()},
        client=client,
    )


def _target_values(row: WrittenRow) -> tuple[str, ...]:
    """The values that the row gives fields of its client's target, as text."""
    fields = row.fields.items()
    return tuple(cell_text(value) for field, (_, value) in fields if field.startswith(TARGET))


def _numeric_fields(rows: tuple[WrittenRow, ...]) -> frozenset[str]:
    """The fields that are text in no row: their cells are JSON."""
    return frozenset(
        field
        for field in rows[0].fields
        if not any(isinstance(row.fields[field][1].data, str) for row in rows)
    )
