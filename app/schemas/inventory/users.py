"""What a user looks like from outside; a password that the service made is shown once."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app import models
from app.core import access
from app.core.access import Scope
from app.core.calendar.periods import instant_from_ms
from app.schemas.wire.base import Change, Flag, Received, Shape, unsent
from app.schemas.wire.instants import Instant
from app.schemas.wire.texts import Code, Name
from app.store.operations.passwords import LONGEST, SHORTEST
from app.store.operations.users import grants_of

Email = Annotated[
    str, StringConstraints(pattern=r"^[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+$", min_length=3, max_length=254)
]
Password = Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST)]


class Grant(Received):
    """Scopes in some organizations. `organizations` null means every one."""

    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    organizations: Annotated[list[Code], Field(min_length=1, max_length=1000)] | None = None


Grants = Annotated[list[Grant], Field(min_length=1, max_length=100)]


class UserCreate(Received):
    """A new user, who signs in by `email` and `password`; without one the service makes it and shows it once."""

    name: Name
    email: Email
    grants: Grants
    password: Password | None = None


class UserUpdate(Change):
    """What may change of a user. One who is not `active` is out at once, with all sessions and keys of their own."""

    name: Name = unsent()
    grants: Grants = unsent()
    active: Flag = unsent()


class UserPassword(Received):
    """A new password; null has the service make one and show it once. It ends all sessions of the user."""

    password: Password | None = None


class User(Shape):
    """A user. `issuer` is the OpenID provider who vouches for them, null for one with a password."""

    code: str
    name: str
    email: str
    issuer: str | None
    grants: list[Grant]
    active: bool
    created_at: Instant
    signed_in_at: Instant | None


class UserCreated(User):
    """A user who was just made, or given a password; `password` is what the service made and never shows again."""

    password: str | None


class UserPage(Shape):
    """Some users, and the cursor of those that follow."""

    items: list[User]
    next: str | None


def user_from(row: models.User) -> User:
    """Return the outside view of a stored user."""
    return User(
        code=row.code,
        name=row.name,
        email=row.email,
        issuer=row.issuer,
        grants=[
            Grant(
                scopes=[scope for scope in Scope if scope in each.scopes],
                organizations=None if each.organizations is None else sorted(each.organizations),
            )
            for each in grants_of(row)
        ],
        active=row.active,
        created_at=instant_from_ms(row.created_at),
        signed_in_at=None if row.signed_in_at is None else instant_from_ms(row.signed_in_at),
    )


def granted_by(sent: list[Grant]) -> list[access.Grant]:
    """Return grants as they were sent."""
    return [
        access.Grant(frozenset(each.scopes), None if each.organizations is None else frozenset(each.organizations))
        for each in sent
    ]
