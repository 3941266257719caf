"""The stand-in for Ollama answers as Ollama's API document says: its fields, words and statuses.

It is plain Python, so that it is tested outside the lab, in a process of its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.lab.cluster import PATIENCE

IMAGES = Path(__file__).parent / "images"
METRICS = [
    *("total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration"),
    *("eval_count", "eval_duration"),
]


def start(home: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """`ollama ARGUMENTS` with these variables and no other OLLAMA_*."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("OLLAMA_")
    }
    return subprocess.Popen(
        [sys.executable, "-m", "ollama_stand_in", *arguments],
        env={**environment, "PYTHONPATH": str(IMAGES), "HOME": str(home), **variables},
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the model `tiny`."""
    home = tmp_path_factory.mktemp("home")
    place = "http://127.0.0.1:23987"
    with start(home, "serve", OLLAMA_HOST=place, OLLAMA_KEEP_ALIVE="1h") as server:
        assert server.stderr
        while "Listening on 127.0.0.1:23987" not in server.stderr.readline():
            assert server.poll() is None
        wait_for(place)
        assert ask(place, "/api/pull", model="tiny")[1][-1] == {"status": "success"}
        yield place
        server.terminate()
        assert server.wait(timeout=60) == 0


def wait_for(place: str) -> None:
    """Return once it answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            ask(place, "/api/version")
        except OSError:
            time.sleep(0.05)
            continue
        return


def get(place: str, path: str, body: str | None = None) -> tuple[int, str]:
    """The status and the text of a GET, or of a POST of `body`."""
    connection = HTTPConnection(urlsplit(place).netloc, timeout=60)
    try:
        connection.request("GET" if body is None else "POST", path, body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def ask(place: str, path: str, **body: Any) -> tuple[int, list[Any]]:
    """The status, and the lines of JSON."""
    status, text = get(place, path, json.dumps(body) if body else None)
    return status, [json.loads(line) for line in text.splitlines()]


def one(place: str, path: str, **body: Any) -> Any:
    status, lines = ask(place, path, **body)
    assert (status, len(lines)) == (200, 1)
    return lines[0]


def test_it_says_what_it_has(url: str) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", one(url, "/api/version")["version"])
    (model,) = one(url, "/api/tags")["models"]
    assert set(model) == {"name", "model", "modified_at", "size", "digest", "details"}
    assert (model["name"], len(model["digest"])) == ("tiny:latest", 64)
    shown = one(url, "/api/show", model="tiny")
    assert {"modelfile", "parameters", "template", "details", "model_info"} <= set(shown)
    assert set(shown["details"]) == set(model["details"])
    assert get(url, "/") == (200, "Ollama is running")


def test_a_completion_streams_and_ends_with_its_figures(url: str) -> None:
    request = {"model": "tiny", "prompt": "why is it so", "options": {"num_predict": 3}}
    _, (*parts, last) = ask(url, "/api/generate", **request)
    assert [set(part) for part in parts] == [{"model", "created_at", "response", "done"}] * 3
    assert set(last) == {"model", "created_at", "response", "done", "done_reason", *METRICS}
    assert (last["eval_count"], last["prompt_eval_count"], last["done"]) == (3, 4, True)
    assert last["done_reason"] == "length"
    parts_of_it = ("load_duration", "prompt_eval_duration", "eval_duration")
    assert sum(last[name] for name in parts_of_it) <= last["total_duration"] * 1.05
    complete = one(url, "/api/generate", **request, stream=False)
    assert (set(complete), complete["response"]) == (set(last), " word word word")


def test_a_chat_and_its_openai_form(url: str) -> None:
    request = {"model": "tiny", "messages": [{"role": "user", "content": "hi there"}]}
    _, (first, *_, last) = ask(url, "/api/chat", **request)
    assert first["message"] == {"role": "assistant", "content": " word"}
    assert (set(METRICS) <= set(last), last["done_reason"]) == (True, "stop")
    answer = one(url, "/v1/chat/completions", **request, max_tokens=2)
    assert (answer["object"], answer["choices"][0]["finish_reason"]) == (
        "chat.completion",
        "length",
    )
    assert answer["usage"] == {"prompt_tokens": 2, "completion_tokens": 2, "total_tokens": 4}
    assert [model["id"] for model in one(url, "/v1/models")["data"]] == ["tiny:latest"]


def test_a_model_is_loaded_shown_and_unloaded(url: str) -> None:
    loaded = one(url, "/api/generate", model="tiny")
    assert (loaded["done_reason"], loaded["response"]) == ("load", "")
    (running,) = one(url, "/api/ps")["models"]
    assert {"name", "model", "size", "digest", "details", "expires_at", "size_vram"} <= set(running)
    assert running["expires_at"] > "2000"
    assert one(url, "/api/generate", model="tiny", keep_alive=0)["done_reason"] == "unload"
    assert one(url, "/api/ps") == {"models": []}


def test_embeddings(url: str) -> None:
    assert ask(url, "/api/pull", model="embedder")[0] == 200
    many = one(url, "/api/embed", model="embedder", input=["a b", "c"])
    assert set(many) == {"model", "embeddings", *METRICS[:3]} - {"prompt_eval_duration"}
    assert [len(embedding) for embedding in many["embeddings"]] == [8, 8]
    assert len(one(url, "/api/embeddings", model="embedder", prompt="a")["embedding"]) == 8
    status, (refusal,) = ask(url, "/api/generate", model="embedder", prompt="a")
    assert (status, refusal) == (400, {"error": '"embedder" does not support generate'})


def test_a_model_of_another_has_its_parameters(url: str) -> None:
    made = {"model": "mine:1", "from": "tiny", "parameters": {"num_gpu": 0, "num_ctx": 64}}
    _, (*progress, last) = ask(url, "/api/create", **made)
    assert (last, progress[-1]) == ({"status": "success"}, {"status": "writing manifest"})
    assert one(url, "/api/generate", model="mine:1")["done"]
    mine = next(model for model in one(url, "/api/ps")["models"] if model["name"] == "mine:1")
    assert (mine["size_vram"], mine["context_length"]) == (0, 64)


def test_a_pull_says_how_far_it_is_and_why_it_fails_with_status_200(url: str) -> None:
    _, lines = ask(url, "/api/pull", model="tiny:other")
    assert lines[0] == {"status": "pulling manifest"}
    moving = [line for line in lines if "completed" in line]
    assert all(set(line) == {"status", "digest", "total", "completed"} for line in moving)
    assert moving[-1]["completed"] == moving[-1]["total"]
    ends = [line["status"] for line in lines[-3:]]
    assert ends == ["verifying sha256 digest", "writing manifest", "success"]
    status, (*_, last) = ask(url, "/api/pull", model="none")
    assert (status, last) == (200, {"error": "pull model manifest: file does not exist"})
    assert one(url, "/api/pull", model="tiny", stream=False) == {"status": "success"}


@pytest.mark.parametrize("path", ["generate", "chat", "show", "embed"])
def test_an_unknown_model_is_404_in_ollama_s_words(url: str, path: str) -> None:
    body = {"model": "no:such", "prompt": "a", "messages": [{"role": "user", "content": "a"}]}
    refusal = {"error": "model 'no:such' not found"}
    assert ask(url, f"/api/{path}", **body, input="a") == (404, [refusal])


def test_it_ends_where_it_cannot_begin(url: str, tmp_path: Path) -> None:
    with start(tmp_path, "serve", OLLAMA_HOST=url) as taken:
        _, printed = taken.communicate(timeout=60)
    assert taken.returncode == 1
    assert "Error: listen tcp 127.0.0.1:23987: bind: address already in use" in printed
    (tmp_path / "file").touch()
    with start(tmp_path / "file", "serve") as homeless:
        _, printed = homeless.communicate(timeout=60)
    assert (homeless.returncode, printed.startswith("Error: mkdir ")) == (1, True)


def test_what_nobody_names_is_pruned_at_the_start_unless_told_not_to(tmp_path: Path) -> None:
    blobs = tmp_path / ".ollama" / "models" / "blobs"
    blobs.mkdir(parents=True)
    for noprune, left in (("1", ["sha256-1-partial"]), ("", [])):
        (blobs / "sha256-1-partial").touch()
        place = "127.0.0.1:23988"
        with start(tmp_path, "serve", OLLAMA_HOST=place, OLLAMA_NOPRUNE=noprune) as server:
            wait_for(f"http://{place}")
            server.terminate()
        assert [blob.name for blob in blobs.iterdir()] == left
