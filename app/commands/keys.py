"""The commands about API keys: list, make, rotate, delete."""

from typing import Annotated

import typer

from app.commands.shared import OPERATOR, Json, check_organizations, every, now_ms, open_database, show_rows
from app.core.access import Scope
from app.core.calendar.periods import HOUR_MS
from app.schemas.inventory.keys import KeyPage, key_from
from app.store.operations.keys import create_key, delete_key, key_page, rotate_key

keys = typer.Typer(no_args_is_help=True, help="API keys.")
Key = Annotated[str, typer.Argument(help="The key's code, as `esg keys list` shows it.", show_default=False)]


@keys.command("list")
def list_keys(as_json: Json = False) -> None:
    """Print every key without its secret, which is kept nowhere."""

    def page(cursor: str | None, limit: int) -> KeyPage:
        with database.read() as session:
            found = key_page(session, OPERATOR, cursor=cursor, limit=limit)
        return KeyPage(items=[key_from(row) for row in found.items], next=found.next)

    with open_database() as database:
        rows = every(page)
    show_rows(rows, ("code", "name", "scopes", "organizations", "expires_at", "created_at"), as_json=as_json)


@keys.command("create")
def create(
    name: Annotated[str, typer.Option(help="Whose key it is.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; repeat for more.")],
    organization: Annotated[list[str] | None, typer.Option(help="A code it is limited to; repeat for more.")] = None,
    expires_in_days: Annotated[int | None, typer.Option(min=1, help="When it stops working; never if omitted.")] = None,
) -> None:
    """Make an API key and print it, this once."""
    with open_database() as database:
        check_organizations(database, organization or [])
        now = now_ms()
        with database.write() as session:
            _, secret = create_key(
                session,
                name=name,
                scopes=scope,
                organizations=organization or None,
                expires_at_ms=None if expires_in_days is None else now + expires_in_days * 24 * HOUR_MS,
                now_ms=now,
            )
    typer.echo(secret)


@keys.command("rotate")
def rotate(
    key: Key,
    overlap_hours: Annotated[
        int, typer.Option(min=0, help="How long the old key goes on working beside the new one; 0: not at all.")
    ] = 24,
) -> None:
    """Make a key that may do the same as another and print it, this once; the other stops working."""
    with open_database() as database, database.write() as session:
        now = now_ms()
        made, secret = rotate_key(session, OPERATOR, key, until_ms=now + overlap_hours * HOUR_MS, now_ms=now)
    typer.echo(f"{made.code} takes the place of {key}.", err=True)
    typer.echo(secret)


@keys.command("delete")
def delete(key: Key) -> None:
    """Delete a key; serving processes may take it for as long as they remember it (ESG_KEY_CACHE_S)."""
    with open_database() as database, database.write() as session:
        delete_key(session, OPERATOR, key)
    typer.echo(f"{key} is deleted.")
