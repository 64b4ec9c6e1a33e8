"""The commands about users: list, make, disable, enable, give a password; each does and refuses what the API does."""

import sys
from typing import Annotated

import typer

from app.commands.shared import (
    OPERATOR,
    Json,
    check_organizations,
    every,
    has_spare_key,
    now_ms,
    open_database,
    show_rows,
)
from app.core.access import Scope
from app.routers.inventory import users as routes
from app.schemas.inventory.users import Grant, UserCreate, UserPassword, UserUpdate
from app.settings import Settings
from app.store.engine.database import Database
from app.store.operations.keyring import Keyring

users = typer.Typer(no_args_is_help=True, help="People who sign in to the pages.")
User = Annotated[str, typer.Argument(help="The user's code or address.", show_default=False)]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of making one.")
]
_COLUMNS = ("code", "name", "email", "grants", "active", "issuer", "created_at", "signed_in_at")


@users.command("list")
def list_users(as_json: Json = False) -> None:
    """Print every user."""
    with open_database() as database:
        rows = every(lambda cursor, limit: routes.list_users(OPERATOR, database, limit, cursor))
    show_rows(rows, _COLUMNS, as_json=as_json)


@users.command("create")
def create(
    name: Annotated[str, typer.Option(help="What the person is called in publications and logs.")],
    email: Annotated[str, typer.Option(help="The address they sign in by.")],
    scope: Annotated[list[Scope], typer.Option(help="What they may do; repeat for more.")],
    organization: Annotated[list[str] | None, typer.Option(help="A code it is limited to; repeat for more.")] = None,
    password_stdin: FromInput = False,
) -> None:
    """Make a user who signs in by a password, and print it, this once, unless you gave it."""
    grant = Grant(scopes=scope, organizations=organization or None)
    body = UserCreate(name=name, email=email, grants=[grant], password=_given(password_stdin))
    with open_database() as database:
        check_organizations(database, organization or [])
        made = routes.made_user(OPERATOR, body, database, now_ms())
    typer.echo(f"{made.code} is made.", err=True)
    if made.password is not None:
        typer.echo(made.password)


@users.command("password")
def password(user: User, password_stdin: FromInput = False) -> None:
    """Give a user another password, printed this once unless you gave it, and end their sessions."""
    body = UserPassword(password=_given(password_stdin))
    with open_database() as database:
        made = routes.with_password(OPERATOR, user, body, database, _keyring(database))
    typer.echo(f"{made.email} has another password, and is signed out.", err=True)
    if made.password is not None:
        typer.echo(made.password)


@users.command("disable")
def disable(user: User) -> None:
    """Have a user be out at once; what they did keeps their name."""
    _change(user, UserUpdate(active=False))
    typer.echo(f"{user} is disabled.")


@users.command("enable")
def enable(user: User) -> None:
    """Let a user sign in again."""
    _change(user, UserUpdate(active=True))
    typer.echo(f"{user} may sign in.")


@users.command("grant")
def grant(
    user: User,
    scope: Annotated[list[Scope], typer.Option(help="What they may do; repeat for more.")],
    organization: Annotated[list[str] | None, typer.Option(help="A code it is limited to; repeat for more.")] = None,
) -> None:
    """Say anew what a user may do; what they could do before is taken away."""
    _change(user, UserUpdate(grants=[Grant(scopes=scope, organizations=organization or None)]))
    typer.echo(f"{user} may do that from now on.")


def _change(user: str, body: UserUpdate) -> None:
    with open_database() as database:
        routes.changed_user(OPERATOR, user, body, database, _keyring(database), spare_key=has_spare_key())


def _given(from_input: bool) -> str | None:
    return sys.stdin.readline().rstrip("\r\n") if from_input else None


def _keyring(database: Database) -> Keyring:
    return Keyring(database, environment_secret=None, ttl_s=Settings().key_cache_s)
