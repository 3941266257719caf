"""Before validation: convert the words and shapes of older recipes to current ones.

The words are data: `x-spellings` of a schema is {older word: field}, in the definitions for the
fields of all entries, and in a kind's schema for that kind's fields; `x-names` are a kind's other
names; `x-not-yet` is {unsupported older word: hint}. A word that is a current field, of all kinds
or of the entry's kind, is never taken for an older one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial

from hpcgen import schema
from hpcgen.aliases import values as older_values
from hpcgen.aliases.fields import SHAPES, Shape
from hpcgen.aliases.one_job import SECTIONS, as_sections
from hpcgen.model.kind import kinds, names
from hpcgen.yaml.document import Document, Node
from hpcgen.yaml.editing import Fields
from hpcgen.yaml.problems import Problems


def in_current_words(document: Document) -> Document:
    """The recipe in current words; the document itself if it has no older ones.

    Every key and value keeps its place. Unknown words are left to `validate`. Raises RecipeError:
    HG211 (a field in both spellings), HG212 (an older field that hpcgen does not support), and
    HG201 to HG203 inside a shape that is converted.
    """
    problems = Problems(document.name)
    root = Fields(document.root, problems)
    as_sections(root)
    if root.holds("defaults", dict):
        root.change("defaults", _with_resources(root["defaults"][1], problems))
    for role, section in SECTIONS.items():
        if root.holds(section, dict):
            root.change(section, _section(root[section][1], role, problems))
    problems.settle()
    return document if root.node() is document.root else replace(document, root=root.node())


def name_of(document: Document) -> object:
    """The deployment's name in the recipe, in either form, whatever else is wrong with it."""
    root = Fields(document.root, Problems(document.name))
    as_sections(root)
    return root["name"][1].data if "name" in root else None


def _section(node: Node, role: str, problems: Problems) -> Node:
    entries = Fields(node, problems)
    for name in entries.words():
        if entries.holds(name, dict):
            entries.change(name, _entry(entries[name][1], role, problems))
    return entries.node()


def _entry(node: Node, role: str, problems: Problems) -> Node:
    entry = Fields(_with_resources(node, problems), problems)
    kind = _kind(entry, role)
    for word, (form, reshape) in _shapes(role, kind).items():
        if word in entry and isinstance(entry[word][1].data, form):
            reshape(entry)
    target = partial(older_values.target, problems=problems)
    _rename(entry, _spellings(role, kind), {"target": target})
    if kind:
        _refuse_unsupported(entry, role, kind)
    return entry.node()


def _kind(entry: Fields, role: str) -> str:
    """The entry's kind, by its current name; "" if no kind has that name and role."""
    if not entry.holds("kind", str):
        return ""
    written = entry["kind"][1]
    kind = _other_names().get(written.data, written.data)
    if kind != written.data:
        entry.change("kind", replace(written, data=kind))
    return kind if kind in names(role) else ""


def _with_resources(node: Node, problems: Problems) -> Node:
    holder = Fields(node, problems)
    if holder.holds("resources", dict):
        holder.change("resources", _resources(holder["resources"][1], problems))
    return holder.node()


def _resources(node: Node, problems: Problems) -> Node:
    rules = schema.read("definitions")["$defs"]["resources"]
    resources = Fields(node, problems)
    _refuse_total(resources)
    dashed = {word: word.replace("-", "_") for word in resources.words() if "-" in word}
    today = {word: key for word, key in dashed.items() if key in rules["properties"]}
    _rename(resources, {**rules["x-spellings"], **today}, {"time": older_values.minutes})
    for key in ("mem", "mem_per_cpu"):
        if key in resources:
            resources.change(key, older_values.memory(resources[key][1]))
    return resources.node()


def _refuse_total(resources: Fields) -> None:
    """Refuse GPU counts on several nodes: older recipes may mean those of one node or of all."""
    nodes = resources["nodes"][1].data if resources.holds("nodes", int) else 1
    for word in ("gpu", "gpus"):
        if nodes > 1 and word in resources:
            message = f"`{word}` does not say whether it counts the GPUs of one node or of all"
            hint = "write `gpus_per_node`"
            resources.problems.add("HG212", message, resources.take(word)[0], hint)


def _rename(fields: Fields, words: Mapping[str, str], forms: Mapping[str, _Form]) -> None:
    for word in [word for word in fields.words() if word in words]:
        key = words[word]
        if key in forms:
            fields.change(word, forms[key](fields[word][1]))
        fields.rename(word, key)


def _refuse_unsupported(entry: Fields, role: str, kind: str) -> None:
    unmet = schema.read("definitions")["$defs"][role].get("x-not-yet", {})
    for word in entry.words():
        if word in unmet and word not in _current_fields(role, kind):
            message = f"`{word}` is not supported yet"
            entry.problems.add("HG212", message, entry.take(word)[0], unmet[word])


@cache
def _spellings(role: str, kind: str) -> Mapping[str, str]:
    definitions = schema.read("definitions")["$defs"]
    words = {**definitions["entry"]["x-spellings"], **definitions[role].get("x-spellings", {})}
    if kind:
        words |= kinds()[kind].schema.get("x-spellings", {})
    return {word: key for word, key in words.items() if word not in _current_fields(role, kind)}


@cache
def _shapes(role: str, kind: str) -> Mapping[str, tuple[type, Shape]]:
    """The older shapes, without words that are the kind's fields; current `ports` is a mapping."""
    current_words = _current_fields(role, kind) - {"ports"}
    return {word: shape for word, shape in SHAPES[role].items() if word not in current_words}


@cache
def _current_fields(role: str, kind: str) -> frozenset[str]:
    return frozenset(kinds()[kind].schema["properties"]) if kind else schema.common(role)


@cache
def _other_names() -> Mapping[str, str]:
    every = ((kind.schema.get("x-names", ()), name) for name, kind in kinds().items())
    return {other: name for others, name in every for other in others}


_Form = Callable[[Node], Node]
