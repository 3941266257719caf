"""The vLLM images: the stand-in answers as the real one does, and both as hpcgen needs it.

The real one takes minutes to build: it is tested where it is built already, and where
HPCGEN_LAB_VLLM=required has it built. `pytest --snapshot-update` renews, from the real one, what
the stand-in is made of: vllm-options.txt and vllm-metrics.txt.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.lab.cluster import Job, Lab
from tests.lab.vllm import IMAGES, MODEL, REAL, put_model

HERE = Path(__file__).parent
FLAGS = "--containall --no-home --no-eval --no-mount hostfs --pwd /"
KEY = "a-key-of-the-tests"
NODE = "node01"

# The container has 64 MB for /tmp and everything else it writes, and no home: what vLLM writes
# goes to the node's own disk. vLLM itself needs to be told the address that workers reach it at.
SERVE = """#!/bin/bash
address=$(getent ahostsv4 "$SLURMD_NODENAME" | awk 'NR == 1 {{print $1}}')
work=/tmp/vllm.$SLURM_JOB_ID
mkdir -m 700 "$work" "$work"/{{tmp,cache}}
export APPTAINERENV_VLLM_API_KEY={key}
export APPTAINERENV_VLLM_HOST_IP=$address
export APPTAINERENV_VLLM_CACHE_ROOT=/cache/vllm APPTAINERENV_XDG_CACHE_HOME=/cache
export APPTAINERENV_XDG_CONFIG_HOME=/cache/config APPTAINERENV_HF_HOME=/cache/huggingface
export APPTAINERENV_HF_HUB_OFFLINE=1 APPTAINERENV_VLLM_NO_USAGE_STATS=1
apptainer exec {flags} --bind "$work/tmp:/tmp" --bind "$work/cache:/cache" \\
  --bind "$HOME/{image}-model:{model}:ro" {place} vllm serve {model} \\
  --dtype float32 --enforce-eager --max-model-len 256 --host "$address" --port 8000 &
server=$!
trap 'kill -TERM "$server"' USR1
wait "$server"
wait "$server"
"""


def serve(lab: Lab, image: str) -> int:
    """Start the server as a job of alice's on NODE, with a model of her own; ready on return."""
    place = lab.image(image)
    put_model(lab, image)
    text = SERVE.format(image=image, place=place, flags=FLAGS, key=KEY, model=MODEL)
    script = lab.write(f"/home/alice/{image}.sbatch", text, mode=0o755)
    job = lab.sbatch(script.name, f"--nodelist={NODE}")
    lab.wait(lambda: ask(lab, "/health")[0] == 200, job=job)
    return job


def ask(lab: Lab, path: str, body: dict[str, Any] | None = None, key: str = "") -> tuple[int, str]:
    """Status and body of a GET, or of a POST of `body`, from another node; 0 without an answer."""
    argv = ["curl", "--silent", "--max-time", "30", "--write-out", "\n%{http_code}"]
    if key:
        argv += ["--header", f"Authorization: Bearer {key}"]
    if body is not None:
        argv += ["--header", "Content-Type: application/json", "--data", json.dumps(body)]
    done = lab.run([*argv, f"http://{NODE}:8000{path}"], node="node02", check=False)
    text, _, status = done.stdout.rpartition("\n")
    return int(status), text


def ask_json(lab: Lab, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    status, text = ask(lab, path, body, KEY)
    return status, json.loads(text)


def stop(lab: Lab, job: int) -> Job:
    lab.run(["scancel", "--batch", "--signal=USR1", str(job)])
    return lab.wait_job(job)


def families(metrics: str) -> str:
    """The names and types of `metrics`, a line each."""
    return "".join(f"{line}\n" for line in sorted(re.findall(r"(?m)^# TYPE (.*)$", metrics)))


def value(metrics: str, name: str) -> float:
    """The sum of a family's samples."""
    return sum(float(number) for number in re.findall(rf"(?m)^{name}\{{.*\}} (.*)$", metrics))


def options(explained: str) -> str:
    """The flags that argparse's help explains, and what they take, a line each."""
    heads = [re.split(r" {2,}", line)[0] for line in re.findall(r"(?m)^  (-.*)$", explained)]
    lines = sorted(option(head) for head in heads if "--help" not in head)
    return "".join(f"{line}\n" for line in lines)


def option(head: str) -> str:
    """`--seed SEED, -s SEED` is `--seed -s VALUE`."""
    forms = re.split(r", (?=-)", head)
    flags = [form.split()[0] for form in forms]
    operand = forms[0].partition(" ")[2]
    if operand.endswith("...]"):
        return " ".join([*flags, "VALUE..."])
    if re.fullmatch(r"\[[A-Z_]+\]", operand):
        return " ".join([*flags, "[VALUE]"])
    return " ".join([*flags, "VALUE"] if operand else flags)


def same_as_file(text: str, name: str, *, renew: bool) -> None:
    if renew:
        (HERE / name).write_text(text)
    assert text == (HERE / name).read_text()


@pytest.fixture
def renew(pytestconfig: pytest.Config, image: str) -> bool:
    return image == REAL and bool(pytestconfig.getoption("update_snapshots"))


@pytest.mark.parametrize("image", IMAGES)
def test_vllm_serves_whoever_has_the_key_and_ends_when_asked(
    lab: Lab, image: str, renew: bool
) -> None:
    job = serve(lab, image)
    unauthorized = (401, '{"error":"Unauthorized"}')
    assert ask(lab, "/v1/models") == unauthorized
    assert ask(lab, "/v1/models", key="another") == unauthorized
    assert ask(lab, "/v1/completions", {"prompt": "one two"}) == unauthorized
    assert ask(lab, "/version") == (200, '{"version":"0.32.0"}')

    status, models = ask_json(lab, "/v1/models")
    assert status == 200
    assert [(model["id"], model["max_model_len"]) for model in models["data"]] == [(MODEL, 256)]
    assert completes(lab) == 4
    assert chats(lab) == 3
    assert streams(lab) == 5
    refuses(lab)

    lab.wait(lambda: value(ask(lab, "/metrics")[1], "vllm:request_success_total") == 3, job=job)
    status, metrics = ask(lab, "/metrics")
    assert status == 200
    assert value(metrics, "vllm:generation_tokens_total") == 4 + 3 + 5
    assert value(metrics, "vllm:e2e_request_latency_seconds_count") == 3
    same_as_file(families(metrics), "vllm-metrics.txt", renew=renew)

    ended = stop(lab, job)
    assert (ended.state, ended.exit_status) == ("COMPLETED", "0:0"), lab.story(job)


def completes(lab: Lab) -> int:
    """The tokens of a completion of four."""
    request = {"model": MODEL, "prompt": "one two", "max_tokens": 4, "ignore_eos": True}
    status, answer = ask_json(lab, "/v1/completions", request)
    assert status == 200, answer
    assert (answer["object"], answer["model"]) == ("text_completion", MODEL)
    assert (answer["choices"][0]["finish_reason"], len(answer["choices"])) == ("length", 1)
    used = answer["usage"]
    assert used["total_tokens"] == used["prompt_tokens"] + used["completion_tokens"]
    return int(used["completion_tokens"])


def chats(lab: Lab) -> int:
    """The tokens of an answer of three."""
    messages = [{"role": "user", "content": "one two"}]
    request = {"model": MODEL, "messages": messages, "max_tokens": 3, "ignore_eos": True}
    status, answer = ask_json(lab, "/v1/chat/completions", request)
    assert status == 200, answer
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"]["role"] == "assistant"
    return int(answer["usage"]["completion_tokens"])


def streams(lab: Lab) -> int:
    """The tokens of a stream of five, as its last event says."""
    request = {"model": MODEL, "prompt": "one", "max_tokens": 5, "ignore_eos": True}
    how = {"stream": True, "stream_options": {"include_usage": True}}
    status, text = ask(lab, "/v1/completions", {**request, **how}, KEY)
    assert status == 200, text
    *events, done, rest = text.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    *tokens, last = [json.loads(event.removeprefix("data: ")) for event in events]
    assert [event["choices"][0]["finish_reason"] for event in tokens][-1] == "length"
    assert last["choices"] == []
    return int(last["usage"]["completion_tokens"])


def refuses(lab: Lab) -> None:
    """What cannot be answered says why, as OpenAI's clients read it."""
    status, answer = ask_json(lab, "/v1/completions", {"model": "other", "prompt": "one"})
    assert (status, answer["error"]["type"]) == (404, "NotFoundError")
    request = {"model": MODEL, "prompt": "one", "max_tokens": 4000}
    status, answer = ask_json(lab, "/v1/completions", request)
    assert (status, answer["error"]["param"]) == (400, "max_tokens")


@pytest.mark.parametrize("image", IMAGES)
def test_vllm_takes_these_options_and_no_other(lab: Lab, image: str, renew: bool) -> None:
    command = ["apptainer", "exec", *FLAGS.split(), lab.image(image), "vllm", "serve"]
    explained = lab.run([*command, "--help=all"], env={"COLUMNS": "80"}).stdout
    same_as_file(options(explained), "vllm-options.txt", renew=renew)
    refused = lab.run([*command, MODEL, "--no-such-option"], check=False)
    assert refused.returncode == 2
    assert "unrecognized arguments: --no-such-option" in refused.stderr
