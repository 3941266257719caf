"""The older form of a recipe, of one job: `service:` or `client:`, and `resources:`, at the top."""

from __future__ import annotations

from hpcgen.yaml.document import Node
from hpcgen.yaml.editing import Field, Fields

SECTIONS = {"service": "services", "client": "clients"}
_TARGETS = frozenset({"target", "target_service", "target_service_id"})


def as_sections(root: Fields) -> None:
    """Make each job at the top the only entry of its section, named by its `name`.

    The name is also the default of its kind and of the recipe's name. Notes HG202 and
    HG203 (no name), HG211 (both forms), HG212 (a client alone, resources that belong to no one).
    """
    jobs = [word for word in SECTIONS if root.holds(word, dict)]
    if jobs and "resources" in root:
        _give_resources(root, jobs)
    for word in jobs:
        _as_section(root, word)
    if "client" in jobs and "clients" in root and "services" not in root and _has_target(root):
        message = "`client` needs the service that it talks to in the same recipe"
        hint = "add `service:` beside it; a service of another recipe cannot be a target yet"
        root.problems.add("HG212", message, root["clients"][0], hint)


def _has_target(root: Fields) -> bool:
    return any(_TARGETS & {*entry} for entry in root["clients"][1].data.values())


def _give_resources(root: Fields, jobs: list[str]) -> None:
    mark, resources = root.take("resources")
    if len(jobs) > 1:
        message = "`resources` at the top belongs to one job, and here are two"
        hint = "write it in `service:` and in `client:`, or below `defaults:`"
        root.problems.add("HG212", message, mark, hint)
        return
    job = Fields(root[jobs[0]][1], root.problems)
    job.put("resources", "resources", (mark, resources))
    root.change(jobs[0], job.node())


def _as_section(root: Fields, word: str) -> None:
    mark, node = root[word]
    job = Fields(node, root.problems)
    if not job.holds("name", str):
        _report_missing_name(job, word, (mark, node))
        root.take(word)
        return
    key, name = job.take("name")
    if "kind" not in job:
        job.put("name", "kind", (key, name))
    called = Node(name.data.replace("_", "-"), name.mark)
    entry = job.node()
    section = Node({called.data: entry.data}, node.mark, children={called.data: (name.mark, entry)})
    root.change(word, section)
    root.rename(word, SECTIONS[word])
    if "name" not in root:
        root.put("name", "name", (key, called))


def _report_missing_name(job: Fields, word: str, field: Field) -> None:
    hint = "its name, which is also its kind where `kind` is not there, such as `name: redis`"
    if "name" in job:
        job.problems.add("HG203", "`name` must be text", job["name"][1].mark, hint)
    else:
        job.problems.add("HG202", f"`name` is missing in `{word}`", field[0], hint)
