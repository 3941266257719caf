"""minio: a MinIO server, which speaks S3, its objects kept in the deployment."""

from __future__ import annotations

from hpcgen.kinds.neighbours import Neighbours
from hpcgen.kinds.offer import ConnectionScript, ServiceOffer
from hpcgen.kinds.passwords import password
from hpcgen.model.entry import Service
from hpcgen.model.references import Reference
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.model.scraping import Scrape

_SECRETS = "/run/hpcgen/secrets"
_SCRAPED = {"MINIO_PROMETHEUS_AUTH_TYPE": "public"}
"""Else MinIO asks for a token that only its own `mc` makes."""

CONNECTION = ConnectionScript(
    exports=(
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    ),
    reads=("url", "secret", "user"),
)


def offer_among(service: Service, neighbours: Neighbours) -> ServiceOffer:
    """One server with one drive, and without the console, whose port would be another.

    Objects lie below /data/objects: MinIO takes what else there is for a bucket.
    """
    kept = service.settings.get("volume")
    user = service.settings["root_user"]
    return ServiceOffer(
        title="a MinIO server",
        usual_port=9000,
        probe="http",
        health="/minio/health/ready",
        command=(
            *("minio", "server", "/data/objects", "--certs-dir", "/tmp/certs"),  # noqa: S108
            *("--address", Reference("address", service.name, service.origin)),
        ),
        env={
            "MINIO_ROOT_USER": user,
            "MINIO_ROOT_PASSWORD_FILE": f"{_SECRETS}/root_password",
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
            **(_SCRAPED if service.name in neighbours.recipe.scraped else {}),
        },
        directories=frozenset({"data"}),
        keeps_data=True,
        data=RuntimePath(kept) if kept else None,
        writes_tmp=True,
        secrets=(password(service, "root_password", file=True),),
        scheme="http",
        variables=CONNECTION.exports,
        connection={"user": user},
        scrape=(Scrape(path="/minio/v2/metrics/cluster"),),
    )
