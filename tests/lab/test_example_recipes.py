"""The example recipes that share a job, run as they are but for their images."""

from __future__ import annotations

from pathlib import Path

from tests.lab.bundles import install, outcome
from tests.lab.cluster import Lab

RECIPES = Path(__file__).parents[2] / "recipes"


def test_the_stack_serves_in_one_job_and_ends_with_its_client(lab: Lab) -> None:
    lab.image("redis")
    text = (RECIPES / "stack.yaml").read_text()
    text = text.replace("image: python:3.13-slim", f"image: {lab.image('vllm-stand-in')}")
    bundle = install(lab, "stack", text)
    ((name, job),) = bundle.submit().items()
    assert (name, outcome(lab.wait_job(job))) == ("bench", ("COMPLETED", "0:0"))
    assert bundle.path(f"results/cache-bench/{job}/result.json").exists(), lab.story(job)
    page = bundle.path("data/web/index.html").read_text()
    assert page.startswith("the cache is at redis://127.0.0.1:6379")
