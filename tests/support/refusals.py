"""PostgreSQL made to refuse: the server itself raises a state when a row is inserted, as it would with a full disk."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from app.store.engine.database import Database

_FUNCTION = """
    CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('refusals') <= {times} THEN
            RAISE EXCEPTION 'on purpose' USING ERRCODE = '{sqlstate}';
        END IF;
        RETURN NULL;
    END $$
"""
ALWAYS = 1_000_000


@contextmanager
def refusing(database: Database, *tables: str, sqlstate: str, times: int = ALWAYS) -> Iterator[None]:
    """Have the next `times` statements that insert into these tables raise a state, by whatever way they come.

    They are counted by a sequence, which goes on though the transactions are rolled back.
    """
    with database.write() as session:
        execute = session.connection().execute
        execute(text("CREATE SEQUENCE refusals"))
        execute(text(_FUNCTION.format(times=times, sqlstate=sqlstate)))
        for table in tables:
            trigger = f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
            execute(text(trigger))
    try:
        yield
    finally:
        with database.write() as session:
            for table in tables:
                session.connection().execute(text(f"DROP TRIGGER refuse ON {table}"))
            session.connection().execute(text("DROP SEQUENCE refusals"))
