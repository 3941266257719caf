"""What a part reads of its folder in the bundle."""

from __future__ import annotations

from collections.abc import Mapping

from hpcgen.kinds.bundled_programs import LIST, digests, with_digest_list
from hpcgen.kinds.scrape_jobs import SCRAPING
from hpcgen.plan.parts.part import AROUND, Part, ServicePart
from hpcgen.render.templates import render_template
from hpcgen.text.values import Value


def carried_files(part: Part) -> Mapping[str, str]:
    """Its files: text by name, in the order of `part.file_names`."""
    around = {AROUND: _around(part)} if isinstance(part, ServicePart) and part.around else {}
    files = {**part.files, **around}
    return with_digest_list(files) if part.is_listed else files


def values_of(part: Part) -> dict[str, Value]:
    """The part's block of assignments, the digests of its files last."""
    return {**part.values, **digests_of(part)}


def digests_of(part: Part) -> dict[str, Value]:
    """The value FILES: the digest of each file, or of the list of them where there is one."""
    files = carried_files(part)
    return digests({LIST: files[LIST]} if part.is_listed else files)


def _around(part: ServicePart) -> str:
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
