"""The experiments of a document: their rows, and what each row makes of its client.

A row is judged as the client's entry would be that said the same itself: it is that entry, with the
row's values in it, each at the place where the row has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.document import Document, Mark, Node, Pointer
from hpcgen.kinds import kinds
from hpcgen.literals import literals
from hpcgen.nearest import nearest
from hpcgen.patterns import WrittenRow, patterns
from hpcgen.rewriting import fields_of, graft, rewritten
from hpcgen.yaml.problems import Problems

_MOST = 1000
"""Rows of one experiment, however large an array may be: nobody reviews a longer table."""

_ENOUGH = 20
_FIXED = ("after", "description", "job", "kind", "labels", "target")
"""What no row can change: it makes the one script that all rows run."""


def misshapen(document: Document, max_array_size: int) -> Iterator[Diagnostic]:
    """What is wrong with the experiments of a document that is right otherwise.

    `max_array_size` is Slurm's: rows are tasks of an array, and the first has the number 1.

    HG501 no client, HG502 no pattern or two, HG503 a row of another width, HG504 a row twice, HG505
    a scaling that goes nowhere, HG506 too many rows, HG507 a field that is the same in all rows;
    and what the client's schema, and the search for secrets, find wrong with a row.
    """
    for name in document.data.get("experiments", {}):
        place = ("experiments", name)
        found = [*_no_client(document, place), *_no_pattern(document, place)]
        yield from found or _unfit(document, place, min(_MOST, max_array_size - 1))


def written_rows(document: Document, name: str) -> tuple[WrittenRow, ...]:
    """The rows of a valid experiment, in their order."""
    return _rows(document, ("experiments", name), Problems(document.name))


def with_row(document: Document, client: str, row: WrittenRow) -> Document | None:
    """The document as the row means it, with no other client; None where a field has no place."""
    entry: Node | None = document.node(("clients", client))
    for path, field in row.fields.items():
        entry = graft(entry, path.split("."), field) if entry else None
    return _alone(document, client, entry) if entry else None


def spelled(node: Node) -> str:
    """A value as tables show it: text as it is, a number as it was written, anything else as JSON.

    So 1.10 stays 1.10, as it does in `args` and `env`.
    """
    if isinstance(node.data, str):
        return node.data
    plain = isinstance(node.data, float) and node.raw.replace(".", "", 1).isdigit()
    return node.raw if plain else json.dumps(node.data, ensure_ascii=False)


def _alone(document: Document, client: str, entry: Node) -> Document:
    fields = fields_of(document.root)
    mark, clients = fields["clients"]
    alone = rewritten(clients, {client: (fields_of(clients)[client][0], entry)})
    rest = {word: field for word, field in fields.items() if word != "experiments"}
    return replace(document, root=rewritten(document.root, {**rest, "clients": (mark, alone)}))


def _no_client(document: Document, place: Pointer) -> Iterator[Diagnostic]:
    client = document.node(place).data["client"]
    clients = document.data.get("clients", {})
    span = document.value_span((*place, "client"))
    if client not in clients:
        near = nearest(client, clients)
        hint = f"did you mean `{near}`?" if near else "write it below `clients:`"
        yield Diagnostic("HG501", f"there is no client called `{client}`", span, hint)
    elif "job" in clients[client]:
        message = f"`{client}` shares the job `{clients[client]['job']}`, and each row is a job"
        other = Related(document.value_span(("clients", client, "job")), "it shares it here")
        yield Diagnostic("HG501", message, span, "remove its `job`", (other,))


def _no_pattern(document: Document, place: Pointer) -> Iterator[Diagnostic]:
    said = [pattern for pattern in patterns() if document.has((*place, pattern))]
    listed = ", ".join(f"`{pattern}`" for pattern in patterns())
    if len(said) > 1:
        span = document.key_span((*place, said[1]))
        other = Related(document.key_span((*place, said[0])), "the other one is here")
        message = f"`{said[0]}` and `{said[1]}` are two patterns, and an experiment has one"
        yield Diagnostic("HG502", message, span, "make it two experiments", (other,))
    elif not said:
        span = document.key_span(place)
        yield Diagnostic("HG502", f"`{place[-1]}` has no rows", span, f"give it one of {listed}")


def _rows(document: Document, place: Pointer, problems: Problems) -> tuple[WrittenRow, ...]:
    """At most one row more than there may be."""
    entry = document.node(place)
    said = next(pattern for pattern in patterns() if pattern in entry.data)
    kind = kinds()[document.data["clients"][entry.data["client"]]["kind"]]
    rows = patterns()[said].rows(document.node((*place, said)), kind.row, problems)
    return tuple(islice(rows, _MOST + 1))


def _unfit(document: Document, place: Pointer, most: int) -> Iterator[Diagnostic]:
    problems = Problems(document.name)
    rows = _rows(document, place, problems)
    yield from problems.found
    if len(rows) > most:
        message = f"`{place[-1]}` has more than {most} rows"
        hint = "give fewer values, or make it several experiments"
        yield Diagnostic("HG506", message, document.key_span(place), hint)
        return
    yield from _twice(rows, problems)
    client = document.node(place).data["client"]
    yield from _once(each for row in rows for each in _judged(document, client, row, problems))


def _once(found: Iterator[Diagnostic]) -> Iterator[Diagnostic]:
    """Each problem at its place once, whichever rows have it, and no more than one can read."""
    seen = {(each.code, each.span, each.message): each for each in found}
    yield from islice(seen.values(), _ENOUGH)


def _twice(rows: Sequence[WrittenRow], problems: Problems) -> Iterator[Diagnostic]:
    first: dict[tuple[str, ...], WrittenRow] = {}
    for row in rows:
        values = tuple(spelled(value) for _, value in row.fields.values())
        if values in first:
            other = Related(problems.span(_differing(first[values], row)), "the first is here")
            said = ", ".join(
                f"{field}={value}" for field, value in zip(row.fields, values, strict=True)
            )
            span = problems.span(_differing(row, first[values]))
            yield Diagnostic("HG504", f"there are two rows of {said}", span, "keep one", (other,))
            return
        first[values] = row


def _differing(row: WrittenRow, other: WrittenRow) -> Mark:
    """Where the row stands; of a sweep, the value that is written elsewhere in the other row."""
    pairs = [(row.fields[field][1].mark, other.fields[field][1].mark) for field in row.fields]
    if row.mark not in {one for one, _ in pairs}:
        return row.mark
    return next((one for one, two in pairs if one != two), row.mark)


def _judged(
    document: Document, client: str, row: WrittenRow, problems: Problems
) -> Iterator[Diagnostic]:
    kind = kinds()[document.data["clients"][client]["kind"]]
    for path, (key, _) in row.fields.items():
        if path.partition(".")[0] in _FIXED:
            message = f"rows cannot differ in `{path}`"
            hint = "it makes the one script that all rows run; write a second client"
            yield Diagnostic("HG507", message, problems.span(key), hint)
    meant = with_row(document, client, row)
    if meant is None:
        path = next(path for path in row.fields if "." in path)
        message = f"there is nothing in `{path.partition('.')[0]}` that has fields"
        hint = "name a field of the client, as in clients, resources.nodes or env.THREADS"
        yield Diagnostic("HG507", message, problems.span(row.fields[path][0]), hint)
    elif not kind.accepts(meant.data["clients"][client]):
        from hpcgen.violations import violations  # noqa: PLC0415 - loads jsonschema, 45 ms

        yield from violations(meant, ("clients", client), kind.schema)
    else:
        yield from _secrets(meant, row, problems)


def _secrets(meant: Document, row: WrittenRow, problems: Problems) -> Iterator[Diagnostic]:
    """Secrets in what the row says: any that stand elsewhere are told without it."""
    clients = rewritten(meant.root, {"clients": fields_of(meant.root)["clients"]})
    own = {problems.span(mark) for key, value in row.fields.values() for mark in (key, value.mark)}
    yield from (each for each in literals(replace(meant, root=clients)) if each.span in own)
