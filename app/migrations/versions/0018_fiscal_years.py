"""Dated settings of the fiscal year; transition periods and interim publications; what was told of a period by name."""

import json
from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_PUBLICATION = sa.table(
    "publication", sa.column("id"), sa.column("as_of"), sa.column("document"), sa.column("interim", sa.Boolean())
)
_SHOWN = sa.table(
    "shown_figures",
    sa.column("organization_id"),
    sa.column("framework"),
    sa.column("year"),
    sa.column("displays", sa.JSON()),
)


def upgrade() -> None:
    op.add_column("organization", sa.Column("fiscal_years", sa.String(), nullable=False, server_default="[]"))
    for table, name in (("publication", "transition"), ("publication", "interim"), ("datapoint", "transition")):
        op.add_column(table, sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    _mark_interim()
    _key_shown_figures_by_name()


def _mark_interim() -> None:
    """What was prepared before its year was over is interim. Nobody may change a publication: triggers stand aside."""
    connection = op.get_bind()
    interim = [row.id for row in connection.execute(sa.select(_PUBLICATION)) if row.as_of < _end_ms(row.document)]
    if not interim:
        return
    statement = sa.update(_PUBLICATION).where(_PUBLICATION.c.id.in_(interim)).values(interim=True)
    if connection.dialect.name == "postgresql":
        op.execute("ALTER TABLE publication DISABLE TRIGGER USER")
        connection.execute(statement)
        op.execute("ALTER TABLE publication ENABLE TRIGGER USER")
        return
    kept = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'publication_no_update'"
    trigger = connection.execute(sa.text(kept)).scalar_one()
    op.execute("DROP TRIGGER publication_no_update")
    connection.execute(statement)
    connection.exec_driver_sql(trigger)


def _end_ms(document: str) -> int:
    end = datetime.fromisoformat(json.loads(document)["period"]["end"].replace("Z", "+00:00"))
    return (end - _EPOCH) // timedelta(milliseconds=1)


def _key_shown_figures_by_name() -> None:
    """A transition period has the number of a year: the name tells them apart."""
    connection = op.get_bind()
    rows = [
        {"organization_id": row.organization_id, "framework": row.framework, "period": str(row.year)}
        | {"displays": row.displays}
        for row in connection.execute(sa.select(_SHOWN))
    ]
    op.drop_table("shown_figures")
    made = op.create_table(
        "shown_figures",
        sa.Column("organization_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("framework", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("displays", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "framework", "period", name=op.f("pk_shown_figures")),
    )
    op.bulk_insert(made, rows)
