"""How fast the compiler is: ratios to what bounds it, measured side by side.

CPU seconds of whole processes, in turn (A B A B …), so that whatever else the machine does meets
both; the figure is the median ratio of the pairs. Bundles are written anew each time, in memory
where that can be: a disk is not measured. What is clean is remembered, as from the second build on;
the last rows say what a first build costs.
Ends with 1 where a bound is missed by more than half of the pairs differ from their median.

The bounds are what a change may cost, and not what one would wish for: half of a small build is
Python's import of hpcgen's own modules, and the floor checks, explains and remembers nothing.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from hpcgen.text.table import aligned

from tests.bench.recipe import OPTIONS, of_five_kinds, written

QUICKSTART = Path(__file__).parent.parent.parent / "recipes" / "quickstart.yaml"
FLOOR = Path(__file__).parent / "floor.py"
LIBRARIES = "import jinja2, ruamel.yaml, jsonschema"
QUICKSTART_BOUND = 1.8
BOUNDS = {10: 1.8, 100: 2.1, 1000: 2.5}  # by the number of services, to the floor
MEMORY_BOUND = 120  # MB, at 1,000 services
COLD_BOUND = 12.0  # of the first build of 300 services of five kinds, to the next


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
        """CPU seconds of a build."""
        return _seconds(self._build(recipe, cache))

    def megabytes(self, recipe: Path) -> float:
        """The most memory that a build holds."""
        return self._build(recipe, "cache").ru_maxrss / 1024

    def _build(self, recipe: Path, cache: str) -> resource.struct_rusage:
        command = ["-m", "hpcgen", "build", str(recipe), "-o", self._fresh("hpcgen"), *OPTIONS]
        return self._used_by(command, cache)

    def floor(self, recipe: Path) -> float:
        """CPU seconds of the least that a compiler does."""
        bytecode = self.path / "bytecode"
        bytecode.mkdir(exist_ok=True)
        command = [str(FLOOR), str(recipe), self._fresh("floor"), str(bytecode)]
        return _seconds(self._used_by(command))

    def libraries(self) -> float:
        """CPU seconds of importing the libraries."""
        return _seconds(self._used_by(["-c", LIBRARIES]))

    def forget(self) -> str:
        """An empty cache directory."""
        shutil.rmtree(self.path / "forgotten", ignore_errors=True)
        return "forgotten"

    def _fresh(self, name: str) -> str:
        shutil.rmtree(self.path / name, ignore_errors=True)
        return str(self.path / name)

    def _used_by(self, arguments: Sequence[str], cache: str = "cache") -> resource.struct_rusage:
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
        return usage


def _seconds(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def measurements(place: Place) -> Iterator[Measured]:
    """Each ratio, as soon as it is known."""
    place.hpcgen(QUICKSTART)
    pairs = [(place.hpcgen(QUICKSTART), place.libraries()) for _ in range(15)]
    yield Measured("quickstart / its imports", pairs, QUICKSTART_BOUND)
    for services, times in ((10, 9), (100, 7), (1000, 5)):
        recipe = written(place.path / f"{services}.yaml", services)
        place.hpcgen(recipe)
        pairs = [(place.hpcgen(recipe), place.floor(recipe)) for _ in range(times)]
        yield Measured(f"{services:,} services / floor", pairs, BOUNDS[services])
    for recipe, what in ((QUICKSTART, "quickstart"), (place.path / "10.yaml", "10 services")):
        pairs = [(place.hpcgen(recipe, cache=place.forget()), place.hpcgen(recipe))]
        yield Measured(f"{what}, the first build / the next", pairs)
    many = of_five_kinds(place.path / "many.yaml", 300)
    place.hpcgen(many)
    pairs = [(place.hpcgen(many, cache=place.forget()), place.hpcgen(many)) for _ in range(2)]
    yield Measured("300 services, the first build / the next", pairs, COLD_BOUND)


def main() -> int:
    """Print the tables and return the exit status."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="hpcgen-bench-", dir=memory) as path:
        place = Place(Path(path))
        measured = list(measurements(place))
        megabytes = place.megabytes(place.path / "1000.yaml")
    head = ("CPU seconds, medians", "hpcgen", "other", "ratio", "bound")
    print(aligned([head, *(row.row() for row in measured)], right={1, 2, 3}), end="")
    print(f"memory at 1,000 services: {megabytes:.0f} MB, of {MEMORY_BOUND} at most")
    return int(megabytes > MEMORY_BOUND or any(row.missed for row in measured))


if __name__ == "__main__":
    sys.exit(main())
