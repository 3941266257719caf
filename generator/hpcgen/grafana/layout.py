"""JSON in one fixed layout: keys sorted, and values on one line if they fit."""

from __future__ import annotations

import json

_WIDTH = 100


def lay_out(value: object, before: str = "") -> str:
    """The JSON of `value`, whose first line follows `before`.

    >>> print(lay_out({"b": [1, 2], "a": "x"}))
    {"a": "x", "b": [1, 2]}
    """
    flat = json.dumps(value, sort_keys=True, ensure_ascii=False)
    if not value or len(before) + len(flat) < _WIDTH or not isinstance(value, (dict, list)):
        return flat
    margin = " " * (len(before) - len(before.lstrip(" ")) + 2)
    if isinstance(value, dict):
        heads = [f"{margin}{json.dumps(key)}: " for key in sorted(value)]
        values = [value[key] for key in sorted(value)]
    else:
        heads, values = [margin] * len(value), value
    lines = (head + lay_out(item, head) for head, item in zip(heads, values, strict=True))
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n" + ",\n".join(lines) + f"\n{margin[2:]}{closing}"
