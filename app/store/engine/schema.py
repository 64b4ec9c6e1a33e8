"""How the schema of a database stands to the one this program was written for."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from sqlalchemy import Connection, column, inspect, select, table

from app.models import schema_support_table

_ALEMBIC_VERSION = table("alembic_version", column("version_num"))


class SchemaTooNew(RuntimeError):
    """The database has the schema of a later program, on which this one cannot work any more."""


@dataclass(frozen=True, slots=True)
class SchemaStanding:
    """The revision of a database (None while it is empty), this program's, and the oldest program the schema bears.

    An example: a program of 0035 meets a schema of 0036 that bears 0035 and later ones. It serves on; once 0038 has
    dropped a column that 0035 still reads, and says that it bears 0037, it does not.
    """

    revision: str | None
    program: str
    oldest: str | None

    @property
    def is_current(self) -> bool:
        return self.revision == self.program

    @property
    def is_ahead(self) -> bool:
        """Tell whether a later program has migrated; revisions are numbers with leading zeros."""
        return self.revision is not None and self.revision > self.program

    @property
    def bears_program(self) -> bool:
        """Tell whether this program can work on the schema as it is."""
        return self.is_current or (self.is_ahead and self.oldest is not None and self.oldest <= self.program)

    @property
    def words(self) -> str:
        """Return what an operator should know of it, in a line."""
        if self.is_current:
            return f"The schema is current: {self.revision}"
        if self.revision is None:
            return f"The database is empty, and this program is of {self.program}; run `esg migrate`"
        if not self.is_ahead:
            return f"The database schema is not current: {self.revision}, behind {self.program}; run `esg migrate`"
        ahead = f"The database schema is of a later program: {self.revision}, ahead of {self.program}"
        if self.bears_program:
            return f"{ahead}, which it bears"
        return f"{ahead}; it bears programs of {self.oldest or self.revision} and later: update this one"


def schema_standing(connection: Connection) -> SchemaStanding:
    """Return how the schema stands."""
    revision = _revision(connection)
    oldest = None
    is_ahead = revision is not None and revision > program_revision()
    if is_ahead and inspect(connection).has_table(schema_support_table.name):
        oldest = connection.execute(select(schema_support_table.c.oldest)).scalar()
    return SchemaStanding(revision, program_revision(), oldest)


def _revision(connection: Connection) -> str | None:
    """Return the revision that Alembic has noted; None in an empty database."""
    if not inspect(connection).has_table(_ALEMBIC_VERSION.name):
        return None
    return connection.execute(select(_ALEMBIC_VERSION.c.version_num)).scalar()


@lru_cache(maxsize=1)
def program_revision() -> str:
    """Return the revision this program was written for, that of its last migration.

    It is read off the files' names: `0039_damaged_meters.py` is 0039. Alembic, which would run all of them to tell, is
    loaded only where there is something to migrate.
    """
    names = [entry.name for entry in files("app").joinpath("migrations", "versions").iterdir()]
    numbers = [name.partition("_")[0] for name in names if name.endswith(".py")]
    if not numbers:
        raise LookupError("The program has lost its migrations")
    return max(numbers)


def migration_scripts() -> str:
    """Return the folder of the migrations."""
    return str(files("app").joinpath("migrations"))
