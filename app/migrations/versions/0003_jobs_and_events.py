"""The log of events, what is told of figures, the runs of jobs, and which batches have been told of."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _events()
    _figures()
    _findings()
    _jobs()
    _batches()


def _events() -> None:
    op.create_table(
        "event",
        sa.Column("id", _BIG_ID, autoincrement=True, nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("plants", sa.JSON(), nullable=True),
        sa.Column("resources", sa.JSON(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_position", "event", ["transaction_id", "id"])
    op.create_index("ix_event_organization", "event", ["organization_id", "transaction_id", "id"])


def _figures() -> None:
    op.create_table(
        "figure_mark",
        sa.Column("id", _BIG_ID, autoincrement=True, nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("year_start_day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_mark")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "shown_figures",
        sa.Column("organization_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("framework", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("displays", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "framework", "year", name=op.f("pk_shown_figures")),
    )


def _findings() -> None:
    op.create_table(
        "told_issue",
        sa.Column("meter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("start_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("meter_id", "kind", "start_at", name=op.f("pk_told_issue")),
    )
    op.create_index(op.f("ix_told_issue_organization_id"), "told_issue", ["organization_id"])
    op.create_table(
        "closed_month",
        sa.Column("organization_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "first_day", name=op.f("pk_closed_month")),
    )


def _jobs() -> None:
    op.create_table(
        "job_clock",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("claimed_to", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_job_clock")),
    )
    op.create_table(
        "job_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("scheduled_at", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("heartbeat_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
        sa.UniqueConstraint("job", "scheduled_at", name=op.f("uq_job_run_job_scheduled_at")),
    )
    unfinished = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_job_run_unfinished", "job_run", ["heartbeat_at"], sqlite_where=unfinished, postgresql_where=unfinished
    )


def _batches() -> None:
    op.add_column("batch", sa.Column("meters", sa.JSON(), nullable=True))
    op.add_column("batch", sa.Column("announced", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE batch SET announced = true")
    unannounced = sa.text("NOT announced")
    op.create_index("ix_batch_unannounced", "batch", ["id"], sqlite_where=unannounced, postgresql_where=unannounced)
