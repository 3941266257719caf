"""Planned ports: ranges that never overlap, the usual port first."""

from types import SimpleNamespace
from typing import Any

from hpcgen.plan.ports import plan_ports


def planned(*services: tuple[int, int | None], further: int = 0) -> list[tuple[str, ...]]:
    """The ports of services, each given by its usual port and the one that its recipe names.

    All have the `further` port, where there is one.
    """
    ports = {"grpc": further} if further else {}
    named: list[Any] = [
        SimpleNamespace(name=str(n), port=port, ports=ports, fleet=None)
        for n, (_, port) in enumerate(services)
    ]
    offers: dict[str, Any] = {
        str(n): SimpleNamespace(usual_port=usual, members=None)
        for n, (usual, _) in enumerate(services)
    }
    return list(plan_ports(named, offers).values())


def test_a_service_has_its_usual_port_and_the_next_four() -> None:
    assert planned((6379, None)) == [("6379", "6380", "6381", "6382", "6383")]


def test_the_next_of_a_kind_has_the_next_range() -> None:
    ranges = planned((6379, None), (6379, None), (6379, None))
    assert [ports[0] for ports in ranges] == ["6379", "6384", "6389"]


def test_a_port_that_a_recipe_names_is_in_no_range_wherever_it_comes() -> None:
    assert planned((6379, None), (8000, 6381))[0][0] == "6382"
    assert planned((6379, 6381), (6379, None)) == [
        ("6381",),
        ("6382", "6383", "6384", "6385", "6386"),
    ]


def test_ranges_of_different_kinds_keep_apart() -> None:
    ranges = planned((6379, None), (6381, None), (6379, None), (6381, None))
    assert [ports[0] for ports in ranges] == ["6379", "6384", "6389", "6394"]


def test_a_further_port_is_left_out_of_every_range() -> None:
    assert planned((8000, None), (8003, None), further=8001) == [
        ("8000", "8002", "8003", "8004", "8005"),
        ("8006", "8007", "8008", "8009", "8010"),
    ]
