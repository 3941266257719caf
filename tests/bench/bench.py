"""How fast the compiler is: ratios to what bounds it, measured side by side.

CPU seconds of whole processes, in turn (A B A B …), so that whatever else the machine does meets
both; the figure is the median ratio of the pairs. Bundles are written anew each time, in memory
where that can be: a disk is not measured. shellcheck's verdicts are remembered, as from the second
build on; the last rows say what it costs before that.
Ends with 1 where a bound is missed by more than half of the pairs differ from their median.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from hpcgen.text.table import aligned

from tests.bench.recipe import OPTIONS, written

QUICKSTART = Path(__file__).parent.parent.parent / "recipes" / "quickstart.yaml"
FLOOR = Path(__file__).parent / "floor.py"
LIBRARIES = "import jinja2, ruamel.yaml, jsonschema"
COLD, WARM = 1.6, 2.0  # the bounds: of a whole build to its imports, of 1,000 services to the floor


@dataclass(frozen=True)
class Measured:
    """CPU seconds of pairs of processes; `bound` is what the ratio may come to, 0 for anything."""

    what: str
    pairs: Sequence[tuple[float, float]]
    bound: float = 0

    @property
    def ratios(self) -> list[float]:
        return [ours / theirs for ours, theirs in self.pairs]

    @property
    def noise(self) -> float:
        """The median distance of the ratios from their median."""
        middle = median(self.ratios)
        return median(abs(ratio - middle) for ratio in self.ratios)

    @property
    def missed(self) -> bool:
        return self.bound > 0 and median(self.ratios) - self.noise > self.bound

    def row(self) -> tuple[str, ...]:
        ours, theirs = (median(seconds) for seconds in zip(*self.pairs, strict=True))
        ratio = f"{median(self.ratios):.2f} ± {self.noise:.2f}"
        bound = f"{self.bound:.1f}{' missed' if self.missed else ''}" if self.bound else ""
        return (self.what, f"{ours:.3f}", f"{theirs:.3f}", ratio, bound)


@dataclass(frozen=True)
class Place:
    """A directory for everything that is written, shellcheck's memory and bytecode included."""

    path: Path

    def hpcgen(self, recipe: Path, *, cache: str = "cache") -> float:
        command = ["-m", "hpcgen", "build", str(recipe), "-o", self._fresh("hpcgen"), *OPTIONS]
        return self._seconds(command, cache)

    def floor(self, recipe: Path) -> float:
        bytecode = self.path / "bytecode"
        bytecode.mkdir(exist_ok=True)
        return self._seconds([str(FLOOR), str(recipe), self._fresh("floor"), str(bytecode)])

    def libraries(self) -> float:
        return self._seconds(["-c", LIBRARIES])

    def forget(self) -> str:
        """An empty cache directory."""
        shutil.rmtree(self.path / "forgotten", ignore_errors=True)
        return "forgotten"

    def _fresh(self, name: str) -> str:
        shutil.rmtree(self.path / name, ignore_errors=True)
        return str(self.path / name)

    def _seconds(self, arguments: Sequence[str], cache: str = "cache") -> float:
        environment = {
            **os.environ,
            "XDG_CACHE_HOME": str(self.path / cache),
            "PYTHONPYCACHEPREFIX": str(self.path / "compiled"),
            "PYTHONDONTWRITEBYTECODE": "",  # or hpcgen alone would be compiled in every process
        }
        silent = subprocess.DEVNULL
        process = subprocess.Popen(
            [sys.executable, *arguments], env=environment, stdout=silent, stderr=silent
        )
        _, status, usage = os.wait4(process.pid, 0)  # with the children that it waited for
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(arguments)}: exit {process.returncode}")
        return usage.ru_utime + usage.ru_stime


def measurements(place: Place) -> Iterator[Measured]:
    """Each row, as soon as it is known."""
    place.hpcgen(QUICKSTART)
    pairs = [(place.hpcgen(QUICKSTART), place.libraries()) for _ in range(15)]
    yield Measured("quickstart / its imports", pairs, COLD)
    for services, bound, times in ((10, 0, 9), (100, 0, 7), (1000, WARM, 5)):
        recipe = written(place.path / f"{services}.yaml", services)
        place.hpcgen(recipe)
        pairs = [(place.hpcgen(recipe), place.floor(recipe)) for _ in range(times)]
        yield Measured(f"{services:,} services / floor", pairs, bound)
    for recipe, what in ((QUICKSTART, "quickstart"), (place.path / "10.yaml", "10 services")):
        pairs = [(place.hpcgen(recipe, cache=place.forget()), place.hpcgen(recipe))]
        yield Measured(f"{what}, the first build / the next", pairs)


def main() -> int:
    """Print the table and return the exit status."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="hpcgen-bench-", dir=memory) as path:
        measured = list(measurements(Place(Path(path))))
    head = ("CPU seconds, medians", "hpcgen", "other", "ratio", "bound")
    print(aligned([head, *(each.row() for each in measured)], right={1, 2, 3}), end="")
    return int(any(each.missed for each in measured))


if __name__ == "__main__":
    sys.exit(main())
