"""Abridged scripts: what a template says is named, and what a case makes of it is there."""

import pytest
from hpcgen.build import Options, compile_recipe
from jinja2 import Environment

from tests.abridged import abridged
from tests.kind_cases import CASES, PROJECT
from tests.marked_templates import mark_source, plain, recorded

SOURCE = """\
{#- A comment. -#}
begin
{% if steps %}

  srun {{ program }} --flag{% if fast %} --fast{% endif %}

{% elif setup %}
  setup
{% else %}
  {{ program }}
{% endif %}
{% for name in names %}
  log {{ name }}
{% endfor %}
end
"""
PRINTED = [
    (
        {"steps": True, "fast": True},
        "# [a.j2]\n#   if steps\n#   if fast\n#   = 'p'\n#   for name in names\n#   = x\n#   = y\n",
    ),
    (
        {"steps": True},
        "# [a.j2]\n#   if steps\n#   = 'p'\n#   for name in names\n#   = x\n#   = y\n",
    ),
    ({"setup": True, "names": ()}, "# [a.j2]\n#   if setup\n"),
    ({"names": ()}, "# [a.j2]\n  'p'\n# [a.j2]\n"),
]


@pytest.mark.parametrize(("context", "text"), PRINTED)
def test_a_template_is_named_with_its_conditions_and_values(
    context: dict[str, object], text: str
) -> None:
    environment = Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)  # noqa: S701
    values = {"program": "'p'", "names": ("x", "y"), **context}
    marked = environment.from_string(mark_source("a.j2", SOURCE)).render(values)
    assert plain(marked) == environment.from_string(SOURCE).render(values)
    assert abridged(marked) == text


def test_what_is_of_no_template_stays() -> None:
    text = f"probe() {{\n  true\n}}\nSUM={'0' * 64}\n"
    assert abridged(text) == text.replace("0" * 64, "[sha256]")


def test_a_bundle_is_made_as_ever_while_it_is_recorded() -> None:
    case, cluster = CASES["redis/full-lab"]
    options = Options(cluster=cluster)
    before = [(file.path, file.content) for file in compile_recipe(case, options).tree]
    with recorded() as texts:
        tree = compile_recipe(case, options).tree
    assert [(file.path, file.content) for file in tree] == before
    scripts = [file for file in tree if file.path.endswith((".sbatch", ".sh"))]
    assert {file.content for file in scripts} <= texts.keys()
    library = (PROJECT / "templates/lib/tend.sh").read_text().splitlines()[0]
    jobs = [texts[file.content] for file in scripts if library in file.content]
    assert jobs
    assert not [job for job in jobs if library in abridged(job)]
