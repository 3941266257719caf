"""Whatever a value holds, bash gets it as it was written, or the printer refuses."""

import random
import shutil
import subprocess
from collections.abc import Iterable
from typing import Any

import pytest
from hpcgen.bundle.tree import SCRIPT, File, Tree
from hpcgen.check import check
from hpcgen.text import shapes, shell
from hpcgen.text.values import Bash, Default, Value

BASH = shutil.which("bash") or "bash"
ALPHABET = "ab0 \t\n\r'\"`$\\!#&|;<>(){}[]*?~=%@^+-_.,:/\x01\x1b\x7fé→日\U0001f600"
TRICKY = (
    "", " ", "'", "''", '"', "\\", "\\\\", "\\'", "'\\''", "\n", "\n\n", "a\n", "\r\n", "-n", "--",
    "~", "~/x", "*", "?", "[a]", "{a,b}", "{1..3}", "a,b", ",", "$HOME", "${HOME}", "$(id)",
    "`id`", "$((1))", "$'\\n'", '$"a"', "!!", "!a", "#", "# a", "a#b", ";", "&", "|", "a=b", "=",
    "=(a)", "(a b)", "%s", "%", "\\n", "\\x41", "\t", "\x1b[0m", "\x7f", "é", "日本", "\U0001f600",
    "a b", "a  b", " a ", "'; id; '", '"; id; "', "$(<x)", "<(id)", ">x", "2>&1", "EOF", "if",
    "((", "[[", "]]", "!", "^", "a^b", "@", "+", "0", "007", "1e5", "true", "null", "x" * 300,
    "'" * 50, "a'b\"c`d$e\\f", "\\\n", "a\\", "$", "$$", "$1",
)  # fmt: skip
RANDOM = random.Random(20240229)
HOSTILE = [
    *TRICKY,
    *(
        "".join(RANDOM.choices(ALPHABET, k=RANDOM.randint(1, 120)))
        for _ in range(250 - len(TRICKY))
    ),
]


def assignments(*arguments: Any) -> str:
    return shapes.plain(shell.assignments(*arguments))


def comment(*arguments: Any) -> str:
    return shapes.plain(shell.comment(*arguments))


def directive(*arguments: Any) -> str:
    return shapes.plain(shell.directive(*arguments))


def word(*arguments: Any) -> str:
    return shapes.plain(shell.word(*arguments))


def words(*arguments: Any) -> str:
    return shapes.plain(shell.words(*arguments))


def bash(script: str) -> list[str]:
    """What a script prints, NUL after each; it must not say or do anything else."""
    done = subprocess.run(
        [BASH, "--norc", "-euo", "pipefail"], input=script.encode(),
        env={"LC_ALL": "C.UTF-8", "PATH": "/nowhere"}, capture_output=True, check=True, timeout=300,
    )  # fmt: skip
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


def printed(values: dict[str, Value], what: str) -> list[str]:
    return bash(f"{assignments(values)}\nprintf '%s\\0' {what}")


def chunks(items: list[str], size: int) -> Iterable[tuple[str, ...]]:
    return (tuple(items[start : start + size]) for start in range(0, len(items), size))


def test_there_are_enough() -> None:
    assert len(HOSTILE) >= 200


def test_words_arrive_as_they_were_written() -> None:
    assert bash(f"printf '%s\\0' {words(HOSTILE)}") == HOSTILE


def test_assignments_arrive_as_they_were_written() -> None:
    names = [f"V{index}" for index in range(len(HOSTILE))]
    shown = " ".join(f'"${{{name}}}"' for name in names)
    assert printed(dict(zip(names, HOSTILE, strict=True)), shown) == HOSTILE


def test_what_is_given_goes_before_what_is_there_else() -> None:
    """Nothing in a variable is nothing given, and what is in it is not read as bash."""
    names = [f"V{index}" for index in range(len(HOSTILE))]
    shown = " ".join(f'"${{{name}}}"' for name in names)
    values = {name: Default(item) for name, item in zip(names, HOSTILE, strict=True)}
    assert printed(dict(values), shown) == HOSTILE
    for value, arrives in (("", HOSTILE), ("$(id) `id`", ["$(id) `id`"] * len(HOSTILE))):
        before = assignments(dict.fromkeys(names, value))
        assert bash(f"{before}\n{assignments(dict(values))}\nprintf '%s\\0' {shown}") == arrives


@pytest.mark.parametrize("size", [1, 3, 17, len(HOSTILE)])
def test_arrays_arrive_whole_however_they_are_wrapped(size: int) -> None:
    for items in chunks(HOSTILE, size):
        assert printed({"LIST": items}, '"${#LIST[@]}" "${LIST[@]}"') == [str(len(items)), *items]


def test_no_value_looks_like_a_slip_of_whoever_wrote_the_script() -> None:
    """A service may be called `done`, and a recipe `log-2` where a script has a variable `log`."""
    compgen = [BASH, "-c", "compgen -k; compgen -b"]
    bash_words = subprocess.run(compgen, capture_output=True, check=True, text=True).stdout.split()
    assert {"done", "fi", "then", "test"} <= set(bash_words)
    alone = {
        f"V{index}": item for index, item in enumerate([*bash_words, "log-2", "log+2", "log*2"])
    }
    used = " ".join(f'"${{{name}}}"' for name in ("LIST[@]", *alone))
    script = f"#!/bin/bash\nlog=1\n{assignments({'LIST': tuple(bash_words), **alone})}\n"
    check(Tree([File("bin/x.sh", f'{script}echo "${{log}}" {used}\n', SCRIPT)]))


def test_associative_arrays_arrive_whole() -> None:
    table = {f"key {item}": item[::-1] for item in HOSTILE}
    keys = printed({"MAP": table}, '"${!MAP[@]}"')
    values = printed({"MAP": table}, '"${MAP[@]}"')
    assert dict(zip(keys, values, strict=True)) == table


def test_an_empty_array_is_an_array() -> None:
    assert printed({"LIST": ()}, '"${#LIST[@]}" "${LIST[@]}"') == ["0"]


def test_lines_stay_below_a_hundred_columns() -> None:
    items = tuple(f"item-{index} with spaces, and a comma" for index in range(50))
    lines = assignments({"LIST": items, "MAP": {item: item[:20] for item in items}}).split("\n")
    assert len(lines) > 20
    assert max(len(line) for line in lines) <= 100


def test_an_integer_is_its_digits() -> None:
    assert word(-42) == "-42"
    assert assignments({"N": 0}) == "N=0"


def test_bash_of_our_own_stands_as_it_is() -> None:
    assert word(Bash('"${HOME}/x"')) == '"${HOME}/x"'
    assert (
        assignments({"HERE": Bash('"${HOME}"'), "LIST": ("a", Bash("$x"))})
        == 'HERE="${HOME}"\nLIST=(a $x)'
    )


@pytest.mark.parametrize("value", [None, True, False, [], ["a"], {}, {"a": 1}, 1.5, b"a", object()])
def test_what_has_no_spelling_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="is not a bash word"):
        word(value)


@pytest.mark.parametrize("name", ["", "a", "1A", "A B", "A-B", "A=B", "A;id", "A\n", "_A", "É"])
def test_a_name_is_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        assignments({name: "x"})


@pytest.mark.parametrize("value", ["cpu", "01:00:00", "B:USR1@85", "%x-%j.log", "a|b&[c*2]", 4, ""])
def test_a_directive_prints_what_slurm_reads(value: object) -> None:
    assert directive(value) == f"={value}"


def test_a_flag_has_no_value() -> None:
    assert directive(True) == ""


@pytest.mark.parametrize(
    "value",
    ["a b", "a\n", "\n#SBATCH --nodes=9", "a\tb", "a'b", 'a"b', "$x", "`id`", "a\\b", "#", "é"],
)
def test_a_directive_that_would_need_quoting_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="would need quoting"):
        directive(value)


def test_a_comment_is_one_line_without_anything_that_bash_reads() -> None:
    comments = [comment(text) for text in HOSTILE]
    script = "\n".join(f"# {text}\nprintf '%s\\0' \"{text}\"" for text in comments)
    assert bash(script) == comments
