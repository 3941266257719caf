"""Each cluster profile as a real slurmctld, which takes every job that is made for that cluster.

A profile needs nothing here: its slurm.conf is made from it, and every example recipe and every
case of a kind is built for it and judged by `sbatch --test-only`.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import pytest
from hpcgen.build import Options, resolve_recipe
from hpcgen.bundle.tree import Tree
from hpcgen.clusters import built_in
from hpcgen.load import load
from hpcgen.model.kind import kinds
from hpcgen.model.profile import Profile
from hpcgen.plan import plan
from hpcgen.render import render
from hpcgen.resolve import profiles

from tests.lab.cluster import Lab
from tests.lab.slurm_site import files

PACKAGE = resources("hpcgen")
PROJECT = Path(__file__).parents[2]
RECIPES = {
    **{path.stem: path for path in sorted((PROJECT / "recipes").glob("*.yaml"))},
    **{
        f"{name}-{case.stem}": case
        for name, kind in kinds().items()
        for case in sorted((kind.folder / "cases").glob("*.yaml"))
    },
}
OF_A_SITE = (
    *("partition", "qos", "constraint", "reservation", "nodelist", "exclude", "gres", "time"),
    "mem_per_cpu",  # with `exclusive` it is asked for every CPU, of which a node has more here
)
"""Resources that a case asks of the site that it was written for."""

# Prints, for each line, sbatch's status and what it says. Slurm lets root exceed a partition's
# limits, so alice asks. The daemon ends with the shell.
JUDGE = """\
cd "$0" && export SLURM_CONF=$PWD/slurm.conf && mkdir -p state || exit 1
slurmctld -D -i -f "$SLURM_CONF" >console 2>&1 & trap 'kill -KILL $!' EXIT
for ((i = 0; i < 300; i++)); do scontrol ping 2>/dev/null | grep -q UP && break; sleep 0.1; done
scontrol ping | grep -q UP || { tail -n 20 console log; exit 1; }
while IFS= read -r line; do
  read -ra options <<<"$line"
  said=$(setpriv --reuid alice --regid alice --init-groups \\
    sbatch --test-only "${options[@]}" 2>&1)
  echo "$? ${said//$'\\n'/ }"
done
"""


@pytest.fixture(scope="module", params=built_in())
def site(request: pytest.FixtureRequest, lab: Lab) -> Profile:
    """A built-in profile, with a configuration of Slurm made from it in the lab."""
    profile = profiles.load_profile(request.param, Path(), None)
    place = _place(profile)
    lab.run(["mkdir", "-p", place], user="root")
    for name, text in files(profile, place).items():
        lab.path(f"{place}/{name}").write_text(text)
    return profile


def _place(profile: Profile) -> str:
    return f"/tmp/site-{profile.name}"


def portable(data: dict[str, Any], profile: Profile) -> dict[str, Any]:
    """A recipe without what only its own site knows, and without what this one forbids."""
    dropped = (*OF_A_SITE, *profile.forbid)
    entries = [
        entry
        for section in ("services", "clients", "jobs")
        for entry in data.get(section, {}).values()
    ]
    balancers = [entry["balancer"] for entry in entries if "balancer" in entry]
    for entry in (*entries, *balancers, data.get("defaults", {})):
        entry.pop("profile", None)  # of a client-group: resources of the site it was written for
        for field in dropped:
            entry.get("resources", {}).pop(field, None)
    return {**data, "cluster": "./site.yaml", "account": "p200981"}


def submittable(profile: Profile) -> str:
    """The profile's file; where its runtime has no jobs yet, with Apptainer in the runtime's place.

    What a job asks Slurm for does not depend on what runs its containers.
    """
    text = Path(str(PACKAGE / "clusters" / f"{profile.name}.yaml")).read_text()
    for program in ("pyxis", "podman-hpc"):
        text = text.replace(f"runtime: {{program: {program}}}", "runtime: {program: apptainer}")
    return text


@contextmanager
def scripts(lab: Lab, profile: Profile, directory: Path) -> Iterator[dict[str, str]]:
    """The scripts of every recipe in the lab, after the options they need, by what they are."""
    commands = {}
    (directory / "site.yaml").write_text(submittable(profile))
    for name, path in RECIPES.items():
        recipe = directory / f"{name}.yaml"
        recipe.write_text(json.dumps(portable(load(path).data, profile)))
        tree = render(plan(resolve_recipe(recipe, Options())))  # other tests check what it says
        for file in tree:
            if file.path.endswith(".sbatch"):
                place = f"{_place(profile)}/{name}-{Path(file.path).name}"
                lab.path(place).write_text(file.content)
                for row, options in rows(tree, Path(file.path).stem).items():
                    commands[f"{name}: {file.path}{row}"] = f"{options}{place}"
    yield commands


def rows(tree: Tree, job: str) -> dict[str, str]:
    """The options that a job is submitted with: of an experiment, those of each of its rows."""
    path = f"experiments/{job}.tsv"
    if path not in tree:
        return {"": ""}
    head, *lines = (line.split("\t") for line in tree[path].content.splitlines())
    cells = (
        [pair for pair in zip(head, line, strict=True) if pair[0][:2] == "--"] for line in lines
    )
    options = ("".join(f"{name}={value} " for name, value in row) for row in cells)
    return {f" row {number}": fields for number, fields in enumerate(options, start=1)}


def judged(lab: Lab, profile: Profile, lines: list[str]) -> list[str]:
    """What `sbatch --test-only` says to each line of options and a script, its status first."""
    argv = ["bash", "-c", JUDGE, _place(profile)]
    done = lab.run(argv, user="root", stdin="".join(f"{line}\n" for line in lines))
    return done.stdout.splitlines()


def test_every_job_is_accepted_and_nothing_beyond_the_profile(
    lab: Lab, site: Profile, tmp_path: Path
) -> None:
    with scripts(lab, site, tmp_path) as ours:
        first = next(line for line in ours.values() if " " not in line)
        wrong = [f"{option} {first}" for option in _beyond(site)]
        answers = judged(lab, site, [*ours.values(), *wrong])
    assert len(answers) == len(ours) + len(wrong)
    refused = {
        name: answer for name, answer in zip(ours, answers, strict=False) if answer[:2] != "0 "
    }
    assert refused == {}
    rest = zip(wrong, answers[len(ours) :], strict=True)
    assert [line for line, answer in rest if answer[:2] == "0 "] == []


def _beyond(profile: Profile) -> Iterator[str]:
    """Options that the site refuses, as far as its profile says so."""
    yield "--partition=nonesuch"
    yield "--nodes=99999 --ntasks=99999"
    yield "--gres=gpu:nonesuch:1"
    if profile.qos:
        yield "--qos=nonesuch"
    for qos, limits in profile.qos.items():
        if limits.max_time:
            yield f"--qos={qos} --time=99-00:00:00"
    for name, partition in profile.partitions.items():
        if partition.max_time:
            yield f"--partition={name} --time=99-00:00:00"
    if "mem" in profile.forbid:
        yield "--mem=1G"
