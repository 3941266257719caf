"""What a client gives to a server that is no service of its recipe."""

from __future__ import annotations

from hpcgen.offer import Secret
from hpcgen.recipe import Client
from hpcgen.resolve.entries import secret_reference


def credential(client: Client, field: str) -> tuple[Secret, ...]:
    """The secret that `field` of a client refers to; none where the recipe has none."""
    written = client.settings.get(field)
    if not written:
        return ()
    reference = secret_reference(written)
    secret = Secret(name=field, variable=field.upper(), reference=reference, must_be_plain=True)
    return (secret,)
