"""Every odd but legal document in tests/odd_yaml loads as the JSON file beside it."""

import json
from pathlib import Path

import pytest
from hpcgen.load import load

CASES = sorted((Path(__file__).parent / "odd_yaml").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_loads_as_the_json_beside_it(case: Path) -> None:
    expected = json.loads(case.with_suffix(".json").read_text(encoding="utf-8"))
    assert typed(load(case).data) == typed(expected)


def typed(value: object) -> object:
    """Tell 1 from 1.0 and from true, which are equal in Python."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return (type(value).__name__, value)


def test_there_are_cases() -> None:
    assert len(CASES) >= 8
