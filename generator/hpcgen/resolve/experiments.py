"""Diagnostics about the experiments of an otherwise valid document.

A row is validated as if its values were written in the entry (`experiment_rows.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.patterns import WrittenRow, patterns
from hpcgen.resolve.experiment_rows import MOST, TARGET, cell_text, rows, with_row
from hpcgen.text.nearest import nearest
from hpcgen.validate import problems_of_entry
from hpcgen.validate.literals import literals
from hpcgen.yaml.document import Document, Mark, Pointer
from hpcgen.yaml.editing import with_fields
from hpcgen.yaml.problems import Problems

_ENOUGH = 20
_FIXED_FIELDS = ("after", "description", "job", "kind", "labels", "target")
"""The fields of a client that no row can change, since all rows run the same script."""

_FIXED_TARGET_FIELDS = ("after", "description", "job", "kind", "labels", "stop")


def invalid_rows(document: Document, max_array_size: int) -> Iterator[Diagnostic]:
    """Every problem of the experiments, at its place.

    `max_array_size` is Slurm's: rows are tasks of an array, and the first has the number 1.

    HG501 no client, HG502 no pattern or two, HG503 a row of another width, HG504 a duplicate row,
    HG505 an empty scaling, HG506 too many rows, HG507 a field that rows cannot set; and the
    problems that the client's schema and the search for secrets find in a row.
    """
    for name in document.data.get("experiments", {}):
        place = ("experiments", name)
        problems = [*_invalid_client(document, place), *_invalid_pattern(document, place)]
        yield from problems or _invalid_rows(document, place, min(MOST, max_array_size - 1))


def _invalid_client(document: Document, place: Pointer) -> Iterator[Diagnostic]:
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


def _invalid_pattern(document: Document, place: Pointer) -> Iterator[Diagnostic]:
    present = [pattern for pattern in patterns() if document.has((*place, pattern))]
    listed = ", ".join(f"`{pattern}`" for pattern in patterns())
    if len(present) > 1:
        span = document.key_span((*place, present[1]))
        other = Related(document.key_span((*place, present[0])), "the other one is here")
        message = f"`{present[0]}` and `{present[1]}` are two patterns, and an experiment has one"
        yield Diagnostic("HG502", message, span, "make it two experiments", (other,))
    elif not present:
        span = document.key_span(place)
        yield Diagnostic("HG502", f"`{place[-1]}` has no rows", span, f"give it one of {listed}")


def _invalid_rows(document: Document, place: Pointer, most: int) -> Iterator[Diagnostic]:
    problems = Problems(document.name)
    written_rows = rows(document, str(place[-1]), problems)
    yield from problems.diagnostics
    if len(written_rows) > most:
        message = f"`{place[-1]}` has more than {most} rows"
        hint = "give fewer values, or make it several experiments"
        yield Diagnostic("HG506", message, document.key_span(place), hint)
        return
    yield from _duplicate_rows(written_rows, problems)
    client = document.node(place).data["client"]
    of_rows = (_row_problems(document, client, row, problems) for row in written_rows)
    yield from _first_distinct(chain.from_iterable(of_rows))


def _first_distinct(problems: Iterator[Diagnostic]) -> Iterator[Diagnostic]:
    """The first 20 distinct problems: each is reported once, even if many rows have it."""
    seen = {(problem.code, problem.span, problem.message): problem for problem in problems}
    yield from islice(seen.values(), _ENOUGH)


def _duplicate_rows(rows: Sequence[WrittenRow], problems: Problems) -> Iterator[Diagnostic]:
    first: dict[tuple[str, ...], WrittenRow] = {}
    for row in rows:
        values = tuple(cell_text(value) for _, value in row.fields.values())
        if values in first:
            other = Related(
                problems.span(_differing_place(first[values], row)), "the first is here"
            )
            cells = ", ".join(
                f"{field}={value}" for field, value in zip(row.fields, values, strict=True)
            )
            span = problems.span(_differing_place(row, first[values]))
            yield Diagnostic("HG504", f"there are two rows of {cells}", span, "keep one", (other,))
            return
        first[values] = row


def _differing_place(row: WrittenRow, other: WrittenRow) -> Mark:
    """The row's place; in a sweep, that of the first value at another place than in `other`."""
    pairs = [(row.fields[field][1].mark, other.fields[field][1].mark) for field in row.fields]
    if row.mark not in {one for one, _ in pairs}:
        return row.mark
    return next((one for one, two in pairs if one != two), row.mark)


def _row_problems(
    document: Document, client: str, row: WrittenRow, problems: Problems
) -> Iterator[Diagnostic]:
    """The problems of a row: of its fields, or else of the entries with its values."""
    fixed = [*_fixed_fields(document, client, row, problems)]
    row_document = None if fixed else with_row(document, client, row)
    if fixed:
        yield from fixed
    elif row_document is None:
        path = next(path for path in row.fields if "." in path)
        message = f"there is nothing in `{path.rpartition('.')[0]}` that has fields"
        hint = "name a field of the client, as in clients, resources.nodes or env.THREADS"
        yield Diagnostic("HG507", message, problems.span(row.fields[path][0]), hint)
    else:
        yield from _entry_problems(row_document, client, row, problems)


def _fixed_fields(
    document: Document, client: str, row: WrittenRow, problems: Problems
) -> Iterator[Diagnostic]:
    """HG507: fields that no row can set."""
    target = document.data["clients"][client].get("target")
    service = document.data.get("services", {}).get(target, {})
    for path, (key, _) in row.fields.items():
        of_target, message, hint = path.startswith(TARGET), "", "write a second client"
        fixed = _FIXED_TARGET_FIELDS if of_target else _FIXED_FIELDS
        if path.removeprefix(TARGET).partition(".")[0] in fixed:
            message = f"rows cannot differ in `{path}`, which makes the one script that all run"
        elif of_target and not target:
            message, hint = f"`{client}` has no target for `{path}`", "give it one, or remove it"
        elif of_target and "job" in service:
            message = f"`{target}` shares the job `{service['job']}`, and rows cannot change it"
            hint = "give it a job of its own"
        if message:
            yield Diagnostic("HG507", message, problems.span(key), hint)


def _entry_problems(
    document: Document, client: str, row: WrittenRow, problems: Problems
) -> Iterator[Diagnostic]:
    """The problems that the schemas and the search for secrets find in the entries of a row."""
    target = document.data["clients"][client].get("target")
    places = [("clients", client)]
    if any(path.startswith(TARGET) for path in row.fields):
        places.append(("services", target))
    fits = True
    for place in places:
        entry_problems = [*problems_of_entry(document, place, place[0].removesuffix("s"))]
        fits = fits and not entry_problems
        yield from entry_problems
    if fits:
        yield from _secrets(document, places, row, problems)


def _secrets(
    document: Document, places: Sequence[tuple[str, str]], row: WrittenRow, problems: Problems
) -> Iterator[Diagnostic]:
    """Secrets in the row's values; those in other places are reported elsewhere."""
    entries = {
        section: (
            document.root.mark,
            with_fields(
                document.root, {name: (document.root.mark, document.node((section, name)))}
            ),
        )
        for section, name in places
    }
    row_entries = replace(document, root=with_fields(document.root, entries))
    row_spans = {
        problems.span(mark) for key, value in row.fields.values() for mark in (key, value.mark)
    }
    yield from (diagnostic for diagnostic in literals(row_entries) if diagnostic.span in row_spans)
