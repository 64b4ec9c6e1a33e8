"""How the schema of a database stands to the one this program was written for."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select

from app.models import schema_support_table


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
    revision = MigrationContext.configure(connection).get_current_revision()
    oldest = None
    is_ahead = revision is not None and revision > program_revision()
    if is_ahead and inspect(connection).has_table(schema_support_table.name):
        oldest = connection.execute(select(schema_support_table.c.oldest)).scalar()
    return SchemaStanding(revision, program_revision(), oldest)


@lru_cache(maxsize=1)
def program_revision() -> str:
    """Return the revision this program was written for, that of its last migration."""
    head = ScriptDirectory(migration_scripts()).get_current_head()
    if head is None:
        raise LookupError("The program has lost its migrations")
    return head


def migration_scripts() -> str:
    """Return the folder of the migrations."""
    return str(files("app").joinpath("migrations"))
