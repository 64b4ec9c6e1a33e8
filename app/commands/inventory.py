"""The commands about organizations, plants and meters: each asks the handler that answers the same request of the API.

A field that has no option of its own is given as `--set name=value`, the value being JSON or else a text:
`--set max_rate=250 --set attributes='{"stream": "dust"}'`.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from app.commands.shared import (
    OPERATOR,
    Json,
    Organization,
    every,
    now_ms,
    open_database,
    reach_of,
    refuse,
    show_one,
    show_rows,
)
from app.http.idempotency import NOT_KEPT
from app.http.preconditions import UNCONDITIONAL
from app.ingest.problems import BodyUnreadable
from app.routers.inventory import meters as meter_routes
from app.routers.inventory import organizations as organization_routes
from app.routers.inventory import plants as plant_routes
from app.schemas.inventory.meters import MeterCreate
from app.schemas.inventory.organizations import OrganizationCreate
from app.schemas.inventory.plants import PlantCreate
from app.schemas.wire.json import ExactJSON, parse_json
from app.settings import Settings
from app.store.operations.keyring import Keyring

organizations = typer.Typer(no_args_is_help=True, help="Reporting entities.")
plants = typer.Typer(no_args_is_help=True, help="Sites of an organization.")
meters = typer.Typer(no_args_is_help=True, help="Measuring points and ledgers of an organization.")

Code = Annotated[str, typer.Argument(help="Its code.", show_default=False)]
Fields = Annotated[
    list[str] | None, typer.Option("--set", help="Another field of the API as name=value; repeat for more.")
]


@organizations.command("list")
def list_organizations(as_json: Json = False) -> None:
    """Print every organization."""
    with open_database() as database:
        rows = every(lambda cursor, limit: organization_routes.list_organizations(OPERATOR, database, limit, cursor))
    show_rows(rows, ("code", "name", "timezone", "currency", "consolidation", "frameworks"), as_json=as_json)


@organizations.command("show")
def show_organization(code: Code, as_json: Json = False) -> None:
    """Print an organization."""
    with open_database() as database:
        show_one(organization_routes.get_organization(reach_of(database, code), database), as_json=as_json)


@organizations.command("create")
def create_organization(
    code: Code,
    timezone: Annotated[str, typer.Option(help="Where its reporting days are told, such as Asia/Shanghai.")],
    currency: Annotated[str, typer.Option(help="In which money it reports, such as CNY.")],
    fields: Fields = None,
) -> None:
    """Create an organization and print it as JSON."""
    body = OrganizationCreate(**_body(fields, code=code, timezone=timezone, currency=currency))
    with open_database() as database:
        _print(organization_routes.create_organization(OPERATOR, body, database, now_ms(), NOT_KEPT))


@organizations.command("delete")
def delete_organization(code: Code) -> None:
    """Delete an organization that has nothing left in it."""
    with open_database() as database:
        keyring = Keyring(database, environment_secret=None, ttl_s=Settings().key_cache_s)
        organization_routes.delete_organization(reach_of(database, code), database, keyring, UNCONDITIONAL)
    typer.echo(f"{code} is deleted.")


@plants.command("list")
def list_plants(organization: Organization, as_json: Json = False) -> None:
    """Print the plants of an organization."""
    with open_database() as database:
        access = reach_of(database, organization)
        rows = every(lambda cursor, limit: plant_routes.list_plants(access, database, limit, cursor))
    show_rows(rows, ("code", "name", "country", "region", "grid_region", "timezone", "equity_share"), as_json=as_json)


@plants.command("show")
def show_plant(code: Code, organization: Organization, as_json: Json = False) -> None:
    """Print a plant."""
    with open_database() as database:
        show_one(plant_routes.get_plant(reach_of(database, organization), code, database), as_json=as_json)


@plants.command("create")
def create_plant(
    code: Code,
    organization: Organization,
    country: Annotated[str, typer.Option(help="ISO 3166-1 alpha-2, such as CN.")],
    fields: Fields = None,
) -> None:
    """Create a plant and print it as JSON."""
    body = PlantCreate(**_body(fields, code=code, country=country))
    with open_database() as database:
        _print(plant_routes.create_plant(reach_of(database, organization), body, database, now_ms(), NOT_KEPT))


@plants.command("delete")
def delete_plant(code: Code, organization: Organization) -> None:
    """Delete a plant that has no meters."""
    with open_database() as database:
        plant_routes.delete_plant(reach_of(database, organization), code, database, UNCONDITIONAL)
    typer.echo(f"{code} is deleted.")


@meters.command("list")
def list_meters(
    organization: Organization,
    plant: Annotated[list[str] | None, typer.Option(help="Only this plant's; repeat for more.")] = None,
    resource: Annotated[list[str] | None, typer.Option(help="Only of this resource; repeat for more.")] = None,
    as_json: Json = False,
) -> None:
    """Print the meters of an organization."""
    chosen = tuple(plant or ()), tuple(resource or ())
    with open_database() as database:
        access = reach_of(database, organization)
        rows = every(lambda cursor, limit: meter_routes.list_meters(access, database, *chosen, (), limit, cursor))
    columns = ("code", "plant", "resource", "kind", "unit", "interval", "multiplier", "counts", "name")
    show_rows(rows, columns, as_json=as_json)


@meters.command("show")
def show_meter(code: Code, organization: Organization, as_json: Json = False) -> None:
    """Print a meter."""
    with open_database() as database:
        show_one(meter_routes.get_meter(reach_of(database, organization), code, database), as_json=as_json)


@meters.command("create")
def create_meter(
    code: Code,
    organization: Organization,
    plant: Annotated[str, typer.Option(help="Where it stands.")],
    resource: Annotated[str, typer.Option(help="What it measures, such as electricity.grid.")],
    kind: Annotated[str, typer.Option(help="interval, register, event, stock or gauge.")],
    unit: Annotated[str, typer.Option(help="The unit of its values, such as kWh.")],
    interval: Annotated[str | None, typer.Option(help="Of an interval meter, such as PT15M.")] = None,
    fields: Fields = None,
) -> None:
    """Create a meter and print it as JSON."""
    named = {"code": code, "plant": plant, "resource": resource, "kind": kind, "unit": unit}
    body = MeterCreate(**_body(fields, **named, **({} if interval is None else {"interval": interval})))
    with open_database() as database:
        _print(meter_routes.create_meter(reach_of(database, organization), body, database, now_ms(), NOT_KEPT))


@meters.command("delete")
def delete_meter(code: Code, organization: Organization) -> None:
    """Delete a meter that has no readings."""
    with open_database() as database:
        meter_routes.delete_meter(reach_of(database, organization), code, database, UNCONDITIONAL)
    typer.echo(f"{code} is deleted.")


def _body(fields: Sequence[str] | None, **named: Any) -> dict[str, Any]:
    """Return the members of a body from options and `--set`; a value that is no JSON is a text."""
    for field in fields or ():
        name, sign, value = field.partition("=")
        if not sign or not name:
            refuse(f"--set {field}: write it as name=value")
        if name in named:
            refuse(f"--set {name}: it is given twice")
        try:
            named[name] = parse_json(value.encode())
        except BodyUnreadable:
            named[name] = value
    return named


def _print(answer: ExactJSON) -> None:
    typer.echo(bytes(answer.body))
