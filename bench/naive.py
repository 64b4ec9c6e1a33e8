"""The straightforward endpoint most services begin with: pydantic models in, SQLModel objects, add_all, commit."""

import os
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import DateTime, Engine, event
from sqlmodel import Field, Session, SQLModel, col, create_engine, select

from app.models import Meter
from app.store.engine.addresses import database_url


class NaiveReading(SQLModel, table=True):
    """One reading as it was posted."""

    meter_id: int = Field(primary_key=True)
    timestamp: datetime = Field(primary_key=True, sa_type=DateTime(timezone=True))
    value: Decimal = Field(max_digits=20, decimal_places=6)


class ReadingIn(BaseModel):
    """A posted reading."""

    meter: str
    timestamp: datetime
    value: Decimal


class BatchIn(BaseModel):
    """A posted batch."""

    readings: list[ReadingIn]


class BatchOut(BaseModel):
    """How many readings were stored."""

    inserted: int


def application() -> FastAPI:
    """Return the application on the database of ESG_DATABASE_URL, which has the meters."""
    engine = _engine(os.environ["ESG_DATABASE_URL"])
    SQLModel.metadata.create_all(engine, tables=[NaiveReading.__table__])  # type: ignore[attr-defined]
    app = FastAPI()

    def get_session() -> Iterator[Session]:
        with Session(engine) as session:
            yield session

    @app.post("/v1/organizations/{organization}/readings")
    def create_readings(batch: BatchIn, session: Annotated[Session, Depends(get_session)]) -> BatchOut:
        codes = {reading.meter for reading in batch.readings}
        rows = session.exec(select(Meter.code, col(Meter.id)).where(col(Meter.code).in_(codes)))
        meters: dict[str, Any] = dict(rows.all())
        if unknown := codes - meters.keys():
            raise HTTPException(422, f"unknown meters: {sorted(unknown)}")
        session.add_all(
            NaiveReading(meter_id=meters[reading.meter], timestamp=reading.timestamp, value=reading.value)
            for reading in batch.readings
        )
        session.commit()
        return BatchOut(inserted=len(batch.readings))

    @app.get("/health/ready")
    def ready() -> dict[str, bool]:
        return {"ready": True}

    return app


def _engine(url: str) -> Engine:
    """Return an engine as durable as the service's: PostgreSQL's defaults; SQLite with a log, synced at each commit."""
    engine = create_engine(database_url(url), pool_size=20, max_overflow=20)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: object) -> None:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
                connection.execute(f"PRAGMA {pragma}")

    return engine
