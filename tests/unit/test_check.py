"""Every check of the check stage, shown to fail on a bad tree and to pass a good one."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hpcgen.bundle.tree import SCRIPT, File, Tree
from hpcgen.check import check, shellcheck
from hpcgen.diagnostics import Diagnostic, RecipeError, Span

HERE = Span("recipe.yaml", 3, 3, 3, 6)
HEAD = "#!/bin/bash\nset -u\n"
GOOD = [
    File("jobs/a.sbatch", HEAD + 'printf "%s\\n" "$1"\n', SCRIPT, HERE),
    File("jobs/b.sbatch", HEAD + "exit 0\n", SCRIPT, HERE),
    File("bin/submit.sh", HEAD + "exit 2\n", SCRIPT),
    File("connections/cache.env", "export REDIS_HOST=node1\n"),
    File("envoy/a.yaml", "admin: {port: 1}\nname: 'no'\n"),
    File("grafana/dashboards/a.json", '{"a": [1, 2.5, null]}\n'),
    File("experiments/sweep.tsv", "clients\tsize\n1\t2\n"),
    File("README.md", "# d\u00e9mo, \u65e5\u672c, risk-free task-lists, hf_token, sk-short\n"),
]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/hpcgen/check/clean"


def problems_in(*files: File) -> list[Diagnostic]:
    with pytest.raises(RecipeError) as caught:
        check(Tree(files))
    return list(caught.value.diagnostics)


def one(path: str, content: str) -> Diagnostic:
    """The only diagnostic of a good tree with this file added."""
    diagnostics = problems_in(*GOOD, File(path, content, SCRIPT, HERE))
    assert len(diagnostics) == 1, diagnostics
    assert diagnostics[0].span == HERE
    return diagnostics[0]


def test_a_good_tree_comes_back_as_it_is() -> None:
    tree = Tree(GOOD)
    assert check(tree) is tree


@pytest.mark.parametrize("path", ["jobs/x.sbatch", "bin/x.sh", "connections/x.env", "lib/x.sh"])
def test_hg601_what_bash_cannot_parse(path: str) -> None:
    problem = one(path, 'if true; then\n  echo "$HOME"\nhf_not_shown=\'\n')
    assert problem.code == "HG601"
    assert re.match(rf"{path}:\d: bash: (unexpected|syntax)", problem.message)
    assert "hf_not_shown" not in problem.message


def test_hg601_a_heredoc_without_an_end() -> None:
    assert one("jobs/x.sbatch", HEAD + "cat <<E\nx\n").code == "HG601"


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("rm $1", "SC2086"),  # info
        ("a=1", "SC2034"),  # warning
        ('case `pwd` in *) ;; esac; "$1"', "SC2006"),  # style
    ],
)
def test_hg602_what_shellcheck_finds_at_its_finest(line: str, rule: str) -> None:
    problems = problems_in(*GOOD, File("bin/x.sh", HEAD + line + "\n", SCRIPT, HERE))
    assert {(problem.code, problem.span) for problem in problems} == {("HG602", HERE)}
    assert all(re.match(rf"bin/x.sh:3: ({rule}): \w", problem.message) for problem in problems)


def test_hg602_a_sourced_file_needs_no_shebang_and_is_read_as_bash() -> None:
    check(Tree([File("connections/x.env", 'export A="${B[@]@Q}"\n'.replace("B[@]@Q", "HOME@Q"))]))
    assert "SC2034" in one("connections/x.env", "A=1\n").message


def test_hg602_names_the_line_in_each_of_many_scripts() -> None:
    bad = [File(f"jobs/{i}.sbatch", HEAD + "\n" * i + "rm $1\n", SCRIPT, HERE) for i in range(7)]
    messages = {problem.message.partition(": ")[0] for problem in problems_in(*GOOD, *bad)}
    assert messages == {f"jobs/{i}.sbatch:{i + 3}" for i in range(7)}


def test_hg602_survives_what_is_not_ascii() -> None:
    text = HEAD + "echo \u201ca \u65e5\u201d $1\n"
    problems = problems_in(File("jobs/x.sbatch", text))
    assert {problem.code for problem in problems} == {"HG602"}
    assert any("SC1110" in problem.message for problem in problems)


@pytest.mark.parametrize(
    "text",
    ["{", "[1,]\n", '{"a": NaN}\n', '{"a": 1, "a": 2}\n', "", "[" * 99_999 + "\n", "// a\n1\n"],
)
def test_hg603_json(text: str) -> None:
    codes = {problem.code for problem in problems_in(*GOOD, File("grafana/x.json", text))}
    assert "HG603" in codes


def test_hg603_names_the_line() -> None:
    assert one("x.json", '{\n "a": 1\n "b": 2\n}\n').message.startswith(
        "x.json:3: not JSON: expect"
    )


@pytest.mark.parametrize("text", ["a: [1\n", "a: 1\na: 2\n", "a:\n\t- b\n", "a: b: c\n", "a: *b\n"])
@pytest.mark.parametrize("path", ["prometheus/x.yml", "envoy/x.yaml"])
def test_hg604_yaml(path: str, text: str) -> None:
    assert one(path, text).code == "HG604"


SECRETS = [
    "hf_" + "aB3" * 11,
    "sk-" + "proj-aB3" * 4,
    "ghp_" + "a1" * 18,
    "github_pat_" + "a1_" * 20,
    "glpat-" + "a1-" * 7,
    "AKIA" + "A1" * 8,
    "xoxb-" + "12345-" * 3,
    "xoxp-" + "12345-" * 3,
    "xoxa-" + "12345-" * 3,
    "-----BEGIN PRIVATE KEY",
    "-----BEGIN RSA PRIVATE KEY",
    "-----BEGIN OPENSSH PRIVATE KEY",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("path", ["README.md", "services/a/init.sql", "x.json"])
def test_hg605_a_secret_is_named_by_its_place_alone(secret: str, path: str) -> None:
    text = f'[\n"{secret}"\n]\n' if path == "x.json" else f"a\nkey='{secret}'\n"
    diagnostic = next(
        problem for problem in problems_in(File(path, text)) if problem.code == "HG605"
    )
    assert diagnostic.message.startswith(f"{path}:2: ")
    assert diagnostic.secret  # so that the code frame of its recipe entry is masked too
    assert secret[10:] not in diagnostic.message + diagnostic.hint or "BEGIN" in secret


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("a", 1, "newline"),
        ("a\n\n", 3, "newline"),
        ("", 1, "newline"),
        ("a\r\nb\n", 1, "U+000D"),
        ("a\n\x00\n", 2, "U+0000"),
        ("a\n\x1b[2J\n", 2, "U+001B"),
        ("a\u202eb\n", 1, "U+202E"),
        ("\ufeffa\n", 1, "U+FEFF"),
        ("\udc80\n", 1, "U+DC80"),
    ],
)
def test_hg606_text(text: str, place: int, what: str) -> None:
    problem = problems_in(*GOOD[:7], File("README.md", text))[0]
    assert (problem.code, what in problem.message) == ("HG606", True)
    assert problem.message.startswith(f"README.md:{place}: ")
    assert problem.message.isprintable()


def test_hg606_a_script_with_a_lone_surrogate_is_a_problem_not_a_crash() -> None:
    assert one("jobs/x.sbatch", HEAD + "exit 0 # \udc80\n").code == "HG606"


def test_hg606_a_job_has_a_hundred_columns() -> None:
    line = "echo" + " aaaa bbb" * 11
    check(Tree([File("jobs/x.sbatch", f"{HEAD}{line[:100].rstrip()}\n")]))
    problem = one("jobs/x.sbatch", f"{HEAD}{line}\n")
    assert (problem.code, problem.message[:16]) == ("HG606", "jobs/x.sbatch:3:")
    check(Tree([File("bin/x.sh", f"{HEAD}{line}\n"), File("README.md", line + "\n")]))


@pytest.mark.parametrize("value", ["'" + "a b " * 500 + "'", "/scratch/" + "deep/" * 60])
def test_hg606_a_long_value_of_the_recipe_is_no_fault(value: str) -> None:
    text = f'{HEAD}readonly MODEL={value}\necho "${{MODEL}}"\n'
    check(Tree([File("jobs/x.sbatch", text)]))


BAD_PATHS = [
    "/etc/passwd",
    "../x",
    "a/../x",
    "a/./x",
    ".git/hooks/x",
    "a//x",
    "a/",
    "",
    "a b",
    "a\n",
    "a\\b",
    "~/x",
    "-rf",
    "\u00e9",
]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_hg607_paths(path: str) -> None:
    problem = one(path, "a\n")
    assert problem.code == "HG607"
    assert problem.message.isprintable()


@pytest.mark.parametrize("path", ["readme.md", "README.md/x", "Jobs/c.txt"])
def test_hg607_twins_and_a_file_that_is_also_a_directory(path: str) -> None:
    assert {problem.code for problem in problems_in(*GOOD, File(path, "a\n"))} == {"HG607"}


@pytest.mark.parametrize("path", ["manifest.json", "Manifest.json"])
def test_hg607_the_manifest_is_no_artefact(path: str) -> None:
    assert {problem.code for problem in problems_in(*GOOD, File(path, "{}\n"))} == {"HG607"}


def test_hg607_modes() -> None:
    assert [problem.code for problem in problems_in(File("a", "a\n", 0o4755))] == ["HG607"]


def test_everything_is_reported_at_once() -> None:
    bad = [
        File("jobs/a.sbatch", "if\n"),
        File("jobs/b.sbatch", HEAD + "rm $1\n"),
        File("a.json", "{\n"),
        File("a.yml", "a: [\n"),
        File("key", SECRETS[0] + "\n"),
        File("text", "a\r\n"),
        File("../a", "a\n"),
    ]
    assert {problem.code for problem in problems_in(*bad)} == {f"HG60{i}" for i in range(1, 8)}


def forbid(*_: object) -> None:
    raise AssertionError("a program was started")


def test_the_cache_only_saves_the_programs(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(Tree(GOOD))
    assert len(cache.read_text().splitlines()) == len(GOOD) + 4  # each file, and each shape
    monkeypatch.setattr(shellcheck, "_start", forbid)
    check(Tree(GOOD))
    with pytest.raises(AssertionError, match="a program was started"):
        check(Tree([File("bin/new.sh", HEAD + "exit 1\n")]))


def test_findings_are_never_cached(cache: Path) -> None:
    bad = [File("bin/x.sh", HEAD + "rm $1\n"), File("bin/y.sh", "if\n"), *GOOD]
    first = problems_in(*bad)
    assert len(cache.read_text().splitlines()) == 4  # the shapes of GOOD
    assert problems_in(*bad) == first


def record_judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the files that are judged from now on."""
    judged: list[str] = []

    def judge(file: File) -> tuple[()]:
        judged.append(file.path)
        return ()

    monkeypatch.setattr("hpcgen.check._RULES", [judge])
    return judged


@pytest.mark.parametrize("path", ["README.md", "docs/other.md"])
@pytest.mark.parametrize("text", ["# a\n", "# b\n"])
def test_only_the_same_file_is_not_judged_again(
    path: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(Tree([File("README.md", "# a\n")]))
    judged = record_judged(monkeypatch)
    check(Tree([File(path, text)]))
    assert judged == ([] if (path, text) == ("README.md", "# a\n") else [path])


def test_other_rules_judge_every_file_again(monkeypatch: pytest.MonkeyPatch) -> None:
    check(Tree(GOOD))
    judged = record_judged(monkeypatch)
    monkeypatch.setattr("hpcgen.check.verdicts._rules", lambda: "others")
    check(Tree(GOOD))
    assert len(judged) == len(GOOD)


@pytest.mark.parametrize("rubbish", [b"", b"\xff\x00\n", b"0" * 5_000_000], ids=["0", "ff", "big"])
def test_a_damaged_cache_changes_nothing(cache: Path, rubbish: bytes) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_bytes(rubbish)
    check(Tree(GOOD))
    problems_in(File("bin/x.sh", HEAD + "rm $1\n"))
    assert cache.stat().st_size < 1000


def test_a_cache_that_cannot_be_written_is_not_used(cache: Path) -> None:
    cache.mkdir(parents=True)
    check(Tree(GOOD))
    assert list(cache.iterdir()) == []


def test_without_a_home_the_cache_is_not_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    check(Tree(GOOD))
    assert (tmp_path / "home/.cache/hpcgen/check/clean").is_file()
    assert not (tmp_path / "relative").exists()


def test_the_environment_does_not_reach_the_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "env").write_text(f"touch {tmp_path}/ran\n")
    (tmp_path / ".shellcheckrc").write_text("disable=all\n")
    monkeypatch.setenv("BASH_ENV", str(tmp_path / "env"))
    monkeypatch.setenv("SHELLCHECK_OPTS", "-e SC2086")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "SC2086" in one("bin/x.sh", HEAD + "rm $1\n").message
    assert not (tmp_path / "ran").exists()


def test_nothing_is_left_in_the_temporary_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    check(Tree(GOOD))
    assert list((tmp_path / "tmp").iterdir()) == []


def program(body: str) -> Callable[[Path], None]:
    def make(directory: Path) -> None:
        (directory / "shellcheck").write_text(f"#!/bin/sh\n{body}\n")
        (directory / "shellcheck").chmod(0o755)

    return make


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda directory: None, "shellcheck is not installed"),
        (program("echo version: 0.9.0"), "is not shellcheck 0.11.0"),
        (program("echo 'version: 0.11.0'; echo broken >&2; exit 4"), "shellcheck failed: broken"),
        (
            program('[ "$1" != --version ] || echo "version: 0.11.0"; echo crashed >&2; exit 1'),
            "shellcheck failed: crashed",
        ),
    ],
)
def test_hg608_no_usable_shellcheck(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path], None],
    message: str,
) -> None:
    make(tmp_path)
    (tmp_path / "bash").symlink_to("/bin/bash")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    problem = problems_in(*GOOD)[0]
    assert problem.code == "HG608"
    assert message in problem.message
    assert "pip install" in problem.hint or "failed" in message


def test_the_pinned_package_is_the_projects() -> None:
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert f'"{shellcheck.PACKAGE}"' in project
    assert shellcheck._VERSION in shellcheck.PACKAGE


def test_at_most_two_processes_analyse(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    start = shellcheck._start

    def record(command: list[str], directory: Path) -> object:
        commands.append(command)
        return start(command, directory)

    monkeypatch.setattr(shellcheck, "_start", record)
    many = [File(f"bin/{i}.sh", f"{HEAD}exit {i}\n", SCRIPT) for i in range(9)]
    check(Tree(many))
    analysed = [len(command) for command in commands if "json1" in command]
    assert [size - 1 - len(shellcheck._OPTIONS) for size in analysed] == [4, 4, 1]
    assert [Path(command[0]).name for command in commands[:2]] == ["bash", "shellcheck"]
