"""Reading and changing API keys; of a secret only its SHA-256 is kept."""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import or_, text, update
from sqlmodel import Session, col, select

from app.core.access import Access, Scope
from app.core.acting import actor
from app.models import ApiKey, FormerKey
from app.store.operations.users import administers_for_good, require_administrator
from app.store.sql.conflicts import NotThere, flush_new
from app.store.sql.keyset import Page, decode_cursor, in_code_order, page_of


def digest_of(secret: str) -> str:
    """Return the hexadecimal SHA-256 of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_secret() -> str:
    """Return a secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def key_with_digest(session: Session, digest: str) -> ApiKey | None:
    """Return the key whose secret, or the one before it, has this digest."""
    either = or_(col(ApiKey.digest) == digest, col(ApiKey.previous_digest) == digest)
    return session.exec(select(ApiKey).where(either)).one_or_none()


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
    plants: Collection[str] | None = None,
    meters: Collection[str] | None = None,
    owner: str | None = None,
) -> tuple[ApiKey, str]:
    """Store a new key and return it with its secret, which cannot be read again; who acts is noted as its maker.

    `owner` is the code of the user whose key it is.
    """
    secret = new_secret()
    chosen: list[Any] = [scope.value for scope in Scope if scope in scopes]
    key = ApiKey(
        code=f"key-{secrets.token_hex(6)}",
        name=name,
        digest=digest_of(secret),
        scopes=chosen,
        organizations=_listed(organizations),
        plants=_listed(plants),
        meters=_listed(meters),
        expires_at=expires_at_ms,
        created_at=now_ms,
        owner=owner,
        shown_to=[actor().who],
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


def gateway_keys(session: Session, organization: str) -> list[ApiKey]:
    """Return the keys that post readings to an organization and reach no other, in order of code."""
    found = session.exec(select(ApiKey).order_by(in_code_order(session, ApiKey.code)))
    return [key for key in found if key.organizations == [organization] and Scope.INGEST in key.scopes]


def delete_key(session: Session, access: Access, code: str, *, spare_key: bool = False) -> list[str]:
    """Delete a key within the reach of `access` and return the digests of its secrets.

    What it was called, and whose it was, is kept for what was done by it. `spare_key` says that the operator has an
    administrator's key that is not stored. Raises NotThere, and LastAdministrator.
    """
    key = _key_of(session, access, code)
    may_go = administers_for_good(key) and not spare_key
    session.add(FormerKey(code=key.code, name=key.name, owner=key.owner, shown_to=key.shown_to))
    session.delete(key)
    session.flush()
    if may_go:
        require_administrator(session, key.name)
    return _digests(key)


def rotate_key(
    session: Session,
    access: Access,
    code: str,
    *,
    until_ms: int,
    now_ms: int,
    expires_at_ms: int | None = None,
    spare_key: bool = False,
) -> tuple[ApiKey, str, list[str]]:
    """Give a key another secret; return the key, the secret, and the digests that were good before.

    The secret before works until `until_ms`, the one before that no more. Instants are UTC milliseconds;
    `expires_at_ms` takes the place of the key's end when it is given. `spare_key` says that the operator has an
    administrator's key that is not stored. Raises NotThere for a key that is not within the reach of `access`, and
    LastAdministrator for an end of the last one.
    """
    key = _key_of(session, access, code)
    may_go = administers_for_good(key) and not spare_key
    before = _digests(key)
    secret = new_secret()
    overlaps = until_ms > now_ms
    key.previous_digest = key.digest if overlaps else None
    key.previous_until = until_ms if overlaps else None
    key.digest = digest_of(secret)
    key.rotated_at = now_ms
    key.shown_to = [*(each for each in key.shown_to or () if each != actor().who), actor().who]
    if expires_at_ms is not None:
        key.expires_at = expires_at_ms
    session.flush()
    if may_go and not administers_for_good(key):
        require_administrator(session, key.name)
    return key, secret, before


def note_uses(session: Session, used_at_ms: Mapping[str, int], *, at_least_ms: int) -> None:
    """Store when keys, by their codes, were last used, unless what is stored is less than `at_least_ms` before."""
    for code, at_ms in sorted(used_at_ms.items()):
        stale = or_(col(ApiKey.last_used_at).is_(None), col(ApiKey.last_used_at) <= at_ms - at_least_ms)
        statement = update(ApiKey).where(col(ApiKey.code) == code, stale).values(last_used_at=at_ms)
        session.connection().execute(statement)


def _key_of(session: Session, access: Access, code: str) -> ApiKey:
    key = session.exec(select(ApiKey).where(ApiKey.code == code).with_for_update()).one_or_none()
    if key is None or not _within(key, access):
        raise NotThere(f"There is no key {code!r}")
    return key


def _digests(key: ApiKey) -> list[str]:
    return [digest for digest in (key.digest, key.previous_digest) if digest is not None]


def _listed(codes: Collection[str] | None) -> list[Any] | None:
    return None if codes is None else sorted(set(codes))


def _within(key: ApiKey, access: Access) -> bool:
    if access.organizations is None:
        return True
    return key.organizations is not None and access.organizations.issuperset(key.organizations)
