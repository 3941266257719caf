"""The command line as scripts and people meet it: statuses, streams, formats, and drift by name."""

import hashlib
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hpcgen import build, cli
from hpcgen.verbs.exit_status import BUG, DIFFERENCES, OK, PROBLEMS, USAGE

PROJECT = Path(__file__).parent.parent
RECIPE = "name: demo\nservices:\n  cache:\n    kind: redis\n"
WRONG = f"{RECIPE}    presistence: aof\n    port: 80\n"
VERBS = ("build", "check", "validate", "plan", "expand", "explain", "list", "schema", "completion")

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yaml").write_text(RECIPE)
    (tmp_path / "wrong.yaml").write_text(WRONG)
    return tmp_path


def ran(capsys: Captured, *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = cli.main(arguments)
    return (status, *capsys.readouterr())


def usage(capsys: Captured, *arguments: str) -> str:
    """What is said of a command line that is wrong."""
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    out, err = capsys.readouterr()
    assert (caught.value.code, out) == (USAGE, "")
    assert err.startswith("usage: hpcgen")
    return err


def test_a_build_prints_the_path_last_and_prose_on_stderr(place: Path, capsys: Captured) -> None:
    status, out, err = ran(capsys, "build", "good.yaml")
    assert (status, out) == (OK, "output/demo\n")
    assert "output/demo/bin/submit.sh" in err
    assert (place / "output/demo/manifest.json").is_file()


def test_every_bundle_has_its_line_whatever_became_of_the_others(capsys: Captured) -> None:
    Path("second.yaml").write_text(RECIPE.replace("demo", "second"))
    status, out, err = ran(capsys, "build", "good.yaml", "wrong.yaml", "second.yaml", "-o", "x")
    assert (status, out) == (PROBLEMS, "x/demo\nx/second\n")
    assert "error[HG201]" in err


def test_validate_writes_nothing(place: Path, capsys: Captured) -> None:
    before = set(place.rglob("*"))
    assert ran(capsys, "validate", "good.yaml") == (OK, "", "")
    status, out, err = ran(capsys, "validate", "wrong.yaml")
    assert (status, out) == (PROBLEMS, "")
    assert re.findall(r"error\[(HG\d+)\]", err) == ["HG201", "HG204"]
    assert "2 problems" in err
    assert set(place.rglob("*")) == before


def test_json_is_one_object_on_stdout(capsys: Captured) -> None:
    status, out, err = ran(capsys, "validate", "wrong.yaml", "--format", "json")
    assert (status, err) == (PROBLEMS, "")
    problems = json.loads(out)["problems"]
    assert [problem["code"] for problem in problems] == ["HG201", "HG204"]
    assert problems[0]["span"]["line"] == 5


def test_github_is_one_command_a_problem_with_the_path_as_given(capsys: Captured) -> None:
    Path("recipes").mkdir()
    Path("wrong.yaml").rename("recipes/wrong.yaml")
    status, out, err = ran(capsys, "validate", "recipes/wrong.yaml", "--format", "github")
    assert (status, err) == (PROBLEMS, "")
    lines = out.splitlines()
    assert len(lines) == 2
    assert all(re.match(r"::error file=recipes/wrong\.yaml,line=\d+,", line) for line in lines)


def test_a_problem_of_a_profile_is_shown_where_it_is(capsys: Captured) -> None:
    Path("sites").mkdir()
    Path("sites/mine.yaml").write_text("name: mine\ntitle: Mine\nkill_wait: 1\n")
    Path("good.yaml").write_text(f"cluster: ./sites/mine.yaml\n{RECIPE}")
    status, _, err = ran(capsys, "validate", "good.yaml")
    assert status == PROBLEMS
    assert re.search(r"sites/mine\.yaml:3:12\n.*\n.*\n3 \| kill_wait: 1\n", err)


def test_what_is_set_is_recorded_and_replayed(place: Path, capsys: Captured) -> None:
    options = ["--set", "services.cache.port=6400", "--cluster", "lab"]
    assert ran(capsys, "build", "good.yaml", *options)[0] == OK
    manifest = json.loads((place / "output/demo/manifest.json").read_text())
    assert manifest["settings"] == {"--cluster": "lab", "services.cache.port": "6400"}
    assert "PORTS=(6400)" in (place / "output/demo/jobs/cache.sbatch").read_text()
    assert ran(capsys, "check", "good.yaml")[:2] == (OK, "")
    status, out, _ = ran(capsys, "check", "good.yaml", "--set", "services.cache.port=6500")
    assert status == DIFFERENCES
    assert "stale: output/demo/jobs/cache.sbatch" in out


def test_a_check_names_each_difference(place: Path, capsys: Captured) -> None:
    assert ran(capsys, "build", "good.yaml")[0] == OK
    assert ran(capsys, "check", "good.yaml") == (OK, "", "")
    bundle = place / "output/demo"
    (bundle / "bin/status.sh").write_text("echo mine\n")
    (bundle / "bin/logs.sh").unlink()
    (bundle / "notes.txt").write_text("mine\n")
    (place / "good.yaml").write_text(f"{RECIPE}    port: 6400\n")
    before = {path: path.stat().st_mtime_ns for path in bundle.rglob("*")}
    status, out, _ = ran(capsys, "check", "good.yaml")
    assert status == DIFFERENCES
    assert out.splitlines() == [
        "stale: output/demo/README.md",
        "missing: output/demo/bin/logs.sh",
        "edited: output/demo/bin/status.sh",
        "stale: output/demo/jobs/cache.sbatch",
        "stale: output/demo/manifest.json",
        "extra: output/demo/notes.txt",
    ]
    assert {path: path.stat().st_mtime_ns for path in bundle.rglob("*")} == before


def test_a_check_without_a_bundle_misses_every_file(capsys: Captured) -> None:
    status, out, _ = ran(capsys, "check", "good.yaml")
    assert status == DIFFERENCES
    assert "missing: output/demo/manifest.json" in out
    assert not Path("output").exists()


def test_problems_outweigh_differences(capsys: Captured) -> None:
    assert ran(capsys, "check", "good.yaml", "wrong.yaml")[0] == PROBLEMS


def test_an_edited_file_is_kept_but_by_force(place: Path, capsys: Captured) -> None:
    assert ran(capsys, "build", "good.yaml")[0] == OK
    script = place / "output/demo/bin/status.sh"
    ours = script.read_text()
    script.write_text("echo mine\n")
    status, out, err = ran(capsys, "build", "good.yaml")
    assert (status, out) == (PROBLEMS, "")
    assert "bin/status.sh" in err
    assert script.read_text() == "echo mine\n"
    assert ran(capsys, "build", "good.yaml", "--force")[0] == OK
    assert script.read_text() == ours


def test_check_all_takes_every_recipe_of_recipes(capsys: Captured) -> None:
    assert ran(capsys, "check", "--all")[0] == USAGE
    Path("recipes").mkdir()
    Path("good.yaml").rename("recipes/good.yaml")
    assert ran(capsys, "build", "recipes/good.yaml")[0] == OK
    assert ran(capsys, "check", "--all") == (OK, "", "")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("biuld", "good.yaml"), "did you mean `build`?"),
        (("build",), "RECIPE"),
        (("build", "good.yaml", "--clutser", "lab"), "did you mean `--cluster`?"),
        (("build", "good.yaml", "--clutser", "lab"), "usage: hpcgen build "),
        (("build", "good.yaml", "--set", "nonsense"), "PATH=VALUE"),
        (("validate", "good.yaml", "--format", "xml"), "xml"),
        (("validate", "good.yaml", "--max-bytes", "many"), "--max-bytes"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], word: str, capsys: Captured) -> None:
    assert word in usage(capsys, *arguments)


def test_without_arguments_the_help_is_printed(capsys: Captured) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    text = capsys.readouterr().out
    assert ran(capsys) == (USAGE, text, "")


@pytest.mark.parametrize("verb", ["", *VERBS])
@pytest.mark.parametrize("width", [60, 80, 140])
def test_help_fits_the_terminal(
    verb: str, width: int, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    with pytest.raises(SystemExit):
        cli.main([*([verb] if verb else []), "--help"])
    help_text, _, examples = capsys.readouterr().out.partition("\nexamples:\n")
    commands = [line for line in examples.splitlines() if line.startswith("  hpcgen")]
    assert max(map(len, help_text.splitlines())) <= width
    assert all(len(line) <= width for line in commands if "   " in line.strip())


@pytest.mark.parametrize("width", [50, 80, 300])
def test_lists_fit_the_terminal_and_are_a_line_each_for_programs(
    width: int, capsys: Captured
) -> None:
    rows = ran(capsys, "list", "services")[1].splitlines()
    for row in rows:
        assert re.match(r"[a-z]", row)
    shown = screen("list", "services", COLUMNS=str(width)).decode().split("\r\n")
    assert max(map(len, shown)) <= width
    assert " ".join(" ".join(shown).split()) == " ".join(" ".join(rows).split())


WARNED = RECIPE.replace("redis", "chroma")


@pytest.mark.parametrize("verb", ["build", "validate", "check"])
def test_strict_makes_errors_of_warnings(verb: str, capsys: Captured) -> None:
    Path("good.yaml").write_text(WARNED)
    status, out, err = ran(capsys, verb, "good.yaml", "--strict")
    assert (status, out) == (PROBLEMS, "")
    assert "warning[HG450]" in err
    assert not Path("output").exists()


def test_quiet_prints_results_and_errors_alone(capsys: Captured) -> None:
    Path("good.yaml").write_text(WARNED)
    assert ran(capsys, "build", "good.yaml", "--quiet") == (OK, "output/demo\n", "")
    assert ran(capsys, "validate", "good.yaml", "-q") == (OK, "", "")
    status, _, err = ran(capsys, "validate", "wrong.yaml", "-q")
    assert (status, "error[HG201]" in err) == (PROBLEMS, True)
    assert "HG450" in ran(capsys, "validate", "good.yaml", "-q", "--strict")[2]


def test_a_build_says_how_many_files_it_changed(capsys: Captured) -> None:
    assert ": 11 files written; read output/demo/README.md" in ran(capsys, "build", "good.yaml")[2]
    assert ran(capsys, "build", "good.yaml")[2] == "output/demo: nothing changed\n"
    Path("good.yaml").write_text(f"{RECIPE}    port: 6400\n")
    assert re.match(r"output/demo: \d files written; ", ran(capsys, "build", "good.yaml")[2])
    client = "clients: {bench: {kind: redis-benchmark, target: cache}}\n"
    Path("good.yaml").write_text(RECIPE + client)
    assert ran(capsys, "build", "good.yaml")[0] == OK
    Path("good.yaml").write_text(RECIPE)
    assert " files written, 1 file removed; " in ran(capsys, "build", "good.yaml")[2]


@pytest.mark.parametrize(
    ("text", "status"), [(RECIPE, OK), (WRONG, PROBLEMS)], ids=["good", "wrong"]
)
def test_a_dash_is_standard_input(text: str, status: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hpcgen", "build", "-"]
    done = subprocess.run(
        command, input=text, text=True, capture_output=True, check=False, cwd=tmp_path
    )
    assert done.returncode == status
    assert ("--> <stdin>:5:5\n" in done.stderr) == (status == PROBLEMS)
    assert (tmp_path / "output/demo/jobs/cache.sbatch").is_file() == (status == OK)
    if status == OK:
        (tmp_path / "good.yaml").write_text(text)
        manifest = json.loads((tmp_path / "output/demo/manifest.json").read_text())
        digest = hashlib.sha256(text.encode()).hexdigest()
        assert manifest["recipe_sha256"] == digest


@pytest.mark.parametrize(
    ("setting", "shown", "carets"),
    [
        ("services.cache.port=two", "services.cache.port=two", 3),
        ("services.other.port=1", "services.other.port=1", 19),
        ("account=null", "account=null", 4),
        ("services.cache.resources={tiem: 1}", "services.cache.resources={tiem: 1}", 4),
    ],
)
def test_an_error_in_a_setting_shows_the_option(
    setting: str, shown: str, carets: int, capsys: Captured
) -> None:
    status, _, err = ran(capsys, "validate", "good.yaml", "--set", setting)
    assert status == PROBLEMS
    path = setting.partition("=")[0]
    assert f" --> --set {path}\n  |\n1 | {shown}\n" in err
    assert re.search(rf"^  \| +\^{{{carets}}}$", err, re.MULTILINE)
    assert "good.yaml" not in err


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_places_are_paths_from_the_working_directory(form: str, capsys: Captured) -> None:
    Path("recipes").mkdir()
    Path("wrong.yaml").rename("recipes/wrong.yaml")
    _, out, err = ran(capsys, "validate", "recipes/wrong.yaml", "--format", form)
    assert out.count("recipes/wrong.yaml") + err.count("recipes/wrong.yaml") == 2


@pytest.mark.parametrize("form", ["json", "github"])
def test_a_check_names_differences_for_programs(form: str, capsys: Captured) -> None:
    status, out, err = ran(capsys, "check", "good.yaml", "--format", form)
    assert (status, err) == (DIFFERENCES, "")
    if form == "json":
        listed = json.loads(out)["differences"]
        assert {"kind": "missing", "path": "output/demo/manifest.json"} in listed
    else:
        assert "::error file=output/demo/manifest.json::missing" in out.splitlines()


def test_a_bug_gives_its_status_and_asks_for_a_report(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise AssertionError("planted")

    monkeypatch.setattr(build, "compile_recipe", broken)
    status, out, err = ran(capsys, "validate", "good.yaml")
    assert (status, out) == (BUG, "")
    assert "planted" in err
    assert "please report it" in err.splitlines()[-1]


def test_a_file_that_is_not_there_is_a_problem_of_its_own(capsys: Captured) -> None:
    status, out, err = ran(capsys, "build", "none.yaml", "good.yaml")
    assert (status, out) == (PROBLEMS, "output/demo\n")
    assert "HG118" in err


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_has_examples(verb: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main([*([verb] if verb else []), "--help"])
    out, err = capsys.readouterr()
    assert (caught.value.code, err) == (OK, "")
    examples = out.partition("\nexamples:\n")[2]
    assert f"hpcgen {verb}" in examples


def at_a_terminal(**environment: str) -> bytes:
    """What a person sees of a problem."""
    return screen("validate", "wrong.yaml", **environment)


def screen(*arguments: str, **environment: str) -> bytes:
    """What a command shows on a terminal."""
    leader, follower = pty.openpty()
    with open(leader, "rb", buffering=0) as screen:  # noqa: PTH123 - a descriptor
        with subprocess.Popen(
            [sys.executable, "-m", "hpcgen", *arguments], stdout=follower, stderr=follower,
            env={"PATH": os.environ["PATH"], "TERM": "xterm", **environment},
        ) as running:  # fmt: skip
            os.close(follower)
            seen = b""
            while chunk := part(screen):
                seen += chunk
        assert running.returncode in (OK, PROBLEMS)
    return seen


def part(screen: object) -> bytes:
    try:
        return bytes(screen.read(4096))  # type: ignore[attr-defined]
    except OSError:  # Linux: EIO when the other end is closed
        return b""


def test_colours_are_for_terminals_and_for_who_wants_them(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert b"\x1b[" in at_a_terminal()
    assert b"\x1b[" not in at_a_terminal(NO_COLOR="1")
    assert b"\x1b[1" not in at_a_terminal(TERM="dumb")
    assert "\x1b[" not in ran(capsys, "validate", "wrong.yaml")[2]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in ran(capsys, "validate", "wrong.yaml")[2]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in ran(capsys, "validate", "wrong.yaml")[2]


def test_a_closed_pipe_is_no_bug() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "hpcgen", "validate", "wrong.yaml", "--format", "json"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(command, env=buffered, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (OK, b"")
