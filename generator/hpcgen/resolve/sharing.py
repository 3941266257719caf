"""Services and clients that share a job, as the document has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hpcgen.diagnostics import Diagnostic
from hpcgen.model.kind import kinds
from hpcgen.model.service_references import named_services
from hpcgen.text.nearest import nearest
from hpcgen.yaml.document import Document

SIZES = ("cpus_per_task", "mem", "gpus_per_node")
"""The resources that a share of a job may have; all others are the job's."""

REFERENCES = ("host", "url", "port")


def used_within_its_job(document: Document, name: str) -> bool:
    """Whether a service shares its job with everything that uses it, and something does.

    Never where its kind is there for people to look at, as `x-pages` of its schema says.
    """
    own = document.data["services"][name]
    job = own.get("job")
    if job is None or kinds()[own["kind"]].schema.get("x-pages"):
        return False
    others = [each for each in _entries(document) if each is not own]
    users = {entry.get("job") for entry in others if name in set(_named(document, entry))}
    return users == {job}


def homeless(document: Document) -> Iterator[Diagnostic]:
    """HG309: a `job` that is not below `jobs`; HG310: one below `jobs` that nobody names."""
    jobs: Mapping[str, Any] = document.data.get("jobs", {})
    for section in ("services", "clients"):
        for name, entry in document.data.get(section, {}).items():
            if "job" in entry and entry["job"] not in jobs:
                yield _no_job(document, section, name, jobs)
    named = {entry.get("job") for entry in _entries(document)}
    for name in jobs:
        if name not in named:
            message = f"nothing runs in the job `{name}`"
            hint = f"give a service or a client `job: {name}`, or remove it"
            yield Diagnostic("HG310", message, document.key_span(("jobs", name)), hint)


def _entries(document: Document) -> Iterator[Mapping[str, Any]]:
    for section in ("services", "clients"):
        yield from document.data.get(section, {}).values()


def _named(document: Document, entry: Mapping[str, Any]) -> Iterator[str]:
    """The services that an entry of a document names: its target, what it is after, references."""
    yield from named_services(kinds()[entry["kind"]], entry, document.data["services"])
    yield from (str(entry["target"]),) if "target" in entry else ()
    yield from entry.get("after", ())
    words = [*entry.get("command", ()), *entry.get("args", ()), *entry.get("env", {}).values()]
    for word in words:
        if isinstance(word, dict):
            yield from (str(name) for what, name in word.items() if what in REFERENCES)


def _no_job(document: Document, section: str, name: str, jobs: Mapping[str, Any]) -> Diagnostic:
    wanted = document.data[section][name]["job"]
    near = nearest(wanted, jobs)
    hint = f"did you mean `{near}`?" if near else "write it below `jobs:`, as in `jobs: {NAME: {}}`"
    span = document.value_span((section, name, "job"))
    return Diagnostic("HG309", f"there is no job called `{wanted}`", span, hint)
