"""An experiment of the document, with its client resolved for each row."""

from __future__ import annotations

from hpcgen.model.entry import Client, Service
from hpcgen.model.experiment import Experiment, Row
from hpcgen.model.profile import Profile
from hpcgen.patterns import WrittenRow
from hpcgen.resolve import entries
from hpcgen.resolve.experiment_rows import TARGET, rows, spelled, with_row
from hpcgen.yaml.document import Document
from hpcgen.yaml.problems import Problems


def experiment(document: Document, profile: Profile, client: Client, name: str) -> Experiment:
    """The experiment `name` of a valid document, which expands `client`."""
    place = ("experiments", name)
    said = document.node(place).data
    written = rows(document, name, Problems(document.name))
    settings: dict[tuple[str, ...], int] = {}
    servers: dict[int, Service] = {}
    found = []
    for number, row in enumerate(written, start=1):
        meant = with_row(document, client.name, row)
        assert meant is not None, "a valid document has a place for each field"  # noqa: S101
        said_of_target = _of_target(row)
        server = settings.setdefault(said_of_target, len(settings) + 1) if said_of_target else 0
        if server and server not in servers and client.target:
            servers[server] = entries.service(meant, profile, {}, client.target.name)
        target = servers.get(server, client.target)
        one = entries.client(meant, profile, {}, client.name, target)
        found.append(_row(document, one, number, server, row))
    return Experiment(
        name=name,
        description=said.get("description", ""),
        client=client,
        rows=tuple(found),
        numeric=_numeric(written),
        max_parallel=said.get("max_parallel", 1 if "phases" in said else None),
        origin=document.key_span(place),
    )


def _row(document: Document, client: Client, number: int, server: int, row: WrittenRow) -> Row:
    span = Problems(document.name).span
    return Row(
        number=number,
        server=server,
        cells={field: spelled(value) for field, (_, value) in row.fields.items()},
        places={field: span(value.mark) for field, (_, value) in row.fields.items()},
        client=client,
    )


def _of_target(row: WrittenRow) -> tuple[str, ...]:
    """What the row sets of its client's target."""
    fields = row.fields.items()
    return tuple(spelled(value) for field, (_, value) in fields if field.startswith(TARGET))


def _numeric(rows: tuple[WrittenRow, ...]) -> frozenset[str]:
    """The fields of which no row has text: their cells are JSON as they stand."""
    return frozenset(
        field
        for field in rows[0].fields
        if not any(isinstance(row.fields[field][1].data, str) for row in rows)
    )
