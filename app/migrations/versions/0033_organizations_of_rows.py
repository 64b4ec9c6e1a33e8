"""Every row tells its organization, so that all rows of one can lie together on one node of a cluster."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_OF_METERS = ("exchange", "revision", "mark", "dirty_span", "usual_amount", "kept_hours")
_OF_OTHERS = {
    "plant_holding": ("plant", "plant_id"),
    "exceedance": ("permit_limit", "limit_id"),
    "publication_step": ("publication", "publication_id"),
}
_LEFT_BEHIND = ("mark", "dirty_span", "usual_amount", "kept_hours")
"""May tell of a meter that is gone: nobody asks for it any more."""


def upgrade() -> None:
    for table in (*_OF_METERS, *_OF_OTHERS):
        column = sa.Column("organization_id", sa.Integer(), nullable=False, server_default=sa.text("0"))
        op.add_column(table, column)
    for table in _OF_METERS:
        _fill(table, "meter", "meter_id")
    for table, (above, key) in _OF_OTHERS.items():
        if table == "publication_step":
            _fill_steps(table, above, key)
        else:
            _fill(table, above, key)
    for table in _LEFT_BEHIND:
        op.execute(f"DELETE FROM {table} WHERE organization_id = 0")  # noqa: S608 - constants


def _fill(table: str, above: str, key: str) -> None:
    """Take the organization of what the rows belong to; both databases read the smaller table once."""
    op.execute(
        f"UPDATE {table} SET organization_id = {above}.organization_id "  # noqa: S608 - constants
        f"FROM {above} WHERE {above}.id = {table}.{key}"
    )


def _fill_steps(table: str, above: str, key: str) -> None:
    """Nobody may change a step of a publication: triggers stand aside."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        _fill(table, above, key)
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        return
    kept = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name")
    name = f"{table}_no_update"
    trigger = connection.execute(kept, {"name": name}).scalar_one()
    op.execute(f"DROP TRIGGER {name}")
    _fill(table, above, key)
    connection.exec_driver_sql(trigger)
