"""The commands about secrets that are kept for other systems: a new key, and everything sealed anew by it."""

import secrets as randomness
from base64 import urlsafe_b64encode

import typer

from app.commands.shared import open_database, refuse
from app.settings import Settings
from app.store.operations.sealing import seal_everything

secrets = typer.Typer(no_args_is_help=True, help="Secrets of webhooks and connectors, sealed by ESG_SECRET_KEY.")


@secrets.command("key")
def print_key() -> None:
    """Print a new key for ESG_SECRET_KEY."""
    typer.echo(urlsafe_b64encode(randomness.token_bytes(32)).decode())


@secrets.command("seal")
def seal() -> None:
    """Seal every secret by the first key of ESG_SECRET_KEY, whether it is plain or an older key sealed it."""
    if not Settings().secret_key:
        refuse("ESG_SECRET_KEY is not set: esg secrets key prints one")
    with open_database() as database, database.write() as session:
        sealed = seal_everything(session)
    typer.echo(f"{sealed} secrets are sealed.")
