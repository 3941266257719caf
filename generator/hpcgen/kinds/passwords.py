"""The password of a server, and the credential for a server outside of the recipe."""

from __future__ import annotations

from dataclasses import replace

from hpcgen.kinds.offer import Secret
from hpcgen.model.entry import Client, SecretReference, Service, secret_reference


def password(service: Service, field: str = "password", *, file: bool = False) -> Secret:
    """The password that `field` refers to, or a generated one; `file`: its program reads a file."""
    reference = secret_reference(service.settings[field])
    is_referenced = reference != SecretReference()
    variable = field.upper()
    return Secret(
        name=field, variable=variable, reference=reference, file=file, must_be_plain=is_referenced
    )


def password_of(source: Service, variable: str) -> Secret:
    """The password of another server, which that server owns; this one's program reads a file."""
    return replace(
        password(source, file=True), variable=variable, owner=source.name, must_be_plain=False
    )


def credential(client: Client, field: str) -> tuple[Secret, ...]:
    """The secret that `field` of a client refers to; empty if the recipe has none."""
    written = client.settings.get(field)
    if not written:
        return ()
    reference = secret_reference(written)
    secret = Secret(name=field, variable=field.upper(), reference=reference, must_be_plain=True)
    return (secret,)
