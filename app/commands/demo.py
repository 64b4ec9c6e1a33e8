"""`esg demo`: the example companies loaded and served, and on request a plant that is read every few seconds."""

import secrets
import time
from contextlib import ExitStack
from typing import Annotated

import typer
from pydantic import SecretStr

from app.commands.serving import Host, Port, serve_here
from app.commands.shared import open_database
from app.demo.live_plant import WORKSHOP, LivePlant
from app.demo.load import load_demo
from app.demo.seed import load_seed
from app.demo.structure import ensure_structure
from app.main import create_app
from app.settings import Settings
from app.store.engine.database import Database

_OPENS_ON = "?organization=magnets&year=2021"
"""The company and year of the README's picture, which has the two years before it beside it."""

_WORKSHOP = f"?organization={WORKSHOP}"


def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    live: Annotated[bool, typer.Option("--live", help="Simulate a plant whose meters are read all the time.")] = False,
    every: Annotated[float, typer.Option(min=1, help="Seconds between readings of the simulated plant.")] = 5,
    bare: Annotated[bool, typer.Option("--bare", help="Leave the companies out: the workshop alone, at once.")] = False,
) -> None:
    """Load two example companies and a workshop to try things on, and serve them to anyone who can reach this address.

    Reading needs no key. One to write with is printed at each start, and works until the demo ends.
    """
    given = Settings(anonymous_read=True)
    key = given.admin_key.get_secret_value() if given.admin_key else secrets.token_urlsafe(32)
    settings = given.model_copy(update={"admin_key": SecretStr(key)})
    with open_database() as database:
        if not bare:
            load_demo(database)
        _ensure_workshop(database)
    address = f"http://{host}:{port}"
    with ExitStack() as plant:

        def once_ready() -> None:
            typer.echo(f"\nOpen  {address}/{_WORKSHOP if bare else _OPENS_ON}")
            typer.echo(f"API   {address}/docs")
            typer.echo(f"Key   export KEY={key}")
            typer.echo("      for who sends requests, until this demo ends")
            if live:
                reader = LivePlant(address, key, every_s=every, clock=time.time)
                reader.start()
                plant.callback(reader.stop)
                typer.echo(f"Live  {address}/live{_WORKSHOP}, read every {every:g} seconds")

        serve_here(create_app(settings), host, port, once_ready=once_ready)


def _ensure_workshop(database: Database) -> None:
    with database.write() as session:
        ensure_structure(session, load_seed(WORKSHOP), now_ms=time.time_ns() // 1_000_000)
