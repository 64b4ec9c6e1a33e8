"""Tickets for streams: what a browser may show in an address, where its key must not stand.

A ticket is the code of a key, the instant until which a stream may be opened, and a code over these and the
organization, made with the hash that is kept of the key's secret. So every process can tell a good one, nothing is
stored, and the ticket ends with its key: `key-7f3a.1764302460000.Q2x...` of a key that is deleted, or rotated, is none
any more.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from app.core.access import Access
from app.store.operations.keyring import Keyring, UnknownKey

TICKET_MS = 60_000
"""How long a stream may be opened with a ticket, again and again; what is open then stays so."""


def stream_ticket(keyring: Keyring, key_code: str, organization: str, *, until_ms: int) -> str:
    """Return a ticket for the organization's stream; raises UnknownKey for a key that has gone meanwhile."""
    digest = keyring.digest_of_key(key_code)
    if digest is None:
        raise UnknownKey("The API key is not known")
    return f"{key_code}.{until_ms}.{_code(digest, key_code, organization, until_ms)}"


def access_by_ticket(keyring: Keyring, ticket: str, organization: str, *, now_ms: int, opens: bool) -> Access:
    """Return the access of the key that a ticket was made with; raises UnknownKey.

    `opens` says that a stream is to be opened, which must be before the ticket's end; one that is open ends when the
    key does.
    """
    key_code, _, rest = ticket.rpartition(".")[0].rpartition(".")
    code = ticket.rpartition(".")[2]
    digest = keyring.digest_of_key(key_code) if rest.isascii() and rest.isdigit() and len(rest) < 16 else None
    if digest is None or not hmac.compare_digest(
        _code(digest, key_code, organization, int(rest)).encode(), code.encode("utf-8", "surrogatepass")
    ):
        raise UnknownKey("The ticket is not one for this stream, or its key is gone: ask for another one")
    if opens and int(rest) <= now_ms:
        raise UnknownKey("The ticket has expired: ask for another one")
    return keyring.remembered_digest(digest, now_ms) or keyring.look_up_digest(digest, now_ms)


def _code(digest: str, key_code: str, organization: str, until_ms: int) -> str:
    words = f"stream ticket\n{organization}\n{key_code}\n{until_ms}"
    made = hmac.new(bytes.fromhex(digest), words.encode(), sha256).digest()
    return urlsafe_b64encode(made).decode().rstrip("=")
