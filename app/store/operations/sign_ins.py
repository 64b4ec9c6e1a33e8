"""Signing in by a password or a key, with few guesses for who does not know them."""

import hashlib
import math
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from sqlalchemy import and_, delete, or_
from sqlmodel import Session, select

from app.core.access import Access
from app.core.calendar.periods import HOUR_MS, instant_from_ms, rfc3339
from app.models import User, key_budget_table
from app.store.audit.capture import note
from app.store.audit.chain import SERVICE
from app.store.engine.database import Database
from app.store.operations.key_budgets import Rate, take
from app.store.operations.page_sessions import SessionLife, begin_session, end_session
from app.store.operations.passwords import hash_password, is_outdated, is_password
from app.store.operations.users import change_user, user_by_email

_OF_BOTH = Rate(per_s=1 / 60, burst=10)
_OF_USER = Rate(per_s=1 / 36, burst=100)
_OF_ADDRESS = Rate(per_s=1 / 5, burst=60)
"""How often may be guessed at a user from an address, at a user from all, and at all users from an address."""

_PREFIX = "sign-in:"
_KEPT_MS = 24 * HOUR_MS
_columns = key_budget_table.c


class SignInRefused(PermissionError):
    """Nobody signs in with these words: there is no such user, it is not their password, or they are disabled."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who has shown who they are; `password` is a hash that takes the place of one made in an older way."""

    code: str
    name: str
    email: str
    password: str | None = None


class TooManyGuesses(RuntimeError):
    """Passwords were guessed at too often; `headers` say when to go on."""

    def __init__(self, wait_s: float) -> None:
        wait = max(1, math.ceil(wait_s))
        super().__init__(f"Signing in was tried too often: try again in {wait} seconds")
        self.headers = (("Retry-After", str(wait)),)


def count_guess(database: Database, email: str | None, address: str) -> None:
    """Count an attempt to sign in, before it is looked at; raises TooManyGuesses.

    The buckets are in the database, for all processes together. Who guesses at one user from one address has ten
    guesses and then one a minute, without keeping the user out who signs in from elsewhere; a hundred addresses that
    guess at one user have a hundred an hour. A correct password fills the user's buckets again.
    """
    buckets = [(_bucket("from", address), _OF_ADDRESS)]
    if email is not None:
        buckets += [(_bucket("user from", email, address), _OF_BOTH), (_bucket("user", email), _OF_USER)]
    with database.write() as session:
        for name, rate in buckets:  # who has none left of the first makes no rows of the others
            lease = take(session, name, rate, 1)
            if not lease.granted:
                break
    if not lease.granted:
        raise TooManyGuesses(lease.wait_s)


def user_by_password(database: Database, email: str, password: str) -> SignedIn:
    """Return the active user whose password this is; raises SignInRefused, after the same time."""
    with database.read() as session:
        user = None if "\0" in email else user_by_email(session, email)
    kept = None if user is None else user.password
    if not is_password(password, kept) or user is None or kept is None or not user.active:
        raise SignInRefused("This address and this password are not those of a user who may sign in")
    return SignedIn(user.code, user.name, user.email, hash_password(password) if is_outdated(kept) else None)


def begin_user_session(
    database: Database, user: SignedIn, *, by: str, address: str, now_ms: int, life: SessionLife
) -> str:
    """Begin the session of a user and return what goes into the cookie; raises SignInRefused for who is disabled.

    `by` is told in the audit log: `password`, or the issuer who vouches for them.
    """
    with database.write() as session:
        row = session.exec(select(User).where(User.code == user.code).with_for_update()).one_or_none()
        if row is None or not row.active:
            raise SignInRefused("This user may not sign in any more")
        row.signed_in_at = now_ms
        if user.password is not None:
            row.password = user.password
        _forget_guesses(session, user.email, address, now_ms)
        note(session, SERVICE, "session", user.code, after={"by": by})
        return begin_session(session, row.stamp, now_ms=now_ms, life=life)


def begin_key_session(database: Database, access: Access, digest: str, *, now_ms: int, life: SessionLife) -> str:
    """Begin a session of who has a key, by the digest of its secret, and return what goes into the cookie."""
    with database.write() as session:
        note(session, SERVICE, "session", access.key_code or "", after={"by": "key"})
        return begin_session(session, digest, now_ms=now_ms, life=life)


def change_own_password(
    database: Database, user: SignedIn, password: str, *, address: str, now_ms: int, life: SessionLife
) -> str:
    """Give a user who has just shown their password another one, a hash; return what goes into the cookie from now on.

    Every session of theirs ends, and one begins. Raises SignInRefused for who was disabled meanwhile.
    """
    with database.write() as session:
        row = session.exec(select(User).where(User.code == user.code).with_for_update()).one_or_none()
        if row is None or not row.active:
            raise SignInRefused("This user may not sign in any more")
        change_user(session, row, password=password)
        _forget_guesses(session, user.email, address, now_ms)
        return begin_session(session, row.stamp, now_ms=now_ms, life=life)


def sign_out(database: Database, token: str, who: str) -> None:
    """End the session with this cookie; the audit log tells that `who` did, by the code of their user or key."""
    with database.write() as session:
        begun = end_session(session, token)
        if begun is not None:
            note(session, SERVICE, "session", who, before={"begun_at": rfc3339(instant_from_ms(begun))})


def network_of(address: str | None) -> str:
    """Return what guesses are counted by: an IPv4 address, or the /64 of an IPv6 one, which is one household's."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return address or ""
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)


def _forget_guesses(session: Session, email: str, address: str, now_ms: int) -> None:
    """Fill the buckets of who has signed in, and forget those that have been full for long."""
    own = [_bucket("user", email), _bucket("user from", email, address)]
    stale = and_(_columns.key_code.startswith(_PREFIX, autoescape=True), _columns.at < now_ms - _KEPT_MS)
    session.connection().execute(delete(key_budget_table).where(or_(_columns.key_code.in_(own), stale)))


def _bucket(*parts: str) -> str:
    return (
        _PREFIX + hashlib.sha256("\n".join(part.lower() for part in parts).encode("utf-8", "surrogatepass")).hexdigest()
    )
