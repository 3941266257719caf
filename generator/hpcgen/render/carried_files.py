"""What parts read of their folders in the bundle."""

from __future__ import annotations

from collections.abc import Mapping

from hpcgen.kinds.bundled_programs import LIST, digests, with_digest_list
from hpcgen.kinds.scrape_jobs import SCRAPING
from hpcgen.plan.parts.part import AROUND, Part, ServicePart
from hpcgen.render.templates import render_template
from hpcgen.text import shapes
from hpcgen.text.shapes import Marked
from hpcgen.text.values import Value


class CarriedFiles:
    """The files of the parts of one plan; each is printed once."""

    def __init__(self) -> None:
        self._files: dict[int, Mapping[str, str]] = {}

    def of(self, part: Part) -> Mapping[str, str]:
        """The files of a part by name, in the order of `part.file_names`."""
        if id(part) not in self._files:
            self._files[id(part)] = _files(part)
        return self._files[id(part)]

    def digests(self, part: Part) -> dict[str, Value]:
        """The value FILES: the digest of each file, or of the list of them where there is one."""
        files = {name: shapes.plain(text) for name, text in self.of(part).items()}
        return digests({LIST: files[LIST]} if part.is_listed else files)

    def values(self, part: Part) -> dict[str, Value]:
        """The part's block of assignments, the digests of its files last."""
        return {**part.values, **self.digests(part)}


def _files(part: Part) -> Mapping[str, str]:
    around = _around(part) if isinstance(part, ServicePart) and part.around else None
    texts = {**part.files, **({AROUND: shapes.plain(around)} if around else {})}
    files = with_digest_list(texts) if part.is_listed else texts
    return {**files, **({AROUND: around} if around else {})}


def _around(part: ServicePart) -> Marked:
    addresses = {sidecar.address for sidecar in part.sidecars if sidecar.address}
    addresses |= {part.address} if part.node_targets else set()
    return render_template(
        "around.sh.j2",
        part=part,
        names=_library(part),
        addresses=sorted(addresses),
        scraping=SCRAPING,
    )


def _library(part: ServicePart) -> tuple[str, ...]:
    """The files of the library that it uses."""
    spread = part.node_targets or any(sidecar.address for sidecar in part.sidecars)
    names = (
        *part.library,
        *(("target",) if part.is_scraped else ()),
        *(("generated", "web-config", "exporter") if part.sidecars else ()),
        *(("on-each-node",) if spread else ()),
    )
    return tuple(dict.fromkeys(names))
