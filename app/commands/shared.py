"""What commands have in common: the database, the widest access, rows as a table or as JSON, failures in a line."""

import getpass
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Annotated, Any, NoReturn, Protocol, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from app.core.access import Access, OrganizationAccess, Scope
from app.core.acting import Actor, acting_as
from app.core.calendar.periods import rfc3339
from app.core.inventory.inventory import InvalidFields
from app.ingest.problems import BodyUnreadable
from app.ingest.writing.amend import AmendmentContended
from app.ingest.writing.bulk_amend import AlreadyUndone, AmendmentUnfinished
from app.models import id_of
from app.schemas.wire.json import ExactJSON
from app.settings import Settings
from app.starting import database_of
from app.store.engine.addresses import UnknownDatabase
from app.store.engine.connections import connection_budget
from app.store.engine.database import Database
from app.store.engine.outages import DatabaseUnavailable, telling_outages
from app.store.engine.replica import ReplicaRefused, replica_url
from app.store.engine.schema import SchemaTooNew
from app.store.engine.secret_box import SecretsLocked
from app.store.inventory.meters import MeterHasReadings
from app.store.inventory.organizations import organization_of, unknown_codes
from app.store.operations.keyring import access_to
from app.store.operations.users import LastAdministrator
from app.store.pages.archive_files import ArchiveFileFault
from app.store.pages.archived_pages import ArchiveUnavailable
from app.store.sql.conflicts import DuplicateCode, NotThere, StillInUse
from app.store.upkeep.archiving import ArchiveRefused
from app.store.upkeep.distribute import NotDistributable
from app.store.upkeep.migrate import migrate

Json = Annotated[bool, typer.Option("--json", help="Print JSON, as the API answers it, instead of a table.")]
Organization = Annotated[str, typer.Option("--organization", "-o", help="The organization's code.")]
OPERATOR = Access(None, frozenset(Scope), None)
"""Who can run a command can reach everything the database has."""

_MOST = 1_000
_REFUSALS = (
    AlreadyUndone,
    AmendmentContended,
    AmendmentUnfinished,
    ArchiveFileFault,
    ArchiveRefused,
    ArchiveUnavailable,
    BodyUnreadable,
    DatabaseUnavailable,
    DuplicateCode,
    InvalidFields,
    LastAdministrator,
    MeterHasReadings,
    NotDistributable,
    NotThere,
    ReplicaRefused,
    SchemaTooNew,
    SecretsLocked,
    StillInUse,
    UnknownDatabase,
    ValidationError,
)
"""What is no fault of the program: the caller reads why in a line, never a traceback."""


class _Page(Protocol):
    @property
    def items(self) -> Sequence[BaseModel]: ...
    @property
    def next(self) -> str | None: ...


_Row = TypeVar("_Row", bound=BaseModel)


def now_ms() -> int:
    """Return the instant, UTC milliseconds."""
    return time.time_ns() // 1_000_000


def has_spare_key() -> bool:
    """Tell whether the operator has an administrator's key that is not stored: ESG_ADMIN_KEY."""
    return Settings().admin_key is not None


@contextmanager
def open_database() -> Iterator[Database]:
    """Yield the database the environment names, brought to the current schema."""
    settings = Settings()
    with closing(database_of(settings)) as database:
        if settings.read_database_url is not None:
            replica_url(database, settings.read_database_url)
        with telling_outages():
            migrate(database)
        with acting_as(Actor("command", name=_user(), operation=" ".join(sys.argv[1:3]) or None)):
            yield database


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number that nobody has
        return None


def tell_connections(database: Database, *, processes: int) -> None:
    """Print how many connections so many processes may have to PostgreSQL, and whether the server takes them."""
    budget = connection_budget(database, pool_size=Settings().pool_size, processes=processes)
    if budget is None:
        return
    words = f"{budget.processes} x {budget.a_process} = {budget.total} connections to PostgreSQL at most"
    if budget.fits:
        typer.echo(f"esg: {words}; it takes {budget.server}", err=True)
    else:
        typer.echo(
            f"esg: {words}, and it takes {budget.server}: lower ESG_POOL_SIZE or raise max_connections", err=True
        )


@contextmanager
def telling_refusals() -> Iterator[None]:
    """End the program with status 1 and a line on standard error for what the caller can mend."""
    try:
        yield
    except _REFUSALS as error:
        for line in _words(error):
            typer.echo(f"esg: {line}", err=True)
        sys.exit(1)


def _words(error: Exception) -> list[str]:
    """Return a refusal in lines: one for each field that is wrong, and of what a driver says the first."""
    if isinstance(error, ValidationError):
        prefix = "ESG_" if error.title == Settings.__name__ else ""
        return [f"{_field(each, prefix)}: {each['msg']}" for each in error.errors()]
    if isinstance(error, InvalidFields):
        return [f"{each.field}: {each.detail}" if each.field else each.detail for each in error.problems]
    if isinstance(error, DatabaseUnavailable):
        cause = getattr(error.__cause__, "orig", None) or error.__cause__ or error
        return [f"the database does not answer: {' '.join(str(cause).split())}"]
    if isinstance(error, UnknownDatabase):
        return [f"ESG_DATABASE_URL: {error}"]
    if isinstance(error, ReplicaRefused):
        return [f"ESG_READ_DATABASE_URL: {error}"]
    return [str(error)]


def _field(error: Any, prefix: str) -> str:
    name = ".".join(map(str, error["loc"])) or "value"
    return prefix + name.upper() if prefix else name


def reach_of(database: Database, code: str) -> OrganizationAccess:
    """Return the operator's access to an organization; raises NotThere."""
    with database.read() as session:
        return access_to(OPERATOR, id_of(organization_of(session, code)), code)


def check_organizations(database: Database, codes: Sequence[str]) -> None:
    """Raise BadParameter for a code that no organization has."""
    with database.read() as session:
        if unknown := unknown_codes(session, codes):
            raise typer.BadParameter(f"unknown organization: {', '.join(unknown)}", param_hint="--organization")


def every(page: Callable[[str | None, int], _Page]) -> list[Any]:
    """Return the items of every page; `page` is asked with a cursor and the most items."""
    found: list[Any] = []
    cursor: str | None = None
    while True:
        answer = page(cursor, _MOST)
        found += answer.items
        cursor = answer.next
        if cursor is None:
            return found


def show_rows(rows: Sequence[BaseModel], columns: Sequence[str], *, as_json: bool) -> None:
    """Print rows: as a JSON list, or as a table of some of their fields, of which `a.b` is the field b of a."""
    if as_json:
        _print_json(list(rows))
        return
    cells = [[_cell(_at(row, name)) for name in columns] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(columns, *cells, strict=True)]
    for line in (columns, *cells):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def show_one(row: BaseModel, *, as_json: bool) -> None:
    """Print a thing: as JSON, or a field a line."""
    if as_json:
        _print_json(row)
        return
    names = list(type(row).model_fields)
    width = max(map(len, names))
    for name in names:
        typer.echo(f"{name.ljust(width)}  {_cell(getattr(row, name))}".rstrip())


def _print_json(value: Any) -> None:
    typer.echo(bytes(ExactJSON(value).body))


def _at(row: Any, path: str) -> Any:
    for name in path.split("."):
        row = None if row is None else getattr(row, name)
    return row


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, list):
        return " ".join(map(str, value)) or "-"
    return str(value)


def refuse(words: str) -> NoReturn:
    """End the command with status 1 and these words on standard error."""
    typer.echo(f"esg: {words}", err=True)
    raise typer.Exit(1)
