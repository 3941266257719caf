"""The password of a server, and what a client gives to one that is no service of its recipe."""

from __future__ import annotations

from dataclasses import replace

from hpcgen.kinds.offer import Secret
from hpcgen.model.entry import Client, SecretReference, Service, secret_reference


def password(service: Service, field: str = "password", *, file: bool = False) -> Secret:
    """What `field` of a server refers to, or one that is made; `file`: its program reads one."""
    reference = secret_reference(service.settings[field])
    given = reference != SecretReference()
    variable = field.upper()
    return Secret(
        name=field, variable=variable, reference=reference, file=file, must_be_plain=given
    )


def anothers_password(source: Service, variable: str) -> Secret:
    """The password of another server, which is that one's own; its program reads a file."""
    return replace(
        password(source, file=True), variable=variable, owner=source.name, must_be_plain=False
    )


def credential(client: Client, field: str) -> tuple[Secret, ...]:
    """The secret that `field` of a client refers to; none where the recipe has none."""
    written = client.settings.get(field)
    if not written:
        return ()
    reference = secret_reference(written)
    secret = Secret(name=field, variable=field.upper(), reference=reference, must_be_plain=True)
    return (secret,)
