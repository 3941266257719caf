"""docs/tutorial.md, command by command: what it shows is what happens on the lab.

`laptop$` commands run here, in a repository of their own; `cluster$` commands run on the lab's
login node, as alice. In place of `generic` the recipe names the lab's profile without its images,
because Apptainer is a module here; the image is there already. Numbers, times and nodes may differ,
and `...` stands for anything.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from tests.lab.cluster import Lab, LabError

TUTORIAL = (Path(__file__).parents[2] / "docs/tutorial.md").read_text(encoding="utf-8")
HOME = "/home/alice"
COPIED = "scp -r output/first cluster:"
REPEATED = "bin/status.sh"
"""What a user calls until it shows what the tutorial shows."""


def steps() -> Iterator[tuple[str, str, str]]:
    """Each command: where it runs, the command, and the output that is shown."""
    for block in re.findall(r"^```console\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL):
        parts = re.split(r"^(laptop|cluster)\$ (.*)\n", block, flags=re.MULTILINE)
        yield from zip(parts[1::3], parts[2::3], parts[3::3], strict=True)


def pattern(shown: str) -> re.Pattern[str]:
    """What an output must match."""
    lines = ("(?:.*\n)*" if line == "..." else f"{_line(line)}\n" for line in shown.splitlines())
    return re.compile("".join(lines))


def _line(shown: str) -> str:
    words = (re.sub(r"\d+", r"\\d+", re.escape(word)) for word in shown.split(" ") if word)
    return r" *" + r" +".join(word.replace(r"\.\.\.", ".*") for word in words)


def on_the_laptop(command: str, directory: Path) -> str:
    place = Path(sys.executable).parent
    environment = {
        **os.environ, "PATH": f"{place}:{os.environ['PATH']}", "NO_COLOR": "1", "COLUMNS": "200",
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", command], cwd=directory, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    return done.stdout


def on_the_cluster(lab: Lab, command: str, until: str) -> str:
    """The output; of a command that a user repeats, the one that is waited for."""
    outputs: list[str] = []

    def is_shown() -> bool:
        outputs.append(lab.run(["bash", "-lc", f"{command} 2>&1"], cwd=HOME, check=False).stdout)
        return not until or pattern(until).fullmatch(outputs[-1]) is not None

    with suppress(LabError):  # the output says more
        lab.wait(is_shown)
    return outputs[-1]


def test_what_the_tutorial_shows_happens(lab: Lab, tmp_path: Path) -> None:
    image = lab.image("redis")
    lab.run(["sh", "-c", f"mkdir containers && ln -s {image} containers/redis_8.2.2.sif"], cwd=HOME)
    profile = (files("hpcgen") / "clusters/lab.yaml").read_text(encoding="utf-8")
    (tmp_path / "site.yaml").write_text(re.sub(r"^images:\n( .*\n)*", "", profile, flags=re.M))
    (recipe,) = re.findall(r"`first\.yaml`:\n\n```yaml\n(.*?)^```$", TUTORIAL, re.M | re.S)
    (tmp_path / "first.yaml").write_text(recipe.replace("cluster: generic", "cluster: ./site.yaml"))
    on_the_laptop("git init -q", tmp_path)
    commands = [*steps()]
    assert len(commands) > 15
    for where, command, shown in commands:
        if command == COPIED:
            lab.run(["rm", "-rf", "first"], cwd=HOME)
            lab.copy_tree(tmp_path / "output/first", f"{HOME}/first")
            continue
        if where == "laptop":
            output = on_the_laptop(command, tmp_path)
        else:
            output = on_the_cluster(lab, command, until=shown if REPEATED in command else "")
        assert pattern(shown).fullmatch(output), f"{where}$ {command}\n{output}\nis not\n{shown}"
