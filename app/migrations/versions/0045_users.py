"""People sign in as users; a key tells whose it is and who was shown its secret; a session ends when nobody uses it."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("grants", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password", sa.String(), nullable=True),
        sa.Column("stamp", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("signed_in_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("code", name=op.f("uq_user_account_code")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
        sa.UniqueConstraint("stamp", name=op.f("uq_user_account_stamp")),
    )
    op.create_index("uq_user_account_issuer_subject", "user_account", ["issuer", "subject"], unique=True)
    op.create_table(
        "former_key",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("shown_to", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_former_key")),
    )
    op.create_table(
        "sign_in",
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_sign_in")),
    )
    op.create_index("ix_sign_in_expires_at", "sign_in", ["expires_at"])
    op.add_column("api_key", sa.Column("owner", sa.String(), nullable=True))
    op.add_column("api_key", sa.Column("shown_to", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("page_session", sa.Column("seen_at", sa.BigInteger(), nullable=True))
