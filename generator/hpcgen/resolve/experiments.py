"""What is wrong with the experiments of a document that is right otherwise.

A row is judged as the entries would be that said the same themselves (`experiment_rows.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.model.kind import kinds
from hpcgen.patterns import WrittenRow, patterns
from hpcgen.resolve.experiment_rows import MOST, TARGET, rows, spelled, with_row
from hpcgen.text.nearest import nearest
from hpcgen.validate.literals import literals
from hpcgen.yaml.document import Document, Mark, Pointer
from hpcgen.yaml.editing import with_fields
from hpcgen.yaml.problems import Problems

_ENOUGH = 20
_FIXED = ("after", "description", "job", "kind", "labels", "target")
"""What no row can change: it makes the one script that all rows run."""

_FIXED_OF_TARGET = ("after", "description", "job", "kind", "labels", "stop")


def misshapen(document: Document, max_array_size: int) -> Iterator[Diagnostic]:
    """Every problem, at its place.

    `max_array_size` is Slurm's: rows are tasks of an array, and the first has the number 1.

    HG501 no client, HG502 no pattern or two, HG503 a row of another width, HG504 a row twice, HG505
    a scaling that goes nowhere, HG506 too many rows, HG507 a field that is the same in all rows;
    and what the client's schema, and the search for secrets, find wrong with a row.
    """
    for name in document.data.get("experiments", {}):
        place = ("experiments", name)
        found = [*_no_client(document, place), *_no_pattern(document, place)]
        yield from found or _unfit(document, place, min(MOST, max_array_size - 1))


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


def _unfit(document: Document, place: Pointer, most: int) -> Iterator[Diagnostic]:
    problems = Problems(document.name)
    found = rows(document, str(place[-1]), problems)
    yield from problems.diagnostics
    if len(found) > most:
        message = f"`{place[-1]}` has more than {most} rows"
        hint = "give fewer values, or make it several experiments"
        yield Diagnostic("HG506", message, document.key_span(place), hint)
        return
    yield from _twice(found, problems)
    client = document.node(place).data["client"]
    yield from _once(each for row in found for each in _judged(document, client, row, problems))


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
    """What is wrong with a row: its fields, or else with what it makes of its entries."""
    fixed = [*_fixed(document, client, row, problems)]
    meant = None if fixed else with_row(document, client, row)
    if fixed:
        yield from fixed
    elif meant is None:
        path = next(path for path in row.fields if "." in path)
        message = f"there is nothing in `{path.rpartition('.')[0]}` that has fields"
        hint = "name a field of the client, as in clients, resources.nodes or env.THREADS"
        yield Diagnostic("HG507", message, problems.span(row.fields[path][0]), hint)
    else:
        yield from _unaccepted(meant, client, row, problems)


def _fixed(
    document: Document, client: str, row: WrittenRow, problems: Problems
) -> Iterator[Diagnostic]:
    """HG507: what no row can set."""
    target = document.data["clients"][client].get("target")
    service = document.data.get("services", {}).get(target, {})
    for path, (key, _) in row.fields.items():
        of_target, message, hint = path.startswith(TARGET), "", "write a second client"
        fixed = _FIXED_OF_TARGET if of_target else _FIXED
        if path.removeprefix(TARGET).partition(".")[0] in fixed:
            message = f"rows cannot differ in `{path}`, which makes the one script that all run"
        elif of_target and not target:
            message, hint = f"`{client}` has no target for `{path}`", "give it one, or remove it"
        elif of_target and "job" in service:
            message = f"`{target}` shares the job `{service['job']}`, and rows cannot change it"
            hint = "give it a job of its own"
        if message:
            yield Diagnostic("HG507", message, problems.span(key), hint)


def _unaccepted(
    meant: Document, client: str, row: WrittenRow, problems: Problems
) -> Iterator[Diagnostic]:
    """What the schemas, and the search for secrets, find wrong with the entries of a row."""
    target = meant.data["clients"][client].get("target")
    places = [("clients", client)]
    if any(path.startswith(TARGET) for path in row.fields):
        places.append(("services", target))
    fits = True
    for place in places:
        entry = meant.node(place).data
        kind = kinds()[entry["kind"]]
        if not kind.accepts(entry):
            from hpcgen.validate.violations import violations  # noqa: PLC0415 - loads jsonschema, 45 ms

            found = [*violations(meant, place, kind.schema)]
            fits = fits and not found
            yield from found
    if fits:
        yield from _secrets(meant, places, row, problems)


def _secrets(
    meant: Document, places: Sequence[tuple[str, str]], row: WrittenRow, problems: Problems
) -> Iterator[Diagnostic]:
    """Secrets in what the row says: any that stand elsewhere are told without it."""
    entries = {
        section: (
            meant.root.mark,
            with_fields(meant.root, {name: (meant.root.mark, meant.node((section, name)))}),
        )
        for section, name in places
    }
    alone = replace(meant, root=with_fields(meant.root, entries))
    own = {problems.span(mark) for key, value in row.fields.values() for mark in (key, value.mark)}
    yield from (each for each in literals(alone) if each.span in own)
