"""Phases of a load: as many requests as their rate's area holds, each when it is due."""

from __future__ import annotations

import pytest
from phases import Phase, phase

HOLDS = {
    "constant": Phase("a", 10, 8, rate=50),
    "fraction": Phase("a", 7, 8, rate=1 / 3),
    "ramp": Phase("a", 10, 8, rate=50, shape="ramp"),
    "ramp down": Phase("a", 10, 8, rate=5, shape="ramp", base=45),
    "spike": Phase("a", 30, 8, rate=100, shape="spike", base=2),
    "spike from nothing": Phase("a", 3, 8, rate=100, shape="spike"),
}
COUNTS = {
    "constant": 500,
    "fraction": 3,
    "ramp": 250,
    "ramp down": 250,
    "spike": 1040,
    "spike from nothing": 100,
}


@pytest.mark.parametrize("name", HOLDS)
def test_there_are_as_many_requests_as_the_rate_has_area(name: str) -> None:
    due = list(HOLDS[name].due())
    assert len(due) == COUNTS[name]
    assert due == sorted(due)
    assert due[0] >= 0
    assert due[-1] < HOLDS[name].duration


@pytest.mark.parametrize("name", HOLDS)
def test_any_second_has_as_many_as_its_rate_says(name: str) -> None:
    shape, due = HOLDS[name], list(HOLDS[name].due())
    for second in range(int(shape.duration)):
        expected = sum(shape.level(second + part / 1000 + 0.0005) for part in range(1000)) / 1000
        assert abs(sum(second <= moment < second + 1 for moment in due) - expected) <= 1.001


def test_a_level_follows_the_shape_and_is_nothing_afterwards() -> None:
    ramp, spike = Phase("a", 10, 20, shape="ramp"), Phase("a", 9, 20, shape="spike", base=4)
    assert [ramp.level(at) for at in (0, 5, 10)] == [0, 10, 0]
    assert [spike.level(at) for at in (0, 2.9, 3, 5.9, 6, 8.9, 9)] == [4, 4, 20, 20, 4, 4, 0]


def test_a_phase_is_read_as_it_is_written_and_nothing_else_is() -> None:
    text = "name=climb,duration=60,clients=8,rate=2.5,shape=ramp,from=1"
    assert phase(text) == Phase("climb", 60, 8, rate=2.5, shape="ramp", base=1)
    for wrong in ("name=a,duration=1,clients=8,shape=saw", f"{text},more=1", "climb"):
        with pytest.raises(ValueError):
            phase(wrong)
