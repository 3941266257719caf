"""S3's signature, version 4: who signed a request with a key that both know."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

_FORM = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<user>[^/]+)/(?P<scope>[^,]+),\s*"
    r"SignedHeaders=(?P<headers>[^,]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


class Request(NamedTuple):
    """A request as it came; the names of its headers are in small letters."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def refusal(request: Request, user: str, password: str) -> str:
    """The code of S3's error for a request that is not signed by `user`; "" where it is."""
    method, target, headers, body = request
    match = _FORM.fullmatch(headers.get("authorization", ""))
    if not match:
        return "AccessDenied"
    if match["user"] != user:
        return "InvalidAccessKeyId"
    path, _, query = target.partition("?")
    canonical_query = "&".join(
        sorted(f"{quote(key, safe='')}={quote(value, safe='')}"
               for key, value in parse_qsl(query, keep_blank_values=True))
    )  # fmt: skip
    names = match["headers"].split(";")
    signed = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    digest = headers.get("x-amz-content-sha256") or hashlib.sha256(body).hexdigest()
    canonical = "\n".join((method, path, canonical_query, signed, match["headers"], digest))
    request_digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", headers["x-amz-date"], match["scope"], request_digest))
    key = f"AWS4{password}".encode()
    for part in match["scope"].split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    right = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return "" if hmac.compare_digest(right, match["signature"]) else "SignatureDoesNotMatch"
