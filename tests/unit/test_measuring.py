"""What benchmark programs share: whose figures they are, and that none is made up."""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Callable
from pathlib import Path

import measuring
import pytest
from measuring import Load, Requests, leave, load, options, percentile, spread
from progress import Progress

from tests.unit.virtual_time import VirtualTime


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualTime:
    virtual = VirtualTime()
    virtual.rules(monkeypatch, measuring)
    return virtual


def nothing(_: object, number: int) -> None:
    """A request that succeeds."""


def requests(
    send: Callable[[object, int], object], connect: Callable[[], object] = object
) -> Requests[object, int]:
    return Requests(connect, lambda number: number, send)


@pytest.mark.parametrize("size", [2, 3, 10, 99, 1000])
def test_a_percentile_is_interpolated_between_its_neighbours(size: int) -> None:
    values = sorted(random.Random(size).random() for _ in range(size))
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    for part in (50, 95, 99):
        assert percentile(values, part) == pytest.approx(cuts[part - 1])


def test_one_latency_is_every_figure() -> None:
    assert set(spread([0.25]).values()) == {250.0}


def test_every_request_is_sent_once_over_a_connection_of_its_worker() -> None:
    sent: list[tuple[object, int]] = []
    done = load(requests(lambda *request: sent.append(request)), count=200, workers=4)
    assert sorted(number for _, number in sent) == list(range(200))
    assert len({id(connection) for connection, _ in sent}) <= 4
    assert done.figures()["succeeded"] == 200


def test_rates_and_latencies_are_of_what_succeeded(clock: VirtualTime) -> None:
    def send(_: object, number: int) -> None:
        if number % 4:
            raise ValueError("no")
        clock.sleep(0.01)

    figures = load(requests(send), count=20, workers=1).figures()
    assert (figures["succeeded"], figures["failed"]) == (5, 15)
    assert figures["errors"] == {"ValueError: no": 15}
    assert (figures["seconds"], figures["requests_per_second"]) == (0.05, 100)
    assert figures["latency_ms"]["min"] == figures["latency_ms"]["max"] == 10


def test_after_a_failure_the_worker_connects_anew() -> None:
    made: list[int] = []

    def send(_: object, number: int) -> None:
        if number == 1:
            raise OSError

    def connect() -> object:
        made.append(1)
        return object()

    load(requests(send, connect), count=4, workers=1)
    assert len(made) == 2


def test_preparing_is_not_timed(clock: VirtualTime) -> None:
    def prepare(number: int) -> int:
        clock.sleep(0.05)
        return number

    slow = Requests(object, prepare, nothing)
    assert load(slow, count=3, workers=1).figures()["latency_ms"]["max"] == 0


def test_a_target_that_is_gone_ends_the_load_and_gives_no_figures() -> None:
    tries: list[int] = []

    def connect() -> object:
        tries.append(1)
        if len(tries) > 1:
            raise ConnectionRefusedError("gone")
        return object()

    def send(_: object, number: int) -> None:
        if number == 5:
            raise BrokenPipeError

    done = load(requests(send, connect), count=None, workers=1)
    assert len(done.latencies) == 5
    with pytest.raises(
        SystemExit, match="no connection to the target: ConnectionRefusedError: gone"
    ):
        done.figures()


def test_no_request_is_begun_after_the_deadline(clock: VirtualTime) -> None:
    slow = requests(lambda *_: clock.sleep(0.03))
    figures = load(slow, count=None, workers=2, deadline=0.2).figures()
    assert (figures["succeeded"], figures["seconds"]) == (2 * 7, 0.21)
    with pytest.raises(SystemExit, match="no result: not one request succeeded"):
        load(slow, count=None, workers=1, deadline=0.2).figures()


def test_reasons_that_are_all_different_are_counted_together() -> None:
    def send(_: object, number: int) -> None:
        if number:
            raise ValueError(number)

    errors = load(requests(send), count=101, workers=1).figures()["errors"]
    assert (len(errors), errors["others"]) == (21, 80)


def test_a_result_is_whole_and_says_who_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "RESULT", tmp_path / "result.json")
    parser = options("a-benchmark")
    parser.add_argument("--size", type=int)
    arguments = parser.parse_args(
        ["--client", "bench", "--target", "db", "--job-id", "7", "--size", "1", "--size", "2"]
    )
    with pytest.raises(ValueError, match="JSON"):
        leave(arguments, ["size"], {"seconds": float("nan")}, Progress({}))
    assert not list(tmp_path.iterdir())
    leave(arguments, ["size"], {"seconds": 1.5}, Progress({}))
    about = {"client": "bench", "kind": "a-benchmark", "target": "db", "job_id": 7}
    expected = {**about, "parameters": {"size": 2}, "seconds": 1.5}
    assert json.loads((tmp_path / "result.json").read_text()) == expected
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_no_figures_are_made_of_nothing() -> None:
    with pytest.raises(SystemExit, match="no result"):
        Load().figures()
