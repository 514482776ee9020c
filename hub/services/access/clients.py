"""Clients of the API: made known, given new secrets, shut out."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from typing import Final, NamedTuple

from graph import clients
from graph.clients import Client
from graph.database import Graph, Transaction
from hub.core.access import Scope, read_scopes
from hub.core.errors import Conflict, InvalidInput
from hub.services.access.secrets import MOST_LIVE, hash_secret, make_secret

_MOST_CHARS: Final = 80
_MOST_WORDS: Final = 50
_PURPOSE: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")


class WithSecret(NamedTuple):
    """A client and the secret that it was just given, which nothing keeps in clear."""

    client: Client
    secret: str


async def add_client(
    graph: Graph,
    name: str,
    *,
    scopes: Collection[str],
    programmes: Collection[str] = (),
    purposes: Collection[str] = (),
    now_ms: int,
) -> WithSecret:
    """Make a client known.

    Args:
        programmes: of which it may read and change something; empty for all.
        purposes: what it may say that it reads personal data in clear for.

    Raises:
        InvalidInput: no name, no scope, an unknown one, `pii:read` without a purpose, or one that is no word.
    """
    granted = read_scopes(scopes)
    if not granted:
        raise InvalidInput(f"Say what the client may do; the scopes are {', '.join(Scope)}.")
    if Scope.PII_READ in granted and not purposes:
        raise InvalidInput(f"{Scope.PII_READ} is for a purpose: name one, or several.")
    if any(not _PURPOSE.fullmatch(purpose) for purpose in purposes):
        raise InvalidInput("A purpose is a word such as customer-service: small letters, digits and - in it.")
    secret = make_secret()
    client = Client(
        id=f"client-{secrets.token_hex(6)}",
        name=_check([name], "name")[0],
        secrets=(hash_secret(secret),),
        scopes=tuple(sorted(granted)),
        programmes=_check(programmes, "programme"),
        purposes=_check(purposes, "purpose"),
        created_ms=now_ms,
    )
    await graph.write(clients.create_client, client)
    return WithSecret(client, secret)


async def rotate_secret(graph: Graph, client_id: str) -> WithSecret:
    """Give a client one more secret; the one before stays good, older ones do not.

    Raises:
        NotFound: there is no such client.
        Conflict: it is disabled.
    """
    secret = make_secret()
    hashed = hash_secret(secret)

    async def change(tx: Transaction) -> Client:
        client = await _lock_enabled(tx, client_id)
        await clients.set_secrets(tx, client_id, (hashed, *client.secrets)[:MOST_LIVE])
        return client

    return WithSecret(await graph.write(change), secret)


async def end_old_secrets(graph: Graph, client_id: str) -> Client:
    """Leave a client its newest secret only; raises as `rotate_secret`."""

    async def change(tx: Transaction) -> Client:
        client = await _lock_enabled(tx, client_id)
        await clients.set_secrets(tx, client_id, client.secrets[:1])
        return client

    return await graph.write(change)


async def disable_client(graph: Graph, client_id: str, *, now_ms: int) -> Client:
    """Shut a client out for good; doing it again changes nothing. Raises NotFound."""

    async def change(tx: Transaction) -> Client:
        client = await clients.lock_client(tx, client_id)
        await clients.disable_client(tx, client_id, now_ms=now_ms)
        return client

    return await graph.write(change)


async def _lock_enabled(tx: Transaction, client_id: str) -> Client:
    client = await clients.lock_client(tx, client_id)
    if client.disabled_ms is not None:
        raise Conflict(f"{client.name} is disabled, for good: add another client.")
    return client


def _check(words: Collection[str], what: str) -> tuple[str, ...]:
    """Words that fit into a header and a line of text."""
    checked = tuple(sorted({word.strip() for word in words}))
    if len(checked) > _MOST_WORDS:
        raise InvalidInput(f"A client has at most {_MOST_WORDS} of a kind.")
    for word in checked:
        if not 0 < len(word) <= _MOST_CHARS or not word.isprintable():
            raise InvalidInput(f"A {what} is a line of 1 to {_MOST_CHARS} characters.")
    return checked
