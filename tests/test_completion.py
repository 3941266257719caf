"""The completion scripts are what shells take, and complete what they say."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hpcgen import cli
from hpcgen.bundle.tree import File, Tree
from hpcgen.clusters import built_in
from hpcgen.printing.explanations import codes
from hpcgen.verbs.completions import bash, fish, zsh
from hpcgen.verbs.completions.commands import commands

COMMANDS = commands(cli.parser())
VERBS = [command.name for command in COMMANDS]
SCRIPTS = {
    "bash": bash.script(COMMANDS),
    "fish": fish.script(COMMANDS),
    "zsh": zsh.script(COMMANDS),
}
SHELLS = sorted(shell for shell in SCRIPTS if shutil.which(shell))
"""Those that are here; bash always is, or nothing of hpcgen runs."""

COMPLETE = """
source ./script
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_hpcgen
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "script").write_text(SCRIPTS["bash"], encoding="utf-8")
    (tmp_path / "my recipes").mkdir()
    for name in ("a.yaml", "b.yml", "notes.txt"):
        (tmp_path / name).touch()
    return tmp_path


def completed(folder: Path, *words: str) -> list[str]:
    command = ["bash", "--norc", "-c", COMPLETE, "bash", "hpcgen", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return sorted(filter(None, done.stdout.splitlines()))


def test_verbs_are_completed(folder: Path) -> None:
    assert completed(folder, "") == sorted([*VERBS, "--help", "--version"])
    assert completed(folder, "ex") == ["expand", "explain"]


def test_recipes_are_completed(folder: Path) -> None:
    assert completed(folder, "build", "") == ["a.yaml", "b.yml", "my recipes"]
    assert completed(folder, "build", "a.yaml", "b") == ["b.yml"]
    assert completed(folder, "plan", "no") == []


def test_options_are_completed(folder: Path) -> None:
    assert completed(folder, "build", "--f") == ["--force", "--format"]
    assert completed(folder, "check", "a.yaml", "--al") == ["--all"]
    assert completed(folder, "explain", "--f") == []


def test_what_an_option_takes_is_completed(folder: Path) -> None:
    assert completed(folder, "build", "--format", "") == ["github", "json", "text"]
    assert completed(folder, "plan", "--format", "") == ["json", "text"]
    assert completed(folder, "build", "-o", "m") == ["my recipes"]
    assert completed(folder, "build", "--output", "a") == []
    assert completed(folder, "build", "--set", "") == []
    everything = sorted([*built_in(), "a.yaml", "b.yml", "my recipes"])
    assert completed(folder, "build", "--cluster", "") == everything


def test_a_value_after_an_equals_sign_is_completed(folder: Path) -> None:
    """Bash makes three words of `--format=gi`."""
    assert completed(folder, "build", "--format", "=", "gi") == ["github"]
    assert completed(folder, "build", "--format", "=") == ["github", "json", "text"]


def test_codes_and_choices_are_completed(folder: Path) -> None:
    assert {*completed(folder, "explain", "")} >= {*codes(), "a.yaml"}
    assert completed(folder, "explain", "HG10") == [f"HG10{number}" for number in range(1, 10)]
    assert completed(folder, "list", "") == ["balancers", "clients", "clusters", "services"]
    assert completed(folder, "schema", "r") == ["recipe"]


def test_nothing_runs_hpcgen_and_nothing_is_left_behind(folder: Path) -> None:
    program = "source ./script; declare -F | grep -v _hpcgen; compgen -v | sort >after; complete -p"
    command = ["bash", "--norc", "-c", program]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "complete -F _hpcgen hpcgen\n"
    assert not re.search(r"\$\(|`", SCRIPTS["bash"].replace("$((", ""))


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_parses_its_script(shell: str, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(SCRIPTS[shell], encoding="utf-8")
    done = subprocess.run([shell, "-n", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def completed_by_fish(folder: Path, *words: str) -> list[str]:
    (folder / "hpcgen.fish").write_text(SCRIPTS["fish"], encoding="utf-8")
    program = f"source hpcgen.fish; complete -C 'hpcgen {' '.join(words)}'"
    command = ["fish", "-N", "-c", program]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return [line.partition("\t")[0] for line in done.stdout.splitlines()]


COMPLETES = {"bash": completed, "fish": completed_by_fish}


@pytest.mark.parametrize("shell", [shell for shell in SHELLS if shell in COMPLETES])
def test_shells_complete_alike(shell: str, folder: Path) -> None:
    assert COMPLETES[shell](folder, "ex") == ["expand", "explain"]
    assert COMPLETES[shell](folder, "explain", "HG11") == [f"HG11{number}" for number in range(10)]
    assert COMPLETES[shell](folder, "build", "--format", "") == ["github", "json", "text"]


@pytest.mark.parametrize("shell", sorted(SCRIPTS))
def test_every_verb_and_option_is_in_every_script(shell: str) -> None:
    for command in COMMANDS:
        assert command.name in SCRIPTS[shell]
        for option in command.options:
            words = option.names if shell != "fish" else [name.lstrip("-") for name in option.names]
            assert all(word in SCRIPTS[shell] for word in words)


def test_shellcheck_finds_nothing(tmp_path: Path) -> None:
    from hpcgen.check import check  # noqa: PLC0415 - the rest of this file needs no shellcheck

    check(Tree([File("bin/completion.sh", f"#!/bin/bash\n{SCRIPTS['bash']}")]))


@pytest.mark.parametrize("shell", sorted(SCRIPTS))
def test_a_script_is_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", shell]) == 0
    assert capsys.readouterr().out == SCRIPTS[shell]
