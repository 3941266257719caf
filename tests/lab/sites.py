"""The lab as a site of another container runtime, and bundles that are built for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpcgen.build import Options, build

from tests.lab.bundles import Bundle, default_run, lab_profile
from tests.lab.cluster import Lab

HERE = Path(__file__).parent
SCRATCH = "/home/alice/scratch"
NAMES = {
    "redis": "docker.io/library/redis:8.2.2",
    "monitoring": "docker.io/library/monitoring:1",
    "vllm-stand-in": "docker.io/library/vllm-stand-in:1",
}
"""The lab's images, and what podman-hpc calls them."""

PYXIS = "/home/alice/pyxis"


@dataclass(frozen=True, slots=True)
class Site:
    """The lab with the runtime `program`; `env` is what a user's shell has there."""

    lab: Lab
    program: str
    env: Mapping[str, str]

    def deploy(self, directory: Path, name: str, recipe: Mapping[str, Any]) -> Bundle:
        """The recipe, compiled for the site, in alice's home."""
        profile = lab_profile()
        ours = "runtime: {program: apptainer, sif_mount: fuse}"
        provided = "  provided: {redis: /images/redis.sif}\n"
        assert ours in profile and provided in profile
        profile = profile.replace(ours, f"runtime: {{program: {self.program}}}")
        profile = profile.replace(provided, "").replace("/images", "$HOME/own")
        (directory / "site.yaml").write_text(profile)
        source = directory / "recipe.yaml"
        source.write_text(json.dumps({"name": name, "cluster": "./site.yaml", **recipe}))
        place = f"/home/alice/{name}"
        self.lab.copy_tree(build(source, directory / "output", Options()), place)
        return Bundle(self.lab, name, place, "alice", default_run(self.lab, name, place, "alice"))


def podman_hpc(lab: Lab) -> Site:
    """Real Podman under the real wrapper, and NAMES in the storage that all nodes share.

    Only `podman-hpc pull` is not tried: there is no registry, and no static mksquashfs.
    """
    site = f"{lab.image('podman-hpc')}/site.tar"
    for node in ("login", *lab.nodes):
        ready = f"tar -C / -xf {site} && mount -t cgroup2 cgroup2 /sys/fs/cgroup"
        lab.run(["sh", "-c", ready], user="root", node=node)
    for image, name in NAMES.items():
        store(lab, image, name)
    return Site(lab, "podman-hpc", {"SCRATCH": SCRATCH})


def store(lab: Lab, image: str, name: str) -> None:
    """Put an image of the lab's into the storage of podman-hpc, under the name."""
    where = f"--root {SCRATCH}/storage --runroot /tmp/import"
    where += " --storage-opt mount_program=/usr/bin/fuse-overlayfs-wrap"
    fill = f"""set -e
mkdir -p {SCRATCH}
apptainer -q build --sandbox /tmp/image {lab.image(image)}
tar -C /tmp/image -c . | podman {where} import --quiet - {name}
rm -rf /tmp/image"""
    lab.run(["bash", "-c", fill])


def pyxis(lab: Lab) -> Site:
    """Our stand-ins for Pyxis and Enroot, before the real srun in the PATH."""
    for image in NAMES:
        lab.image(image)
    lab.copy_tree(HERE / "pyxis", PYXIS)
    return Site(lab, "pyxis", {"PATH": f"{PYXIS}:/usr/local/bin:/usr/bin:/bin"})
