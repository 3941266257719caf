"""What `explain` makes again is what a build makes: one artefact, from data that no file holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hpcgen.load import load, load_text
from hpcgen.plan import Plan, plan
from hpcgen.render import artefact, render
from hpcgen.resolve import profiles, resolve, resolve_for
from hpcgen.validate import validate
from hpcgen.yaml.document import document_without_places

RECIPES = Path(__file__).parents[2] / "recipes"


@pytest.fixture(scope="module", params=["everything", "experiments", "fleet"])
def planned(request: pytest.FixtureRequest) -> Plan:
    document = validate(load(RECIPES / f"{request.param}.yaml"))
    return plan(resolve(document, RECIPES))


def test_one_artefact_is_as_among_all(planned: Plan) -> None:
    tree = render(planned)
    assert [artefact(planned, file.path) for file in tree] == [*tree]
    assert artefact(planned, "jobs/none.sbatch") is None


def test_data_means_what_its_json_means() -> None:
    profile = profiles.load_profile("generic", Path(), None)
    written = load(RECIPES / "everything.yaml")
    read = load_text("everything.yaml", json.dumps(written.data).encode())
    trees = (
        [*render(plan(resolve_for(profile, validate(document))))]
        for document in (written, read, document_without_places("everything.yaml", written.data))
    )
    first, *others = ([(file.path, file.content) for file in tree] for tree in trees)
    assert others == [first, first]
