"""Services and clients of a document that share a job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hpcgen.diagnostics import Diagnostic
from hpcgen.model.kind import kinds
from hpcgen.model.service_references import named_services
from hpcgen.text.nearest import nearest
from hpcgen.yaml.document import Document

REFERENCES = ("host", "url", "port")


def is_used_only_in_its_job(document: Document, name: str) -> bool:
    """Whether a service is used, and only by entries in its own job.

    Always false for a kind with pages for people, as `x-pages` of its schema says.
    """
    service = document.data["services"][name]
    job = service.get("job")
    if job is None or kinds()[service["kind"]].schema.get("x-pages"):
        return False
    others = [entry for entry in _entries(document) if entry is not service]
    users = {entry.get("job") for entry in others if name in set(_service_names(document, entry))}
    return users == {job}


def missing_and_unused_jobs(document: Document) -> Iterator[Diagnostic]:
    """HG309: a `job` that is not below `jobs`; HG310: a job below `jobs` that no entry names."""
    jobs: Mapping[str, Any] = document.data.get("jobs", {})
    for section in ("services", "clients"):
        for name, entry in document.data.get(section, {}).items():
            if "job" in entry and entry["job"] not in jobs:
                yield _unknown_job(document, section, name, jobs)
    named = {entry.get("job") for entry in _entries(document)}
    for name in jobs:
        if name not in named:
            message = f"nothing runs in the job `{name}`"
            hint = f"give a service or a client `job: {name}`, or remove it"
            yield Diagnostic("HG310", message, document.key_span(("jobs", name)), hint)


def _entries(document: Document) -> Iterator[Mapping[str, Any]]:
    for section in ("services", "clients"):
        yield from document.data.get(section, {}).values()


def _service_names(document: Document, entry: Mapping[str, Any]) -> Iterator[str]:
    """The services that an entry of a document names: in its target, `after` and references."""
    yield from named_services(kinds()[entry["kind"]], entry, document.data["services"])
    yield from (str(entry["target"]),) if "target" in entry else ()
    yield from entry.get("after", ())
    words = [*entry.get("command", ()), *entry.get("args", ()), *entry.get("env", {}).values()]
    for word in words:
        if isinstance(word, dict):
            yield from (str(name) for what, name in word.items() if what in REFERENCES)


def _unknown_job(
    document: Document, section: str, name: str, jobs: Mapping[str, Any]
) -> Diagnostic:
    job = document.data[section][name]["job"]
    near = nearest(job, jobs)
    hint = f"did you mean `{near}`?" if near else "write it below `jobs:`, as in `jobs: {NAME: {}}`"
    span = document.value_span((section, name, "job"))
    return Diagnostic("HG309", f"there is no job called `{job}`", span, hint)
