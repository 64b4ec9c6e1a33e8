"""The commands about API keys: list, make, rotate, delete; each does and refuses what the API does."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.commands.scopes import scope_matrix, with_matrix
from app.commands.shared import (
    OPERATOR,
    Json,
    check_organizations,
    every,
    has_spare_key,
    now_ms,
    open_database,
    refuse,
    show_rows,
)
from app.core.access import Scope
from app.core.calendar.periods import HOUR_MS, instant_from_ms
from app.main import create_app
from app.routers.inventory import keys as routes
from app.schemas.inventory.keys import KeyCreate, KeyRotation
from app.schemas.wire.instants import instant_from_rfc3339, rfc3339
from app.settings import Settings
from app.store.engine.database import Database
from app.store.operations.keyring import Keyring

keys = typer.Typer(no_args_is_help=True, help="API keys.")
Key = Annotated[str, typer.Argument(help="The key's code, as `esg keys list` shows it.", show_default=False)]
_COLUMNS = (
    "code",
    "name",
    "scopes",
    "organizations",
    "plants",
    "meters",
    "expires_at",
    "created_at",
    "previous_until",
    "last_used_at",
    "owner",
)


def _instant(text: str) -> datetime:
    try:
        return instant_from_rfc3339(text)
    except ValueError as error:
        raise typer.BadParameter(f"The instant {error}") from None


Expires = Annotated[
    datetime | None,
    typer.Option(parser=_instant, metavar="INSTANT", help="When it stops working, such as 2027-12-31T00:00:00+01:00."),
]


@keys.command("list")
def list_keys(as_json: Json = False) -> None:
    """Print every key without its secret, which is kept nowhere."""
    with open_database() as database:
        rows = every(lambda cursor, limit: routes.list_keys(OPERATOR, database, limit, cursor))
    show_rows(rows, _COLUMNS, as_json=as_json)


@keys.command("create")
def create(
    name: Annotated[str, typer.Option(help="Whose key it is.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; repeat for more.")],
    organization: Annotated[list[str] | None, typer.Option(help="A code it is limited to; repeat for more.")] = None,
    plant: Annotated[list[str] | None, typer.Option(help="A plant whose readings it posts; repeat for more.")] = None,
    meter: Annotated[list[str] | None, typer.Option(help="A meter whose readings it posts; repeat for more.")] = None,
    owner: Annotated[str | None, typer.Option(help="The user whose key it is, by code or address.")] = None,
    expires: Expires = None,
    expires_in_days: Annotated[int | None, typer.Option(min=1, help="The same, from now.")] = None,
) -> None:
    """Make an API key and print it, this once."""
    if expires is not None and expires_in_days is not None:
        raise typer.BadParameter("say it once: --expires or --expires-in-days", param_hint="--expires")
    now = now_ms()
    if expires_in_days is not None:
        expires = instant_from_ms(now + expires_in_days * 24 * HOUR_MS)
    body = KeyCreate(
        name=name,
        scopes=scope,
        organizations=organization or None,
        plants=plant or None,
        meters=meter or None,
        expires_at=expires,
        owner=owner,
    )
    with open_database() as database:
        check_organizations(database, organization or [])
        made = routes.made_key(OPERATOR, body, database, now)
    typer.echo(f"{made.code} is made.", err=True)
    typer.echo(made.key)


@keys.command("rotate")
def rotate(
    key: Key,
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=720, help="How long the old secret works beside the new one; 0: not at all.")
    ] = 24,
    expires: Expires = None,
) -> None:
    """Give a key a new secret and print it, this once; its code, and all it may do, stay."""
    body = KeyRotation(overlap_s=overlap_hours * 3600, expires_at=expires)
    with open_database() as database:
        made = routes.rotated_key(
            OPERATOR, key, body, database, _keyring(database), now_ms(), spare_key=has_spare_key()
        )
    until = "no more" if made.previous_until is None else f"until {rfc3339(made.previous_until)}"
    typer.echo(f"{key} has a new secret; the old one works {until}.", err=True)
    typer.echo(made.key)


@keys.command("delete")
def delete(key: Key) -> None:
    """Delete a key; serving processes may take it for as long as they remember it (ESG_KEY_CACHE_S)."""
    with open_database() as database:
        routes.forgotten_key(OPERATOR, key, database, _keyring(database), spare_key=has_spare_key())
    typer.echo(f"{key} is deleted.")


@keys.command("scopes")
def scopes(
    into: Annotated[Path | None, typer.Option(help="Write it into this page instead of printing.")] = None,
    check: Annotated[Path | None, typer.Option(help="Fail unless this page has it.")] = None,
) -> None:
    """Print which scope lets a key do which operation, as a table in Markdown."""
    matrix = scope_matrix(create_app(Settings()))
    if into is None and check is None:
        typer.echo(matrix, nl=False)
    if into is not None:
        into.write_text(with_matrix(into.read_text("utf-8"), matrix), "utf-8")
    if check is not None and with_matrix(page := check.read_text("utf-8"), matrix) != page:
        refuse(f"{check} is not current: esg keys scopes --into {check}")


def _keyring(database: Database) -> Keyring:
    return Keyring(database, environment_secret=None, ttl_s=Settings().key_cache_s)
