"""What the database refuses, in the words of the domain: a code that is taken, a thing still in use, one not there."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session


class NotThere(LookupError):
    """No such thing in this organization, or none this caller may know of."""


class DuplicateCode(ValueError):
    """The code is already taken."""


class StillInUse(ValueError):
    """Other things depend on it."""


_SQLITE_UNIQUE = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


def flush_new(session: Session, what: str, code: str) -> None:
    """Send what was added; raises DuplicateCode when `code` is taken, NotThere when what it refers to has gone."""
    try:
        session.flush()
    except IntegrityError as error:
        if _is_unique_violation(error):
            raise DuplicateCode(f"The {what} code {code!r} is already taken") from error
        raise NotThere(f"What {what} {code!r} refers to no longer exists") from error


@contextmanager
def deleting(what: str) -> Iterator[None]:
    """Turn a refused deletion into StillInUse."""
    try:
        yield
    except IntegrityError as error:
        raise StillInUse(f"{what} is still in use") from error


def _is_unique_violation(error: IntegrityError) -> bool:
    cause = error.orig
    if isinstance(cause, sqlite3.IntegrityError):
        return cause.sqlite_errorcode in _SQLITE_UNIQUE
    from psycopg.errors import UniqueViolation

    return isinstance(cause, UniqueViolation)
