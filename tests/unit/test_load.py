"""What `load` guarantees that a file of a case cannot show: places, sizes, files, and no crash."""

import inspect
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hpcgen.diagnostics import Diagnostic, RecipeError, Span
from hpcgen.load import Limits, load, load_text, source_text
from hpcgen.printing.report import render_text
from hpcgen.secrets.visible import FORBIDDEN
from hpcgen.yaml.document import Document
from hpcgen.yaml.source import lenient_text

RECIPE = b"""\
# a recipe
name: demo
cluster: generic
account: 0755
defaults: &defaults
  resources: {time: "02:00:00", mem: 4G}
services:
  llm:
    <<: *defaults
    kind: vllm
    image: docker://vllm/vllm-openai:v0.6.3
    args: ['--dtype', "a\\tb", -1, 1.5, ~, true]
    setup: |
      module load x
      export A=1

  cache: {kind: redis, port: 6379, labels: [*defaults, {a: 1}]}
"""

ENOUGH_SECONDS = 1.0


def document(text: str) -> Document:
    return load_text("r.yaml", text.encode())


def problems(data: bytes, limits: Limits | None = None) -> list[tuple[str, Span | None]]:
    with pytest.raises(RecipeError) as caught:
        load_text("r.yaml", data, limits or Limits())
    return [(problem.code, problem.span) for problem in caught.value.diagnostics]


def place(*ends: int) -> Span:
    return Span("r.yaml", *ends)


@pytest.mark.parametrize(
    ("pointer", "span"),
    [
        (("name",), (2, 7, 2, 11)),
        (("defaults", "resources"), (6, 14, 6, 41)),
        (("defaults",), (5, 11, 6, 41)),  # a block ends with its last child
        (("services", "llm", "args", 1), (12, 23, 12, 29)),
        (("services", "llm", "setup"), (13, 12, 15, 17)),  # without the blank line below
        (("services", "llm", "resources"), (6, 14, 6, 41)),  # merged: where it was written
        (("services", "cache", "labels", 0), (5, 11, 6, 41)),  # an alias: its anchor's node
        (("services",), (8, 3, 17, 64)),
        (("services", "llm", "nothing"), (9, 5, 15, 17)),
    ],
)
def test_a_value_has_both_ends_of_its_place(
    pointer: tuple[str | int, ...], span: tuple[int, ...]
) -> None:
    assert load_text("r.yaml", RECIPE).value_span(pointer) == place(*span)


@pytest.mark.parametrize(
    ("pointer", "span"),
    [
        (("services", "llm", "kind"), (10, 5, 10, 9)),
        (("services", "llm", "resources"), (9, 9, 9, 18)),  # merged: at the alias
        (("services", "cache", "labels", 0), (17, 45, 17, 54)),
    ],
)
def test_a_key_has_both_ends_of_its_place(
    pointer: tuple[str | int, ...], span: tuple[int, ...]
) -> None:
    assert load_text("r.yaml", RECIPE).key_span(pointer) == place(*span)


def test_columns_count_characters_behind_bom_crlf_and_wide_text() -> None:
    loaded = load_text("r.yaml", "\ufeffä: 1\r\n😀é: {ß: x}\r\n".encode())
    assert loaded.key_span(("ä",)) == place(1, 1, 1, 2)
    assert loaded.value_span(("😀é", "ß")) == place(2, 9, 2, 10)
    assert loaded.text == "ä: 1\n😀é: {ß: x}\n"


def test_an_inline_merge_keeps_the_place_where_its_key_is_written() -> None:
    assert document("a:\n  <<: {mem: 1}\n").key_span(("a", "mem")) == place(2, 8, 2, 11)


def test_the_raw_spelling_is_kept_for_plain_scalars_only() -> None:
    loaded = document("a: 0755\nb: no\nc: '0755'\nd: 1.10\n")
    raw = [loaded.node((key,)).raw for key in "abcd"]
    assert raw == ["0755", "no", "", "1.10"]
    assert loaded.data == {"a": 755, "b": "no", "c": "0755", "d": 1.1}


def test_size_counts_nodes_as_if_aliases_were_expanded() -> None:
    loaded = document("a: &a [1, 2]\nb: [*a, *a]\n")
    assert loaded.node(("a",)).size == 3
    assert loaded.node(("b",)).size == 7
    assert loaded.root.size == 1 + 2 + 3 + 7


def test_an_alias_shares_the_node_of_its_anchor() -> None:
    loaded = document("a: &a {x: 1}\nb: *a\n")
    assert loaded.node(("a",)) is loaded.node(("b",))


def test_exactly_the_limit_is_accepted() -> None:
    limits = Limits(bytes=13, depth=2, nodes=6, string=2)
    assert load_text("r", b"ab: [1, cd]\n\n", limits).data == {"ab": [1, "cd"]}


def test_every_problem_before_a_fatal_one_is_reported() -> None:
    text = b'a: !x 1\na: 1e999\n1: x\nb: *c\nd: "\\0"\ne: [\n'
    codes = [code for code, _ in problems(text)]
    assert codes == ["HG105", "HG104", "HG115", "HG108", "HG110", "HG102", "HG103"]


def test_a_forbidden_character_does_not_hide_what_follows() -> None:
    assert [code for code, _ in problems(b"a: \x00\nb: 1\nb: 2\n")] == ["HG102", "HG104"]


def test_a_refused_node_is_reported_once() -> None:
    assert [code for code, _ in problems(b"? *x\n: 1\n<<: *y\n? .inf\n: 2\n")] == [
        "HG110",
        "HG110",
        "HG115",
    ]


def test_a_flood_of_problems_ends_early() -> None:
    assert len(problems(b"- !x a\n" * 5000)) == 100


def test_duplicates_name_the_first_place() -> None:
    with pytest.raises(RecipeError) as caught:
        document("a: {b: 1, c: 2, b: 3}\n")
    (related,) = caught.value.diagnostics[0].related
    assert related.span == place(1, 5, 1, 6)


def test_a_message_shows_a_forbidden_character_only_by_its_name() -> None:
    with pytest.raises(RecipeError) as caught:
        load_text("r", b'"a\\u202eb": 1\n"a\\u202eb": 2\n')
    assert not FORBIDDEN.search(str(caught.value))
    assert "`a<U+202E>b`" in str(caught.value)


@pytest.mark.parametrize(
    "bomb",
    [
        b"a: " + b"[" * 100_000,
        b"- " * 100_000,
        b"{a: " * 50_000,
        b"? " * 50_000,
        b"&a " * 50_000,
        b"a0: &a0 [x]\n" + b"".join(b"a%d: &a%d [*a%d]\n" % (n, n, n - 1) for n in range(1, 200)),
        b"a0: &a0 {k: v}\n"
        + b"".join(
            b"a%d: &a%d {<<: [%s]}\n" % (n, n, b"*a%d," % (n - 1) * 50) for n in range(1, 9)
        ),
        b"x: " + b"9" * 250_000,
        b"x: " + b"1e" + b"9" * 200_000,
        b'x: "' + b"\\x00" * 50_000 + b'"',
        b"\x00" * 200_000,
        b"a: &a\n" * 30_000,
        b"\n" * 250_000 + b"\t",
        "é: 1\n".encode() * 40_000,
    ],
    ids=lambda bomb: bomb[:8].decode("ascii", "replace").strip(),
)
def test_a_bomb_is_refused_quickly(bomb: bytes) -> None:
    began = time.process_time()
    assert problems(bomb)
    assert time.process_time() - began < ENOUGH_SECONDS


def test_a_deep_document_within_a_raised_limit_needs_no_recursion() -> None:
    depth = 990  # libyaml itself takes no more than 1,000 levels, from 0.2.6 on
    text = b"a: " + b"[" * depth + b"]" * depth
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)
    try:
        loaded = load_text("r", text, Limits(depth=2 * depth))
    finally:
        sys.setrecursionlimit(limit)
    assert loaded.root.size == depth + 2


# --- files


def unreadable(path: Path) -> str:
    with pytest.raises(RecipeError) as caught:
        load(path)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.span) == ("HG118", None)
    assert source_text(path) == ""
    return problem.message


def test_a_file_is_named_by_its_base_name(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes(RECIPE)
    assert load(path).name == "recipe.yaml"
    assert load(path).data == load_text("x", RECIPE).data
    assert source_text(path).encode() == RECIPE


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert unreadable(tmp_path / "no.yaml").endswith("no.yaml`: no such file or directory")


def test_a_directory_is_refused(tmp_path: Path) -> None:
    assert unreadable(tmp_path).endswith(": is a directory")


def test_a_fifo_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(5)  # a test that waits would never fail
    try:
        assert unreadable(tmp_path / "fifo").endswith(": it is not a regular file")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def too_late(*_: object) -> None:
    raise AssertionError("the open waited for a writer")


def test_a_device_is_refused() -> None:
    assert unreadable(Path("/dev/zero")).endswith(": it is not a regular file")


def test_a_link_that_turns_in_a_circle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "a")
    assert "symbolic links" in unreadable(tmp_path / "a")


def test_a_file_of_another_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes(RECIPE)
    path.chmod(0)
    with as_nobody_if_root():
        assert unreadable(path).endswith(": permission denied")


@contextmanager
def as_nobody_if_root() -> Iterator[None]:
    """Root may read everything: a skip would leave the test out wherever CI is root."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.parametrize("name", ["a\0b", "a\ud800"])
def test_a_path_that_is_none_is_refused(name: str) -> None:
    assert not FORBIDDEN.search(unreadable(Path(name)))


def test_no_more_than_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # sparse: reading it all would not end
    with pytest.raises(RecipeError) as caught:
        load(path)
    assert [problem.code for problem in caught.value.diagnostics] == ["HG111"]


# --- anything at all

TOKENS = (
    "a", "b: ", "- ", "? ", ": ", ":", "\n", "\n  ", "\n    ", " ", "\t", "[", "]", "{", "}", ",",
    "&a ", "*a", "&b ", "*b", "<<: ", "!", "!!str ", "!<x>", "!e!x ", "%YAML 1.2\n", "---", "...",
    "|", ">-", "|2", "'", '"', "\\", "\\x41", "\\u202e", "\\ud800", "\\U00110000", "#", " #", "@",
    "`", "~", "null", "true", "1", "0x", ".inf", "1e400", "9" * 30, "é", "e\u0301", "😀", "\ufeff",
    "\u2028", "\x00", "\r", "\r\n", "\x85", "\ufffd", "=", "<<", "*", "&", "\ufdd0",
)  # fmt: skip


def mutation(randomness: random.Random) -> bytes:
    data = bytearray(RECIPE)
    for _ in range(randomness.randint(1, 8)):
        start = randomness.randrange(len(data) + 1)
        end = start + randomness.choice((0, 0, 1, 2, 20))
        new = randomness.choice((randomness.choice(TOKENS).encode(), randomness.randbytes(2), b""))
        data[start:end] = new
    return bytes(data)


def soup(randomness: random.Random) -> bytes:
    return "".join(randomness.choices(TOKENS, k=randomness.randint(1, 60))).encode()


def outcome(data: bytes) -> Document | tuple[Diagnostic, ...]:
    try:
        loaded = load_text("r.yaml", data, Limits(nodes=200, depth=8))
    except RecipeError as error:
        return error.diagnostics
    assert isinstance(loaded.data, dict)
    return loaded


def check_places(diagnostics: tuple[Diagnostic, ...], data: bytes) -> None:
    lines = lenient_text(data).split("\n")
    for span in [problem.span for problem in diagnostics]:
        assert span is not None
        start, end = (span.line, span.column), (span.end_line, span.end_column)
        assert (1, 1) <= start <= end <= (len(lines) + 1, 1), data


@pytest.mark.parametrize("make", [mutation, soup])
@pytest.mark.parametrize("seed", range(10))
def test_anything_at_all_gives_a_document_or_a_recipe_error(
    make: Callable[[random.Random], bytes], seed: int
) -> None:
    randomness = random.Random(seed)
    for _ in range(100):
        data = make(randomness)
        began = time.process_time()
        result = outcome(data)
        assert time.process_time() - began < ENOUGH_SECONDS, data
        assert result == outcome(data), data
        if not isinstance(result, Document):
            assert result
            check_places(result, data)
            text = render_text(result, {"r.yaml": lenient_text(data)}, colour=False)
            assert not FORBIDDEN.search(text), data


def test_what_is_fuzzed_is_both_accepted_and_refused() -> None:
    randomness = random.Random(0)
    kinds = [type(outcome(mutation(randomness))) for _ in range(200)]
    assert kinds.count(Document) > 20
    assert kinds.count(tuple) > 20
