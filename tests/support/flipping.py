"""Stored pages and arrivals that are changed behind the service, a byte or a column at a time."""

from sqlalchemy import text

from app.store.engine.database import Database
from app.store.pages.page_cache import cache_of


def page_ids(database: Database, meter_id: int) -> list[int]:
    """Return the pages of a meter in order of time."""
    statement = text("SELECT id FROM reading_page WHERE meter_id = :meter ORDER BY first_at")
    with database.read() as session:
        return list(session.connection().execute(statement, {"meter": meter_id}).scalars())


def content_of(database: Database, page_id: int) -> bytes:
    with database.read() as session:
        statement = text("SELECT content FROM reading_page WHERE id = :id")
        return bytes(session.connection().execute(statement, {"id": page_id}).scalar_one())


def put_page(database: Database, page_id: int, content: bytes) -> None:
    """Put other bytes into a page, as a fault of the disk would, and have this process forget what it has read."""
    with database.write() as session:
        values = {"id": page_id, "content": content}
        session.connection().execute(text("UPDATE reading_page SET content = :content WHERE id = :id"), values)
    forget(database)


def flip_page(database: Database, page_id: int, place: int) -> bytes:
    """Flip a bit of a page; return what it was."""
    before = content_of(database, page_id)
    put_page(database, page_id, flipped(before, place))
    return before


def set_header(database: Database, page_id: int, column: str, value: int) -> None:
    """Put another number into a column of a page."""
    with database.write() as session:
        statement = text(f"UPDATE reading_page SET {column} = :value WHERE id = :id")
        session.connection().execute(statement, {"id": page_id, "value": value})


def flip_arrival(database: Database, organization_id: int, place: int) -> bytes:
    """Flip a bit of an organization's newest arrival; return what it was."""
    newest = text(
        "SELECT number, part, content FROM arrival WHERE organization_id = :id ORDER BY number DESC, part DESC LIMIT 1"
    )
    change = text(
        "UPDATE arrival SET content = :content WHERE organization_id = :id AND number = :number AND part = :part"
    )
    with database.write() as session:
        number, part, content = session.connection().execute(newest, {"id": organization_id}).one()
        values = {"id": organization_id, "number": number, "part": part, "content": flipped(content, place)}
        session.connection().execute(change, values)
    forget(database)
    return bytes(content)


def flipped(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


def forget(database: Database) -> None:
    """Have the process forget the pages and arrivals that it has unpacked."""
    cache = cache_of(database.engine)
    cache.__init__()  # type: ignore[misc]
