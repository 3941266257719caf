"""`python -m hpcgen.reference DIRECTORY`: write the reference."""

from __future__ import annotations

import sys
from pathlib import Path

from hpcgen.reference import pages


def main(directory: Path) -> None:
    """Write every page, and remove what is no page any more."""
    directory.mkdir(parents=True, exist_ok=True)
    made = pages()
    for name, text in made.items():
        (directory / name).write_text(text, encoding="utf-8")
    for path in directory.glob("*.md"):
        if path.name not in made:
            path.unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
