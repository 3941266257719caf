"""The words and shapes of older recipes: each means what its plain form means, or is refused.

tests/older_recipes/NAME.yaml compiles to the very bundle of NAME.plain.yaml beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hpcgen import aliases, schema
from hpcgen.build import Options, compile_recipe, name_of, validate_recipe
from hpcgen.cli import main
from hpcgen.diagnostics import Diagnostic, RecipeError, Span
from hpcgen.load import load, load_text
from hpcgen.model.kind import kinds
from hpcgen.yaml.document import Document

ROOT = Path(__file__).parent.parent
PLAIN = sorted((ROOT / "tests" / "older_recipes").glob("*.plain.yaml"))
OLDER = sorted({*(ROOT / "tests" / "older_recipes").glob("*.yaml")} - {*PLAIN})
DEFINITIONS = schema.read("definitions")["$defs"]
SHAPES = {"client", "container", "health_check", "parameters", "ports", "service", "time_limit"}


def bundle(recipe: Path, directory: Path, options: Options | None = None) -> dict[str, object]:
    """What a recipe compiles to, by path, as though every recipe had one name."""
    copy = directory / "recipe.yaml"
    copy.write_bytes(recipe.read_bytes())
    return {
        file.path: (file.content, file.mode)
        for file in compile_recipe(copy, options or Options()).tree
    }


def loaded(text: str) -> Document:
    return load_text("r.yaml", text.encode())


def plain(text: str) -> Document:
    return aliases.in_current_words(loaded(text))


def refused(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(RecipeError) as caught:
        plain(text)
    return caught.value.diagnostics


def shown(text: str, span: Span | None) -> str:
    """What stands at a place of one line."""
    assert span is not None
    assert span.line == span.end_line
    return text.splitlines()[span.line - 1][span.column - 1 : span.end_column - 1]


@pytest.mark.parametrize("older", OLDER, ids=lambda path: path.stem)
def test_compiles_to_the_bundle_of_its_plain_form(older: Path, tmp_path: Path) -> None:
    expected = bundle(older.with_suffix(".plain.yaml"), tmp_path)
    assert len(expected) > 5
    assert bundle(older, tmp_path) == expected


def test_every_recipe_has_its_plain_form_and_differs_from_it() -> None:
    assert [path.with_suffix(".plain.yaml") for path in OLDER] == PLAIN
    assert len(OLDER) >= 8
    for path in OLDER:
        assert aliases.in_current_words(load(path)).data != load(path).data


@pytest.mark.parametrize("path", [*PLAIN, *sorted((ROOT / "recipes").glob("*.yaml"))], ids=str)
def test_a_plain_recipe_is_left_alone(path: Path) -> None:
    document = load(path)
    assert aliases.in_current_words(document) is document


def words() -> Iterator[str]:
    for name in ("entry", "service", "client", "resources"):
        yield from DEFINITIONS[name].get("x-spellings", {})
    for kind in kinds().values():
        yield from (*kind.schema.get("x-spellings", {}), *kind.schema.get("x-names", ()))


@pytest.mark.parametrize("word", sorted({*words(), *SHAPES}))
def test_every_older_word_is_in_a_recipe(word: str) -> None:
    assert any(word in path.read_text(encoding="utf-8") for path in OLDER)


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_the_words_of_a_kind_stand_for_fields_of_it(kind: str) -> None:
    rules = kinds()[kind].schema
    older = rules.get("x-spellings", {})
    assert set(older.values()) <= set(rules["properties"])
    assert not set(older) & set(rules["properties"])
    assert not set(rules.get("x-names", ())) & set(kinds())


def test_resources_stand_for_fields_of_resources() -> None:
    rules = DEFINITIONS["resources"]
    assert set(rules["x-spellings"].values()) <= set(rules["properties"])
    assert not set(rules["x-spellings"]) & set(rules["properties"])


@pytest.mark.parametrize(
    ("entry", "both"),
    [
        ("env: {A: b}, environment: {C: d}", ("environment", "env")),
        ("ports: [6379], port: 6380", ("ports", "port")),
        ("image: a:1, container_image: b:1", ("container_image", "image")),
        ("image: a:1, container: {image_path: /b.sif}", ("image_path", "image")),
        ("resources: {cpus: 1, cpu: 2}", ("cpu", "cpus")),
        ("resources: {mem: 1G, memory: 2G}", ("memory", "mem")),
        ("resources: {mem-per-cpu: 1G, mem_per_cpu: 2G}", ("mem-per-cpu", "mem_per_cpu")),
        ("resources: {time: '01:00:00'}, time_limit: 5", ("time_limit", "time")),
        ("resources: {time_limit: 6}, time_limit: 5", ("time_limit", "time_limit")),
        ("health_check: {endpoint: /a}, readiness: {http: /b}", ("health_check", "readiness")),
    ],
)  # fmt: skip
def test_both_words_are_refused_and_both_places_named(entry: str, both: tuple[str, str]) -> None:
    text = f"name: demo\nservices:\n  a: {{kind: redis, {entry}}}\n"
    (diagnostic,) = refused(text)
    assert diagnostic.code == "HG211"
    assert diagnostic.span != diagnostic.related[0].span
    places = (shown(text, diagnostic.span), shown(text, diagnostic.related[0].span))
    assert sorted(places) == sorted(both)


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("service: {kind: redis}", "HG202", "service"),
        ("service: {name: 5}", "HG203", "5"),
        ("service: {name: a, kind: redis}\nservices: {b: {kind: redis}}", "HG211", "service"),
        ("client: {name: redis-benchmark, target: a}", "HG212", "client"),
        (
            "service: {name: redis}\nclient: {name: c, kind: command, command: [x]}\nresources: {}",
            "HG212",
            "resources",
        ),
        ("service: {name: redis, ports: [6379, 6380]}", "HG212", "ports"),
        ("service: {name: redis, datasources: []}", "HG212", "datasources"),
        ("service: {name: redis, monitoring_targets: [a]}", "HG212", "monitoring_targets"),
        ("service: {name: redis, container: {build_commands: []}}", "HG201", "build_commands"),
        ("service: {name: redis, health_check: {retries: 3}}", "HG212", "retries"),
        ("service: {name: redis}\nresources: {nodes: 2, gpus: 4}", "HG212", "gpus"),
        (
            "service: {name: redis}\n"
            "client: {name: redis_benchmark, target_service: {name: redis, port: 6379}}",
            "HG212",
            "port",
        ),
    ],
)
def test_what_cannot_be_carried_over_is_refused_at_its_place(text: str, code: str, at: str) -> None:
    (diagnostic,) = refused(text)
    assert (diagnostic.code, shown(text, diagnostic.span)) == (code, at)
    assert diagnostic.hint


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("service: {name: reddis}", "HG208", "reddis"),
        ("service: {name: redis, redis_password: hunter}", "HG209", "hunter"),
        ("service: {name: redis, maxmemry: 1gb}", "HG201", "maxmemry"),
        ("service: {name: redis}\nresources: {memory: 4Gi}", "HG206", "4Gi"),
        ("service: {name: redis, time_limit: 0}", "HG203", "0"),
        ("service: {name: redis, ports: [80]}", "HG204", "80"),
        ("service: {name: redis, container: {docker_source: '-x'}}", "HG206", "'-x'"),
        ("service: {name: redis, environment: {A-B: c}}", "HG206", "A-B"),
        ("service: {name: redis, health_check: {endpoint: x}}", "HG206", "x"),
        ("service: {name: Redis, kind: redis}", "HG206", "Redis"),
    ],
)
def test_what_is_wrong_with_a_value_is_shown_where_it_was_written(
    text: str, code: str, at: str, tmp_path: Path
) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text(f"name: demo\n{text}\n", encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        validate_recipe(recipe, Options())
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, shown(f"name: demo\n{text}", diagnostic.span)) == (code, at)
    assert diagnostic.hint


@pytest.mark.parametrize("value", ["gpus", "{a: 1}", "[1]", "null", "''", "5"])
@pytest.mark.parametrize("word", sorted({*words(), *SHAPES, "resources", "services", "defaults"}))
def test_any_value_of_any_word_is_accepted_or_refused(
    word: str, value: str, tmp_path: Path
) -> None:
    """Anything but a RecipeError fails the test."""
    recipe = tmp_path / "r.yaml"
    for text in (
        f"{word}: {value}",
        f"service: {{name: redis, {word}: {value}}}",
        f"service: {{name: redis, resources: {{{word}: {value}}}}}",
        f"service: {{name: redis, container: {{{word}: {value}}}}}",
        f"service: {{name: redis}}\nclient: {{name: redis_benchmark, {word}: {value}}}",
    ):
        recipe.write_text(text, encoding="utf-8")
        with suppress(RecipeError):
            validate_recipe(recipe, Options())


def test_a_deployment_of_one_job_has_its_name() -> None:
    assert name_of(ROOT / "tests/older_recipes/one-service.yaml", Options()) == "redis"


def test_set_reaches_the_words_that_the_recipe_uses(tmp_path: Path) -> None:
    older = ROOT / "tests/older_recipes/one-service.yaml"
    set_older = Options(settings={"resources.memory": "8GB", "service.maxmemory": "2gb"})
    with pytest.raises(RecipeError, match="HG211: `memory` and `mem`"):
        bundle(older, tmp_path, set_older)
    set_older = Options(settings={"resources.mem": "8GB", "service.maxmemory": "2gb"})
    now = "services.redis"
    set_plain = Options(settings={f"{now}.resources.mem": "8G", f"{now}.maxmemory": "2gb"})
    plain_form = bundle(older.with_suffix(".plain.yaml"), tmp_path, set_plain)
    assert bundle(older, tmp_path, set_older) == plain_form


def test_set_may_say_a_whole_mapping() -> None:
    options = Options(settings={"resources": "{memory: 8GB, cpus: 3}"})
    older = ROOT / "tests/older_recipes/one-service-with-a-kind.yaml"
    resources = validate_recipe(older, options).data["services"]["my-cache"]["resources"]
    assert resources == {"mem": "8G", "cpus_per_task": 3, "time": "01:30:00"}


def test_check_finds_the_bundle_of_a_nameless_recipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = str(ROOT / "tests/older_recipes/one-service.yaml")
    assert main(["build", recipe, "-o", str(tmp_path)]) == 0
    assert main(["check", recipe, "-o", str(tmp_path)]) == 0
    manifest = json.loads((tmp_path / "redis" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["name"] == "redis"
