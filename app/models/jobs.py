"""Which jobs have run until when, and every run of them."""

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel


class JobClock(SQLModel, table=True):
    """Until which instant (UTC ms) a job's fire times have been claimed."""

    __tablename__ = "job_clock"

    job: str = Field(primary_key=True)
    claimed_to: int = Field(sa_type=BigInteger)


class JobRun(SQLModel, table=True):
    """One run of a job: the fire time it was claimed for, who runs it, and what came of it. Instants are UTC ms.

    `heartbeat_at` is renewed while it runs; `worker` is the process that last claimed it.
    """

    __tablename__ = "job_run"
    __table_args__ = (
        UniqueConstraint("job", "scheduled_at"),
        Index(
            "ix_job_run_unfinished",
            "heartbeat_at",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    job: str
    scheduled_at: int = Field(sa_type=BigInteger)
    requested_by: str | None
    state: str
    worker: str
    attempt: int
    started_at: int = Field(sa_type=BigInteger)
    heartbeat_at: int = Field(sa_type=BigInteger)
    finished_at: int | None = Field(default=None, sa_type=BigInteger)
    count: int | None = Field(default=None, sa_type=BigInteger)
    error: str | None = None
