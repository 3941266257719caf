"""Data as YAML that YAML 1.1 and YAML 1.2 readers read alike."""

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
"""Strings that some reader takes for a number, a date or a time unless they are quoted."""


class _Representer(SafeRepresenter):
    def ignore_aliases(self, data: Any) -> bool:
        """Write data out wherever it stands, never as an anchor and aliases."""
        return True

    def text(self, text: str) -> ScalarNode:
        """Quote a string that some reader does not take for text."""
        quoted = text.lower() in _WORDS or _NUMERIC.fullmatch(text)
        style = '"' if quoted else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Representer.add_representer(str, _Representer.text)


def dump(data: dict[str, Any]) -> str:
    """`data` in block style, keys in their own order, no anchor, no line folded."""
    return _dump_json(json.dumps(data))


@cache
def _dump_json(data: str) -> str:
    """`dump` of JSON text, which can be a cache key: the same page is dumped more than once."""
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.Representer = _Representer
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.width = 1_000_000  # the recipe reader takes no scalar that long
    stream = StringIO()
    yaml.dump(json.loads(data), stream)
    return stream.getvalue()
