"""The quickstart for real: built, submitted in the lab as an ordinary user, its result shown."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.lab.cluster import Lab, LabError

RECIPE = Path("recipes/quickstart.yaml")
BUNDLE = "/home/alice/bundle"
RUN = "/home/alice/run"
PATIENCE = 300


def main() -> int:
    """Run the demonstration; 0 when a client's result came, 1 with the reason otherwise."""
    lab = Lab()
    if lacks := lab.lacks():
        print(f"the lab cannot run here: {lacks}", file=sys.stderr)
        return 1
    try:
        demonstrate(lab)
    except LabError as error:
        print(f"{error}\n{stories(lab)}", file=sys.stderr)
        return 1
    finally:
        lab.down()
    return 0


def demonstrate(lab: Lab) -> None:
    """Build, submit and follow the quickstart until its client's result is there."""
    lab.up()
    lab.image("redis")
    with tempfile.TemporaryDirectory() as scratch:
        lab.copy_tree(build(Path(scratch)), BUNDLE)
    print(lab.run([f"{BUNDLE}/bin/submit.sh"], env={"HPCGEN_RUN_DIR": RUN}).stdout)
    seen: list[str] = []
    lab.wait(lambda: follow(lab, seen), timeout=PATIENCE)
    for result in results(lab):
        print(f"{result}\n{result.read_text()}")


def build(output: Path) -> Path:
    """Compile the quickstart for the lab's profile into `output`; the bundle's directory."""
    command = ["hpcgen", "build", str(RECIPE), "--cluster", "lab", "-o", str(output)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=120)
    if done.returncode:
        raise LabError(f"{' '.join(command)}: status {done.returncode}")
    return Path(done.stdout.splitlines()[-1])


def follow(lab: Lab, seen: list[str]) -> bool:
    """Print the queue where it changed; true once there is a result, LabError if none can come."""
    queue = lab.run(["squeue", "--states=all", "--format=%.6i %.24j %.10T %N"]).stdout
    if queue not in seen:
        print(queue)
        seen.append(queue)
    if results(lab):
        return True
    if not lab.jobs():
        raise LabError("every job has ended, and there is no result.json")
    return False


def results(lab: Lab) -> list[Path]:
    """Every client's result.json, as the host sees it."""
    return sorted(lab.path(RUN).glob("**/result.json"))


def stories(lab: Lab) -> str:
    """What Slurm and the logs say of every job that there was."""
    if not lab.nodes:
        return "the lab did not come up"
    return "\n".join(lab.story(job) for job in lab.jobs("all"))


if __name__ == "__main__":
    sys.exit(main())
