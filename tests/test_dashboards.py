"""The dashboards: what people write, the JSON that is made of it, and the metrics behind it.

Grafana's own schema and Prometheus' own grammar judge them: `tests/npm` installs both once.
`tests/metrics/` says what each exporter exports, and where that is known from; what runs in the lab
is asked there too.
"""

from __future__ import annotations

import copy
import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hpcgen import schema
from hpcgen.grafana.dashboard import dashboard, dump
from hpcgen.grafana.panel import UID
from hpcgen.grafana.selection import all_dashboards, dashboards_with_data
from hpcgen.grafana.source import Dashboard, read
from hpcgen.load import load
from hpcgen.schema.validator import validator

from tests.dashboards import expressions, plain
from tests.exported_metrics import PROMETHEUS, exported

PROJECT = Path(__file__).parent.parent
GRAFANA = Path(__file__).with_name("grafana")
NPM = Path(__file__).with_name("npm")
LACKS = subprocess.run([NPM, "check"], check=False, capture_output=True, text=True).stderr
FILES = sorted(
    [
        *(PROJECT / "templates/grafana/dashboards").glob("*.yaml"),
        *(PROJECT / "generator/hpcgen/services").glob("**/dashboards/*.yaml"),
        *(PROJECT / "generator/hpcgen/balancers").glob("**/dashboards/*.yaml"),
    ]
)

PROCESS = {"process_cpu_seconds_total", "process_open_fds", "process_resident_memory_bytes"}
"""What every program says that uses one of Prometheus' own client libraries."""

SMALL = b"""
title: Small
description: For a test.
rows:
- title: Row
  panels:
  - {title: First, description: One., queries: {"": up}}
  - {title: Second, description: Two., queries: {"": up}}
"""

needs_npm = pytest.mark.skipif(bool(LACKS), reason=f"to judge a dashboard, {LACKS.strip()}")


def judged(
    dashboards: Mapping[str, Mapping[str, Any]], expressions: Iterable[str] = ()
) -> tuple[list[str], dict[str, list[str] | None]]:
    """What Grafana's schema finds wrong, and the metrics of each expression that parses."""
    questions = json.dumps({"dashboards": dashboards, "expressions": list(expressions)})
    done = subprocess.run(
        [NPM, "run", GRAFANA],
        input=questions,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    verdicts = json.loads(done.stdout)
    return verdicts["dashboards"], verdicts["expressions"]


@cache
def verdict() -> tuple[list[str], dict[str, list[str] | None]]:
    made = {name: json.loads(dump(board)) for name, board in all_dashboards().items()}
    return judged(
        made, (plain(expression) for expression in expressions(all_dashboards().values()))
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_is_a_dashboard_by_the_schema(file: Path) -> None:
    data = load(file).data
    errors = validator(schema.read("dashboard")).iter_errors(data)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []
    assert all(panel.description.endswith(".") for panel in panels(all_dashboards()[file.stem]))


def panels(of: Dashboard) -> list[Any]:
    return [panel for row in of.rows for panel in row.panels]


def test_no_two_dashboards_have_the_same_name() -> None:
    assert list(all_dashboards()) == list(dict.fromkeys(file.stem for file in FILES_IN_ORDER))
    assert len(all_dashboards()) == len(FILES)


FILES_IN_ORDER = sorted(
    FILES,
    key=lambda file: ("templates" not in file.parts, file.relative_to(PROJECT).parts[3:]),
)


@needs_npm
def test_every_dashboard_is_one_by_grafanas_own_schema() -> None:
    assert verdict()[0] == []


WRONG: dict[tuple[str | int, ...], Any] = {
    ("panels", 1, "options", "legend", "showLegend"): "yes",
    ("panels", 1, "targets", 0, "expression"): "up",
    ("panels", 1, "fieldConfig", "defaults", "custom", "fillOpacity"): "10",
    ("panels", 1, "type"): "timeserie",
    ("templating", "list"): [{"name": "service", "type": "querry"}],
    ("graphTooltip",): 7,
    ("titel",): "Small",
}
"""Places of a dashboard, each with what Grafana's schema does not take there."""


def broken(place: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    document = copy.deepcopy(dashboard(read("small", SMALL)))
    within: Any = document
    for key in place[:-1]:
        within = within[key]
    within[place[-1]] = value
    return document


@needs_npm
def test_what_grafana_does_not_know_would_be_found() -> None:
    wrong = {f"wrong{n}": broken(*change) for n, change in enumerate(WRONG.items())}
    errors = judged({"good": dashboard(read("small", SMALL)), **wrong})[0]
    assert {name for name in ("good", *wrong) if any(name in error for error in errors)} == {*wrong}


@needs_npm
def test_every_expression_is_promql() -> None:
    assert [expression for expression, metrics in verdict()[1].items() if metrics is None] == []
    assert judged({}, ["sum(rate(up[1m])", "up{a=}"])[1] == {
        "sum(rate(up[1m])": None,
        "up{a=}": None,
    }


@needs_npm
def test_every_metric_is_one_that_something_exports() -> None:
    named = {metric for metrics in verdict()[1].values() for metric in metrics or ()}
    assert named - exported() - PROMETHEUS - PROCESS == set()
    assert "vllm:num_requests_swapped" not in exported()


def test_every_rate_is_over_grafanas_own_interval() -> None:
    over = {
        span
        for expression in expressions(all_dashboards().values())
        for span in re.findall(r"\[(.*?)\]", expression)
    }
    assert over == {"$__rate_interval"}


def test_uids_and_ids_are_unique_and_the_data_source_is_the_one() -> None:
    made = [dashboard(board) for board in all_dashboards().values()]
    assert len({board["uid"] for board in made}) == len(made)
    for board in made:
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids)
        assert all(0 < number < 2**31 for number in ids)
        assert set(re.findall(r'"type": "prometheus", "uid": "(\w+)"', json.dumps(board))) == {UID}


def test_no_panel_lies_on_another_or_beyond_the_edge() -> None:
    for name, board in all_dashboards().items():
        places = [panel["gridPos"] for panel in dashboard(board)["panels"]]
        taken = [
            (x, y)
            for place in places
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ]
        assert len(set(taken)) == len(taken), name
        assert max(x for x, _ in taken) < 24, name


def test_a_change_of_one_panel_is_a_change_of_its_lines() -> None:
    before = dump(read("small", SMALL)).splitlines()
    unit = SMALL.replace(b"description: Two.,", b"description: Two., unit: s,")
    after = dump(read("small", unit)).splitlines()
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert [(a.replace('"short"', '"s"'), b) for a, b in changed] == [(b, b) for _, b in changed]
    assert len(changed) == 1


def test_a_new_panel_leaves_the_ids_of_the_others() -> None:
    more = SMALL + b'  - {title: Third, description: Three., queries: {"": up}}\n'
    ids = {panel["title"]: panel["id"] for panel in dashboard(read("small", SMALL))["panels"]}
    grown = {panel["title"]: panel["id"] for panel in dashboard(read("small", more))["panels"]}
    assert ids.items() < grown.items()


@pytest.mark.parametrize("name", sorted(all_dashboards()))
def test_every_dashboard_has_a_picture_of_all_its_panels(name: str) -> None:
    drawn = (PROJECT / "docs" / "dashboards" / f"{name}.svg").read_text(encoding="utf-8")
    titles = [panel["title"] for panel in dashboard(all_dashboards()[name])["panels"]]
    drawn_titles = re.findall(r'class="title">(?:▾ )?([^<]*)<', drawn)
    assert drawn_titles == [escape(title) for title in titles]
    assert len(drawn) < 200_000


def test_only_what_has_data_is_shown() -> None:
    assert [board.name for board in dashboards_with_data(())] == ["overview", "service"]
    assert [board.name for board in dashboards_with_data(("redis", "node"))] == [
        *("nodes", "overview", "service", "redis")
    ]
    titles = {
        sources: [row.title for row in board.rows]
        for sources in ((), ("node",))
        for board in dashboards_with_data(sources)
        if board.name == "overview"
    }
    assert titles == {(): ["Now", "Targets"], ("node",): ["Now", "Targets", "Nodes"]}
