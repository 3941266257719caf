"""The command line of `vllm serve`: every option of the real one, and no other."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

NARGS = {"VALUE": None, "VALUE...": "+", "[VALUE]": "?"}
TYPES = {
    "--port": int,
    "--tensor-parallel-size": int,
    "--pipeline-parallel-size": int,
    "--max-model-len": int,
    "--max-num-seqs": int,
    "--gpu-memory-utilization": float,
    "--nnodes": int,
    "--node-rank": int,
    "--master-port": int,
}
DEFAULTS = {
    "--tensor-parallel-size": 1,
    "--pipeline-parallel-size": 1,
    "--port": 8000,
    "--max-model-len": 2048,
    "--nnodes": 1,
    "--node-rank": 0,
    "--master-addr": "127.0.0.1",
    "--master-port": 29501,
}
CHOICES = {"--dtype": ("auto", "bfloat16", "float", "float16", "float32", "half")}


def parser(options: Iterable[str]) -> argparse.ArgumentParser:
    """A parser of `options`, each as a line of vllm-options.txt writes it.

    A line has the option's flags and, where it takes any, VALUE, VALUE... or [VALUE].
    """
    root = argparse.ArgumentParser("vllm", allow_abbrev=False)
    serve = root.add_subparsers(required=True).add_parser("serve", allow_abbrev=False)
    serve.add_argument("model_tag")
    for line in options:
        add(serve, line.split())
    return root


def add(serve: argparse.ArgumentParser, words: list[str]) -> None:
    """Let `serve` take the option that `words` describe."""
    flags = [word for word in words if word.startswith("-")]
    name = flags[0]
    if len(flags) == len(words):
        serve.add_argument(name, *flags[1:], action="store_true")
        return
    serve.add_argument(
        *flags,
        nargs=NARGS[words[-1]],
        type=TYPES.get(name, str),
        default=DEFAULTS.get(name),
        choices=CHOICES.get(name),
    )


def parse(arguments: list[str]) -> argparse.Namespace:
    """What `arguments` ask for; exits with 2 where the real one would."""
    options = Path(__file__).with_name("vllm-options.txt").read_text().splitlines()
    return parser(options).parse_args([plain(argument) for argument in arguments])


def plain(argument: str) -> str:
    """vLLM takes `--max_model_len=8` for `--max-model-len=8`, and explains all at `--help=all`."""
    if not argument.startswith("--"):
        return argument
    name, equals, value = argument.partition("=")
    return "--help" if name == "--help" else f"{name.replace('_', '-')}{equals}{value}"
