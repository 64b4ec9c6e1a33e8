"""Reading and changing users; of a password only its hash is kept, and the last administrator stays one."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, text
from sqlmodel import Session, col, select

from app.core.access import Access, Grant, Scope, granted
from app.models import ApiKey, User
from app.store.engine.database import Database
from app.store.sql.conflicts import DuplicateCode, NotThere, flush_new
from app.store.sql.keyset import Page, decode_cursor, in_code_order, page_of

_SPACE = 1_702_061_362
"""Of the advisory lock of who takes the administration of everything from somebody."""


class LastAdministrator(ValueError):
    """Nobody would be left who may administer everything."""


@dataclass(frozen=True, slots=True)
class OwnUser:
    """What a user reads of themselves; `issuer` is None for one with a password."""

    code: str
    name: str
    email: str
    issuer: str | None


class EmailTaken(DuplicateCode):
    """Another user has this address."""


def create_user(
    session: Session,
    *,
    name: str,
    email: str,
    grants: Iterable[Grant],
    now_ms: int,
    password: str | None = None,
    issuer: str | None = None,
    subject: str | None = None,
) -> User:
    """Store a new user; `password` is a hash. Raises EmailTaken."""
    if user_by_email(session, email) is not None:
        raise EmailTaken(f"There is a user {email.lower()!r} already")
    user = User(
        code=f"user-{secrets.token_hex(6)}",
        name=name,
        email=email.lower(),
        issuer=issuer,
        subject=subject,
        grants=stored_grants(grants),
        active=True,
        password=password,
        stamp=new_stamp(),
        created_at=now_ms,
    )
    session.add(user)
    flush_new(session, "user", user.code)
    return user


def user_page(session: Session, access: Access, *, cursor: str | None, limit: int) -> Page[User]:
    """Return, in order of code, the users whose grants `access` reaches every organization of; raises BadCursor."""
    order = in_code_order(session, User.code)
    query = select(User).order_by(order)
    if cursor:
        query = query.where(order > decode_cursor(cursor, str)[0])
    users = [user for user in session.exec(query) if within(user, access)]
    return page_of(users[: limit + 1], limit, lambda user: (user.code,))


def user_of(session: Session, access: Access, code: str, *, locked: bool = False) -> User:
    """Return a user within the reach of `access`; raises NotThere."""
    query = select(User).where(or_(col(User.code) == code, col(User.email) == code.lower()))
    user = session.exec(query.with_for_update() if locked else query).one_or_none()
    if user is None or not within(user, access):
        raise NotThere(f"There is no user {code!r}")
    return user


def user_by_email(session: Session, email: str) -> User | None:
    """Return the user with an address, whatever its letters' size."""
    return session.exec(select(User).where(User.email == email.lower())).one_or_none()


def user_by_subject(session: Session, issuer: str, subject: str) -> User | None:
    """Return the user whom an OpenID provider calls so."""
    return session.exec(select(User).where(User.issuer == issuer, User.subject == subject)).one_or_none()


def user_with_stamp(session: Session, stamp: str) -> User | None:
    """Return the active user with this stamp."""
    return session.exec(select(User).where(User.stamp == stamp, col(User.active).is_(True))).one_or_none()


def active_user(session: Session, code: str) -> User | None:
    """Return the user with this code, if they may act."""
    return session.exec(select(User).where(User.code == code, col(User.active).is_(True))).one_or_none()


def own_user(database: Database, code: str) -> OwnUser | None:
    """Return the active user with this code, as they read themselves; None for the code of a key."""
    with database.read() as session:
        user = active_user(session, code)
        return None if user is None else OwnUser(user.code, user.name, user.email, user.issuer)


def change_user(
    session: Session,
    user: User,
    *,
    name: str | None = None,
    grants: Sequence[Grant] | None = None,
    active: bool | None = None,
    password: str | None = None,
    spare_key: bool = False,
) -> str | None:
    """Change what is given of a user and return the stamp that no session is good by any more, None where all stay.

    A new password and being disabled end all sessions; `password` is a hash. `spare_key` says that the operator has an
    administrator's key that is not stored. Raises LastAdministrator.
    """
    ends = active is False or password is not None
    may_go = (active is False and _owns_administration(session, user)) or (
        (active is False or grants is not None) and is_administrator(user)
    )
    before = user.stamp
    if name is not None:
        user.name = name
    if grants is not None:
        user.grants = stored_grants(grants)
    if active is not None:
        user.active = active
    if password is not None:
        user.password = password
    if ends:
        user.stamp = new_stamp()
    session.flush()
    if may_go and not is_administrator(user) and not spare_key:
        require_administrator(session, user.name)
    return before if ends else None


def is_administrator(user: User) -> bool:
    """Tell whether a user may administer everything."""
    return user.active and any(Scope.ADMIN in each.scopes and each.organizations is None for each in grants_of(user))


def access_of_user(user: User) -> Access:
    """Return what a user may do."""
    return granted(user.code, user.name, grants_of(user))


def grants_of(user: User) -> tuple[Grant, ...]:
    """Return what a user may do where."""
    return tuple(
        Grant(
            frozenset(Scope(scope) for scope in each["scopes"]),
            None if each["organizations"] is None else frozenset(each["organizations"]),
        )
        for each in user.grants
    )


def stored_grants(grants: Iterable[Grant]) -> list[Any]:
    """Return grants as they are stored: scopes in their order, organizations in that of their codes."""
    return [
        {
            "scopes": [scope.value for scope in Scope if scope in each.scopes],
            "organizations": None if each.organizations is None else sorted(each.organizations),
        }
        for each in grants
    ]


def new_stamp() -> str:
    """Return a stamp that nobody has had."""
    return secrets.token_hex(32)


def within(user: User, access: Access) -> bool:
    """Tell whether a user may do nothing outside the organizations that `access` reaches."""
    if access.organizations is None:
        return True
    named = [each.organizations for each in grants_of(user)]
    return bool(named) and all(each is not None and access.organizations.issuperset(each) for each in named)


def administers_for_good(key: ApiKey) -> bool:
    """Tell whether a key may administer everything and has no end; whoever owns it has to be active besides."""
    return Scope.ADMIN in key.scopes and key.organizations is None and key.expires_at is None


def require_administrator(session: Session, name: str) -> None:
    """Raise LastAdministrator unless a user, or a key without an end, may administer everything as things stand now.

    Asked after the change that took it from `name`, one transaction at a time: else two could each take it from the
    other at once, and each see the other still there. The second waits here until the first has committed, and reads
    what is left then. On SQLite the writing transaction itself keeps them apart.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:space, 0)"), {"space": _SPACE})
    users = session.exec(select(User).where(col(User.active).is_(True))).all()
    if any(is_administrator(each) for each in users):
        return
    active = {None, *(each.code for each in users)}
    keys = session.exec(select(ApiKey).where(col(ApiKey.expires_at).is_(None)))
    if any(administers_for_good(key) and key.owner in active for key in keys):
        return
    raise LastAdministrator(
        f"{name} is the last one who may administer everything: let another user or key do so first"
    )


def _owns_administration(session: Session, user: User) -> bool:
    """Tell whether a key of the user's own may administer everything, which stops when they are disabled."""
    own = session.exec(select(ApiKey).where(ApiKey.owner == user.code))
    return any(administers_for_good(key) for key in own)
