"""Sign-ins at an OpenID provider: who was sent there, and which user comes back."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlmodel import Session

from app.core.access import Grant
from app.models import sign_in_table
from app.store.engine.database import Database
from app.store.operations.keys import digest_of, new_secret
from app.store.operations.sign_ins import SignedIn, SignInRefused
from app.store.operations.users import create_user, stored_grants, user_by_email, user_by_subject

LASTS_MS = 10 * 60_000
"""How long somebody may take to sign in at the provider."""

_columns = sign_in_table.c


@dataclass(frozen=True, slots=True)
class SentAway:
    """What a sign-in is recognized by when it comes back, and the page to go on to."""

    nonce: str
    verifier: str
    path: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a provider says somebody is, and what they may do by the groups that it names."""

    issuer: str
    subject: str
    name: str
    email: str
    grants: Sequence[Grant]


def send_away(session: Session, path: str, *, now_ms: int) -> tuple[str, SentAway]:
    """Keep that somebody goes to the provider and return the state that comes back; forget who took too long."""
    state, sent = new_secret(), SentAway(secrets.token_urlsafe(24), secrets.token_urlsafe(48), path)
    connection = session.connection()
    connection.execute(delete(sign_in_table).where(_columns.expires_at <= now_ms))
    connection.execute(
        insert(sign_in_table).values(
            state=digest_of(state),
            nonce=sent.nonce,
            verifier=sent.verifier,
            path=path,
            expires_at=now_ms + LASTS_MS,
        )
    )
    return state, sent


def come_back(session: Session, state: str, *, now_ms: int) -> SentAway | None:
    """Return what was kept of who comes back with a state, once; None for one that nobody was sent away with."""
    ours = _columns.state == digest_of(state)
    query = select(_columns.nonce, _columns.verifier, _columns.path).where(ours, _columns.expires_at > now_ms)
    found = session.connection().execute(query.with_for_update()).first()
    session.connection().execute(delete(sign_in_table).where(ours))
    return None if found is None else SentAway(found.nonce, found.verifier, found.path)


def user_by_identity(database: Database, identity: Identity, *, now_ms: int) -> SignedIn:
    """Return the user that a provider vouches for, made or brought up to date; raises SignInRefused.

    An address that another user has is refused: that a provider names it gives it no hold of that user.
    """
    with database.write() as session:
        user = user_by_subject(session, identity.issuer, identity.subject)
        other = user_by_email(session, identity.email)
        if other is not None and (user is None or other.code != user.code):
            raise SignInRefused(f"Another user has the address {identity.email}: an administrator has to see to that")
        if user is None:
            user = create_user(
                session,
                name=identity.name,
                email=identity.email,
                grants=identity.grants,
                issuer=identity.issuer,
                subject=identity.subject,
                now_ms=now_ms,
            )
        if not user.active:
            raise SignInRefused("This user may not sign in any more")
        user.name, user.email = identity.name, identity.email.lower()
        if (grants := stored_grants(identity.grants)) != user.grants:
            user.grants = grants
        return SignedIn(user.code, user.name, user.email)
