"""Data as YAML that every reader takes alike, whether it knows YAML 1.1 or 1.2."""

from __future__ import annotations

import json
import re
from functools import cache
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import SafeRepresenter

_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"})
_NUMERIC = re.compile(r"[-+.0-9][-+.0-9_:a-fA-FoOxX]*")
"""What some reader may take for a number, a date or a time; quoted, it is text to them all."""


class _Representer(SafeRepresenter):
    def ignore_aliases(self, data: Any) -> bool:
        """Write data out wherever it stands, never as an anchor and aliases."""
        return True

    def text(self, text: str) -> ScalarNode:
        """Quote what is not text to every reader."""
        quoted = text.lower() in _WORDS or _NUMERIC.fullmatch(text)
        style = '"' if quoted else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Representer.add_representer(str, _Representer.text)


def dump(data: dict[str, Any]) -> str:
    """`data` in block style, keys in their own order, no anchor, no line folded."""
    return _dumped(json.dumps(data))


@cache
def _dumped(data: str) -> str:
    """The same of JSON; by the text, since the pages of a plan are asked for more than once."""
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.Representer = _Representer
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.width = 1_000_000  # the recipe reader takes no scalar that long
    stream = StringIO()
    yaml.dump(json.loads(data), stream)
    return stream.getvalue()
