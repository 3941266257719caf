"""`hpcgen schema`: a JSON Schema for editors."""

from __future__ import annotations

import sys
from pathlib import Path

from hpcgen.verbs.exit_status import OK, PROBLEMS
from hpcgen.verbs.parser import Options, Parser, Verbs, declare

_EXAMPLES = """\
  hpcgen schema -o recipe.schema.json
  hpcgen schema cluster                              the schema of cluster profiles

An editor with the YAML language server takes it from a recipe's first line:
  # yaml-language-server: $schema=recipe.schema.json
"""


def add(verbs: Verbs[Parser]) -> None:
    """Declare the verb."""
    summary = "print a JSON Schema, all in one file, for editors"
    parser = declare(verbs, "schema", run, summary, _EXAMPLES)
    parser.add_argument("what", nargs="?", choices=("recipe", "cluster", "manifest"),
                        default="recipe", help="which one (default: recipe)")  # fmt: skip
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="instead of stdout")


def run(options: Options) -> int:
    """Print the schema, or write it to a file."""
    from hpcgen.verbs import editor_schema as bundled_schema

    text = bundled_schema.text(options.what)
    if options.output is None:
        print(text, end="")
        return OK
    try:
        options.output.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        print(f"hpcgen schema: cannot write `{options.output}`: {reason}", file=sys.stderr)
        return PROBLEMS
    return OK
