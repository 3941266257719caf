"""openenv-scaling's programs against servers of this process: what they count, what they leave."""

from __future__ import annotations

import asyncio
import csv
import json
import sys
import threading
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import drivers
import grid
import measuring
import progress
import pytest
import scaling
import sessions
from drivers import Fleet, serve, shares
from hpcgen.services.openenv_scaling import benchmark
from jsonschema import Draft202012Validator
from sessions import Driver, Load

from tests.unit.openenv_server import Server

SCHEMA = json.loads((files("hpcgen.services") / "openenv_scaling/result.schema.json").read_text())
OPTIONS = {
    "client": "scaling", "target": "envs", "job-id": 7, "mode": "ws", "requests": "4,8",
    "wait": "0.05", "repetitions": 1, "timeout": 60, "pause": 0, "success": 0.95, "preflight": 4,
    "expected-hosts": 1, "require-hosts": 0, "drivers": 1,
    "until": 0.5, "precision": 0.05,
}  # fmt: skip
Run = Callable[..., dict[str, Any]]
Gather = Callable[..., None]


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (measuring, scaling):
        monkeypatch.setattr(module, "RESULT", tmp_path / "result.json")
    monkeypatch.setattr(progress, "FILE", tmp_path / "progress.prom")
    monkeypatch.setattr(drivers, "MEETING", tmp_path / ".drivers.json")
    for name in (
        "OPENENV_URL",
        "NUM_WORKERS",
        "WORKER_NODES",
        "WORKERS_PER_NODE",
        "BALANCER_NODE",
    ):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def measured(results: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the program, and returns its result, which is valid by the schema."""

    def run(url: str, *words: str, **options: Any) -> dict[str, Any]:
        merged = {**OPTIONS, **{name.replace("_", "-"): value for name, value in options.items()}}
        argv = [word for name, value in merged.items() for word in (f"--{name}", str(value))]
        monkeypatch.setattr(sys, "argv", ["benchmark.py", *argv, *words])
        monkeypatch.setenv("HPCGEN_ENVS_URL", url)
        benchmark.main()
        return left(results)

    return run


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> Gather:
    """Has all sessions of a load be there before the server ends one, however slowly they come."""

    def gather(server: Server, kind: type = Driver) -> None:
        begin = vars(kind)["fire"]

        async def fire(driver: object, load: Load) -> object:
            while server.open:  # sessions of the load before
                await asyncio.sleep(0.001)
            server.come, server.awaited = 0, load.count
            return await begin(driver, load)

        monkeypatch.setattr(kind, "fire", fire)

    return gather


def left(results: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((results / "result.json").read_text())
    Draft202012Validator(SCHEMA).validate(result)
    return result


def rows(results: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((results / "summary.csv").read_text().splitlines()))


def records(results: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (results / "raw.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("mode", ["ws", "http"])
def test_a_grid_leaves_every_session_every_point_and_the_whole(
    measured: Run, results: Path, together: Gather, mode: str
) -> None:
    with Server(["a:1", "b:1"]) as server:
        together(server)
        result = measured(server.url, mode=mode, wait="0.05,0.2", repetitions=2, requests="4,50")
    assert [*records(results)[0]] == list(sessions.FIELDS)
    assert [*rows(results)[0]] == list(grid.FIELDS)
    assert len(records(results)) == 2 * 2 * (4 + 50)
    points = [(float(row["wait_seconds"]), int(row["num_requests"])) for row in rows(results)]
    assert points == [(wait, n) for wait in (0.05, 0.2) for n in (4, 4, 50, 50)]
    assert server.greatest >= 50, "the sessions of a point are there at once"
    for point in result["points"]:
        assert (point["failed"], point["unique_hosts"]) == (0, 2)
        assert point["hosts"] == {
            "a:1": point["num_requests"] // 2,
            "b:1": point["num_requests"] // 2,
        }
        assert point["total_min"] >= point["wait_seconds"]
        assert point["total_wall_time"] >= point["total_max"]
    assert result["ceilings"][0] == {"mode": mode, "wait_seconds": 0.05, "sessions": 50}
    assert (result["valid"], result["complete"], result["remarks"]) == (True, True, [])
    counted = f'part="{mode}-50-0.2",outcome="succeeded"}} 100\n'
    assert counted in (results / "progress.prom").read_text()


def test_the_figures_are_those_of_hand() -> None:
    good = {"success": True, "connect_latency": 0.1, "reset_latency": 0.2, "step_latency": 1.0}
    sessions = [
        {**good, "total_latency": t, "pid": t, "session_hash": t, "host_url": "a"}
        for t in (1, 2, 4)
    ]
    figures = grid.figures(
        [*sessions, {"success": False, "error_type": "x"}], wait=1.5, seconds=3.0
    )
    assert (figures["successful"], figures["failed"], figures["error_rate"]) == (3, 1, 0.25)
    assert (figures["total_p50"], figures["total_p90"], figures["total_avg"]) == (2, 3.6, 2.333333)
    assert (figures["requests_per_second"], figures["effective_concurrency"]) == (1.0, 4 * 1.5 / 3)
    assert (figures["unique_pids"], figures["unique_hosts"]) == (3, 1)


def test_sessions_that_are_refused_are_told_by_the_servers_own_code(
    measured: Run, results: Path, together: Gather
) -> None:
    with Server(most=10) as server:
        together(server)
        result = measured(server.url, requests="20", wait=0.3)
    (point,) = result["points"]
    assert (point["successful"], point["errors"]) == (10, {"CAPACITY_REACHED": 10})
    assert result["ceilings"] == [{"mode": "ws", "wait_seconds": 0.3, "sessions": 0}]
    failed = [record for record in records(results) if not record["success"]]
    assert {record["total_latency"] for record in failed} == {None}


def test_the_search_finds_the_ceiling(measured: Run, together: Gather) -> None:
    with Server(most=100) as server:
        together(server)
        result = measured(server.url, search=1000, precision=0.02, requests="8", wait=0.1)
    assert result["ceilings"][0]["sessions"] == pytest.approx(105, abs=3), "95 % of 105 are 100"
    assert max(point["num_requests"] for point in result["points"]) == 256
    rates = [1 - p["error_rate"] for p in result["points"]]
    assert min(rates) < 0.5


def test_a_session_that_gets_no_answer_has_failed_in_time(measured: Run, results: Path) -> None:
    with Server() as server, pytest.raises(SystemExit, match="the pre-flight failed: 0 of 4"):
        server.awaited = 10**9
        measured(server.url, timeout=0.05)
    assert not (results / "result.json").exists()


def test_fewer_hosts_than_are_required_fail_the_run_before_it_begins(measured: Run) -> None:
    reached = pytest.raises(SystemExit, match=r"pre-flight reached 2 hosts of 3: .*a:1.*b:1")
    with Server(["a:1", "b:1"]) as server, reached:
        measured(server.url, require_hosts=3)


def test_one_host_of_several_workers_is_no_result(
    measured: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUM_WORKERS", "4")
    with Server() as server, pytest.raises(SystemExit, match="pre-flight reached 1 hosts of 4"):
        measured(server.url)


def test_a_host_that_is_lost_ends_the_run_which_keeps_what_it_has(
    measured: Run, results: Path
) -> None:
    nothing = pytest.raises(SystemExit, match="proves nothing: 4 sessions reached 1 of 2")
    with Server(["a:1", "b:1", *["a:1"] * 1000]) as server, nothing:
        measured(server.url, require_hosts=2, preflight=2)
    result = left(results)
    assert (result["valid"], result["complete"], result["points"][0]["valid"]) == (
        False,
        False,
        False,
    )
    assert len(result["points"]) == 1
    assert result["remarks"] == ["4 sessions reached 1 of 2 hosts: ['a:1']"]


def test_fewer_hosts_than_expected_are_remarked(measured: Run) -> None:
    with Server() as server:
        result = measured(server.url, expected_hosts=3, requests="4")
    assert (result["valid"], result["remarks"]) == (True, ["4 sessions reached 1 of 3"])


def test_the_result_carries_its_topology(measured: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUM_WORKERS", "2")
    monkeypatch.setenv("WORKER_NODES", "n1 n2")
    monkeypatch.setenv("WORKERS_PER_NODE", "48")
    monkeypatch.setenv("BALANCER_NODE", "n0")
    with Server(["n1:8000", "n2:8000"]) as server:
        monkeypatch.setenv("OPENENV_URL", server.url)
        result = measured("http://127.0.0.1:9", "--fact", "cpus_per_node=48", requests="4")
    assert result["topology"] == {
        "urls": [server.url], "cpus_per_node": 48, "workers": 2, "worker_nodes": ["n1", "n2"],
        "workers_per_node": 48, "balancer_node": "n0",
    }  # fmt: skip


def test_sessions_go_to_several_urls_in_turn(measured: Run) -> None:
    with Server(["a:1"]) as one, Server(["b:1"]) as other:
        words = ["--url", one.url, "--url", f"{other.url}/envs"]
        result = measured("", *words, requests="10", target="")
    assert result["points"][0]["hosts"] == {"a:1": 5, "b:1": 5}
    assert result["topology"]["workers"] == 2


def test_a_duration_ends_the_grid_and_the_result_says_so(
    measured: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter((0.0, 0.1, 0.2, 0.3))  # at the begin, and before each point
    monkeypatch.setattr(scaling, "time", SimpleNamespace(monotonic=lambda: next(times)))
    with Server() as server:
        result = measured(server.url, duration=0.3, wait="0.2", repetitions=9, requests="4")
    assert len(result["points"]) == 2
    assert (result["valid"], result["complete"]) == (True, False)
    assert result["remarks"] == ["the duration was over before ws 4 x 0.2 s"]


def test_more_sessions_than_a_driver_can_have_are_refused(
    measured: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_raise_open_files", lambda: 960)
    with Server() as server, pytest.raises(SystemExit, match="2000 sessions are more than the 960"):
        measured(server.url, requests="8,2000")


def test_where_ports_do_not_suffice_every_address_that_reaches_the_target_serves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sessions, "_ports", lambda: 10)
    monkeypatch.setattr(sessions, "_own_addresses", lambda: ["127.0.0.2", "127.0.0.3", "192.0.2.1"])
    with Server() as server:
        driver = Driver([server.url], 20)
        assert (driver.sources, driver.ports) == (("127.0.0.2", "127.0.0.3"), 20)
        load = Load("x", "ws", [server.url], 20, 20, 0, 0.01, 5.0)
        outcomes, _ = asyncio.run(driver.fire(load))
    assert [record["error_type"] for record in outcomes] == [None] * 20
    assert server.peers == {"127.0.0.2": 11, "127.0.0.3": 11}, "and one each that tried the way"


@pytest.mark.parametrize("fragment", [1, 7, 0])
def test_answers_may_come_in_pieces(fragment: int) -> None:
    with Server(fragment=fragment) as server:
        server.step = {"observation": {"host_url": "x" * 70_000, "waited_seconds": 0.01}}
        if fragment == 1:
            server.step = {"observation": {"host_url": "xy", "waited_seconds": 0.01}}
        load = Load("x", "ws", [server.url], 2, 2, 0, 0.01, 20.0)
        sessions, _ = asyncio.run(Driver([server.url], 2).fire(load))
    assert [record["error_type"] for record in sessions] == [None, None]
    assert sessions[0]["host_url"] == server.step["observation"]["host_url"]


@pytest.mark.parametrize(
    ("step", "kind"),
    [({"observation": None}, "no-observation"), ({}, "no-observation"), ([1], "no-observation")],
)
def test_an_answer_without_an_observation_is_none(step: Any, kind: str) -> None:
    with Server() as server:
        server.step = step
        for mode in ("ws", "http"):
            load = Load("x", mode, [server.url], 1, 1, 0, 0.01, 5.0)
            ((record,), _) = asyncio.run(Driver([server.url], 1).fire(load))
            assert (record["success"], record["error_type"]) == (False, kind)


def test_a_server_that_is_not_there_is_said_to_be_so(measured: Run) -> None:
    with pytest.raises(SystemExit, match=r"failed: 0 of 4, .*ConnectionRefusedError': 4"):
        measured("http://127.0.0.1:9")


def test_several_drivers_share_a_load_and_begin_together(
    measured: Run, results: Path, together: Gather
) -> None:
    threads = [threading.Thread(target=lambda: asyncio.run(serve())) for _ in range(3)]
    for thread in threads:
        thread.start()
    with Server(["a:1", "b:1"]) as server:
        together(server, Fleet)
        result = measured(server.url, drivers=3, requests="2,10", wait=0.2)
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a driver ends with the fleet"
    assert [point["successful"] for point in result["points"]] == [2, 10]
    numbers = [record["request_id"] for record in records(results)]
    assert numbers[2:] == [f"ws-10-0.2-1-{number:06}" for number in range(10)]
    assert server.greatest == 10, "all of them are there at once"
    assert not (results / ".drivers.json").exists()


def test_whoever_does_not_know_the_token_is_no_driver(results: Path) -> None:
    async def run() -> str:
        fleet = Fleet(1, ["http://127.0.0.1:9"], 10)
        waiting = asyncio.ensure_future(fleet.__aenter__())
        while not (results / ".drivers.json").exists():
            await asyncio.sleep(0.01)
        assert (results / ".drivers.json").stat().st_mode & 0o077 == 0
        where = json.loads((results / ".drivers.json").read_text())
        reader, writer = await asyncio.open_connection("127.0.0.1", where["port"])
        writer.write(b'{"token": "guessed", "node": "x", "capacity": 1, "limits": ""}\n')
        assert await reader.read() == b""
        writer.close()
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await fleet.__aexit__()
        return "sent away"

    assert asyncio.run(run()) == "sent away"


def test_a_driver_that_does_not_come_or_goes_ends_the_run(
    measured: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drivers, "PATIENCE", 0.5)
    with Server() as server, pytest.raises(SystemExit, match=r"only 0 of 2 drivers came in 0.5 s"):
        measured(server.url, drivers=2)


def test_a_load_is_shared_as_equally_as_can_be() -> None:
    load = Load("x", "ws", ["u"], 10, 10, 0, 1.0, 2.0)
    assert [(part.first, part.count) for part in shares(load, 3)] == [(0, 4), (4, 3), (7, 3)]
    assert {part.batch_size for part in shares(load, 3)} == {10}
    assert len(shares(load, 20)) == 10


@pytest.mark.parametrize(
    ("rates", "following"),
    [
        ({100: 1.0}, 200),
        ({100: 1.0, 200: 0.9}, 400),
        ({100: 1.0, 200: 0.9, 400: 0.4}, 150),
        ({100: 1.0, 150: 0.94, 400: 0.4}, 125),
        ({100: 1.0, 104: 0.9, 400: 0.4}, None),
        ({100: 0.4}, 50),
        ({1: 0.0}, None),
        ({600: 1.0}, 1000),
        ({1000: 1.0}, None),
        ({100: 1.0, 200: 0.6, 300: 1.0, 600: 0.2}, 450),
    ],
)
def test_the_next_load_of_a_search(rates: dict[int, float], following: int | None) -> None:
    assert grid.next_load(rates, 0.95, grid.Search(0.5, 1000, 0.05)) == following
