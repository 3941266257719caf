"""The directory of models, laid out as Ollama's, and the library that they are pulled from.

The library has these, with any tag. `tiny`: a model; `embedder`: one for embeddings alone; `slow`:
three seconds long; `stuck`: a download that does not move; `corrupt`: one whose digest is wrong;
`unreachable`: a registry whose name does not resolve.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REGISTRY = "registry.ollama.ai"
LAYER = "application/vnd.docker.distribution.manifest.v2+json"
MODEL = "application/vnd.ollama.image.model"
PARAMETERS = "application/vnd.ollama.image.params"
STEP = 0.06
_SECONDS = {"tiny": 0.3, "embedder": 0.3, "corrupt": 0.3, "slow": 3.0, "stuck": 86400.0}
_SIZE = 2_000_000
Body = dict[str, Any]


class MissingError(Exception):
    """There is no such model here."""


@dataclass(frozen=True, slots=True)
class Name:
    """A model's full name."""

    host: str
    namespace: str
    model: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> Name:
        """The name as a user writes it.

        >>> str(Name.parse("tiny")), str(Name.parse("registry.ollama.ai/a/b:c"))
        ('tiny:latest', 'a/b:c')
        """
        path, _, tag = text.partition(":")
        parts = path.split("/")
        host = parts[-3] if len(parts) > 2 else REGISTRY
        namespace = parts[-2] if len(parts) > 1 else "library"
        return cls(host, namespace, parts[-1], tag or "latest")

    def __str__(self) -> str:
        """The shortest form, as /api/tags has it."""
        namespace = "" if (self.host, self.namespace) == (REGISTRY, "library") else self.namespace
        host = "" if self.host == REGISTRY else self.host
        return "/".join(part for part in (host, namespace, f"{self.model}:{self.tag}") if part)


class Store:
    """Manifests and blobs below `root`; several servers may share it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.blobs = root / "blobs"
        self.blobs.mkdir(parents=True, exist_ok=True)

    def prune(self) -> None:
        """Remove what no manifest names, unfinished downloads of anybody's included."""
        used = {layer["digest"] for _, body in self.manifests() for layer in body["layers"]}
        for blob in self.blobs.iterdir():
            if blob.name.replace("-", ":", 1) not in used:
                blob.unlink(missing_ok=True)

    def manifests(self) -> Iterator[tuple[Name, Body]]:
        """Every model that is there."""
        for path in sorted((self.root / "manifests").glob("*/*/*/*")):
            host, namespace, model, tag = path.parts[-4:]
            yield Name(host, namespace, model, tag), json.loads(path.read_text())

    def manifest(self, name: Name) -> Body:
        """One model's manifest. Raises MissingError."""
        try:
            return dict(json.loads(self._path(name).read_text()))
        except OSError:
            raise MissingError(str(name)) from None

    def modified(self, name: Name) -> float:
        """When the model was written."""
        return self._path(name).stat().st_mtime

    def write(self, name: Name, layers: list[Body]) -> None:
        """Make `name` a model of `layers`."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"schemaVersion": 2, "mediaType": LAYER, "layers": layers}))

    def remove(self, name: Name) -> None:
        """Forget `name`; its blobs stay until they are pruned."""
        self._path(name).unlink()

    def add(self, content: bytes, kind: str) -> Body:
        """A layer of `content`."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        (self.blobs / digest.replace(":", "-")).write_bytes(content)
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    def read(self, layer: Body) -> bytes:
        """What a layer holds."""
        return Path(self.blobs, layer["digest"].replace(":", "-")).read_bytes()

    def _path(self, name: Name) -> Path:
        return self.root / "manifests" / name.host / name.namespace / name.model / name.tag


def pull(store: Store, name: Name) -> Iterator[Body]:
    """What /api/pull says, line by line, while the model comes."""
    yield {"status": "pulling manifest"}
    if name.model == "unreachable":
        url = f"https://{REGISTRY}/v2/library/{name.model}/manifests/{name.tag}"
        reason = f'Get "{url}": dial tcp: lookup {REGISTRY}: no such host'
        yield {"error": f"pull model manifest: {reason}"}
        return
    if name.model not in _SECONDS:
        yield {"error": "pull model manifest: file does not exist"}
        return
    content = f"{name.model}:{name.tag}\n".encode().ljust(_SIZE, b"\0")
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    for line in _download(store, digest, _SECONDS[name.model]):
        yield line
        if "error" in line:
            return
    yield {"status": "verifying sha256 digest"}
    if name.model == "corrupt":
        yield {"error": f"digest mismatch, file must be downloaded again: want {digest}"}
        return
    layer = store.add(content, MODEL)
    yield {"status": "writing manifest"}
    store.write(name, [layer])
    yield {"status": "success"}


def _download(store: Store, digest: str, seconds: float) -> Iterator[Body]:
    """The progress of one layer; what has come lies in a partial file meanwhile."""
    head = {"status": f"pulling {digest[7:19]}", "digest": digest, "total": _SIZE}
    partial = store.blobs / f"{digest.replace(':', '-')}-partial"
    partial.touch()
    began = time.monotonic()
    yield head
    while (spent := time.monotonic() - began) < seconds:
        yield {**head, "completed": int(_SIZE * spent / seconds) or 1}
        time.sleep(STEP)
    if not partial.exists():  # somebody pruned it, or pulled the same
        yield {"error": f"open {partial}: no such file or directory"}
        return
    partial.unlink()
    yield {**head, "completed": _SIZE}


def create(store: Store, request: Body) -> Iterator[Body]:
    """What /api/create says: a model `from` another, with `parameters` of its own."""
    source, name = Name.parse(request["from"]), Name.parse(request["model"])
    try:
        layers = store.manifest(source)["layers"]
    except MissingError:
        yield from pull(store, source)
        layers = store.manifest(source)["layers"]
    kept = [layer for layer in layers if layer["mediaType"] != PARAMETERS]
    yield from ({"status": f"using existing layer {layer['digest']}"} for layer in kept)
    if request.get("parameters"):
        layer = store.add(json.dumps(request["parameters"]).encode(), PARAMETERS)
        yield {"status": f"creating new layer {layer['digest']}"}
        kept.append(layer)
    yield {"status": "writing manifest"}
    store.write(name, kept)
    yield {"status": "success"}
