"""The rules of the plan: one list, whose codes have pages, and no code without its rule."""

import inspect
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from hpcgen.build import Options, resolve_recipe
from hpcgen.diagnostics import RecipeError
from hpcgen.diagnostics.finds import Finder
from hpcgen.model.kind import kinds
from hpcgen.plan import plan, rules
from hpcgen.plan.acknowledged import of_nothing
from hpcgen.plan.rules import RULES, Rule, judge
from hpcgen.plan.rules.situation import Situation

INVALID = sorted(Path(__file__).parents[1].glob("invalid_recipes/HG[45]*.yaml"))
PAGES = {path.name.removesuffix(".md") for path in (files("hpcgen") / "codes").iterdir()}
PLAN_LINES = 20


def of_kinds() -> Iterator[Finder[...]]:
    for kind in kinds().values():
        for function in ("problems", "problems_among"):
            if hasattr(kind.module, function):
                yield getattr(kind.module, function)


FINDERS: list[Finder[...]] = [*RULES, of_nothing, *of_kinds()]
STATED = {code for finder in FINDERS for code in finder.codes}


def test_every_code_of_the_plan_has_its_rule() -> None:
    assert {page for page in PAGES if page.startswith("HG4")} <= STATED


def test_every_code_of_a_rule_has_its_page() -> None:
    assert STATED <= PAGES


def test_every_rule_is_in_the_list() -> None:
    folder = Path(str(rules.__file__)).parent
    modules = [getattr(rules, path.stem) for path in folder.glob("*.py") if path.stem != "__init__"]
    finders = {f for module in modules for f in vars(module).values() if isinstance(f, Finder)}
    assert finders == {*RULES}


def findings(situation: Situation) -> Iterator[tuple[Rule, set[str]]]:
    """What each rule finds, up to the first list that finds an error."""
    for level in (rules.OF_ENTRIES, rules.OF_OFFERS, rules.OF_ROWS):
        by_rule = [(rule, [*rule(situation)]) for rule in level]
        yield from ((rule, {problem.code for problem in problems}) for rule, problems in by_rule)
        if any(not problem.warning for _, problems in by_rule for problem in problems):
            return


def test_a_rule_finds_no_code_that_it_does_not_state() -> None:
    judged = 0
    for path in INVALID:
        try:
            situation = Situation(resolve_recipe(path, Options()))
        except RecipeError:
            continue  # an earlier stage refuses it
        judged += 1
        for rule, codes in findings(situation):
            assert codes <= {*(rule.codes or STATED)}, f"{path.name}: {rule.__name__}"
        with pytest.raises(RecipeError) as refused:
            judge(situation)
        assert path.stem[:5] in {problem.code for problem in refused.value.diagnostics}
    assert judged >= 80  # of the recipes that the plan or a later rule refuses


def test_plan_is_short() -> None:
    assert len(inspect.getsource(plan).splitlines()) <= PLAN_LINES
