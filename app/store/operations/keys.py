"""Reading and changing API keys; of a secret only its SHA-256 is kept."""

import hashlib
import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from app.core.access import Access, Scope
from app.models import ApiKey
from app.store.sql.conflicts import NotThere, flush_new
from app.store.sql.keyset import Page, decode_cursor, in_code_order, page_of


def digest_of(secret: str) -> str:
    """Return the hexadecimal SHA-256 of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_secret() -> str:
    """Return a secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def key_with_digest(session: Session, digest: str) -> ApiKey | None:
    """Return the key whose secret has this digest."""
    return session.exec(select(ApiKey).where(ApiKey.digest == digest)).one_or_none()


def create_first_key(session: Session, *, now_ms: int) -> str | None:
    """Make an administrator's key and return its secret; None when there already is a key."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE api_key IN EXCLUSIVE MODE"))
    if session.exec(select(ApiKey.id).limit(1)).first() is not None:
        return None
    _, secret = create_key(
        session,
        name="first administrator",
        scopes=[Scope.ADMIN],
        organizations=None,
        expires_at_ms=None,
        now_ms=now_ms,
    )
    return secret


def create_key(
    session: Session,
    *,
    name: str,
    scopes: Collection[Scope],
    organizations: Collection[str] | None,
    expires_at_ms: int | None,
    now_ms: int,
) -> tuple[ApiKey, str]:
    """Store a new key and return it with its secret, which cannot be read again."""
    secret = new_secret()
    chosen: list[Any] = [scope.value for scope in Scope if scope in scopes]
    key = ApiKey(
        code=f"key-{secrets.token_hex(6)}",
        name=name,
        digest=digest_of(secret),
        scopes=chosen,
        organizations=None if organizations is None else sorted(set(organizations)),
        plants=None,
        expires_at=expires_at_ms,
        created_at=now_ms,
    )
    session.add(key)
    flush_new(session, "key", key.code)
    return key, secret


def key_page(session: Session, access: Access, *, cursor: str | None, limit: int) -> Page[ApiKey]:
    """Return, in order of code, the keys that reach no organization `access` does not; raises BadCursor."""
    order = in_code_order(session, ApiKey.code)
    query = select(ApiKey).order_by(order)
    if cursor:
        query = query.where(order > decode_cursor(cursor, str)[0])
    keys = [key for key in session.exec(query) if _within(key, access)]
    return page_of(keys[: limit + 1], limit, lambda key: (key.code,))


def delete_key(session: Session, access: Access, code: str) -> str:
    """Delete a key within the reach of `access` and return its digest; raises NotThere."""
    key = session.exec(select(ApiKey).where(ApiKey.code == code)).one_or_none()
    if key is None or not _within(key, access):
        raise NotThere(f"There is no key {code!r}")
    session.delete(key)
    return key.digest


def rotate_key(session: Session, access: Access, code: str, *, until_ms: int, now_ms: int) -> tuple[ApiKey, str]:
    """Store a key that may do what another may and return it with its secret; the other works until `until_ms` at most.

    Both instants are UTC milliseconds. Raises NotThere for a key that is not within the reach of `access`.
    """
    old = session.exec(select(ApiKey).where(ApiKey.code == code)).one_or_none()
    if old is None or not _within(old, access):
        raise NotThere(f"There is no key {code!r}")
    made, secret = create_key(
        session,
        name=old.name,
        scopes=[Scope(scope) for scope in old.scopes],
        organizations=old.organizations,
        expires_at_ms=old.expires_at,
        now_ms=now_ms,
    )
    if until_ms <= now_ms:
        session.delete(old)
    elif old.expires_at is None or old.expires_at > until_ms:
        old.expires_at = until_ms
    return made, secret


def _within(key: ApiKey, access: Access) -> bool:
    if access.organizations is None:
        return True
    return key.organizations is not None and access.organizations.issuperset(key.organizations)
