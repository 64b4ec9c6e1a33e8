"""Column types that mean the same on SQLite and PostgreSQL."""

from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import BigInteger, Dialect, Integer, MetaData, String, text
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

metadata: MetaData = SQLModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key; SQLite numbers a key by itself only when it is declared INTEGER."""


NOBODY = text("0")
"""The organization of a row stored before rows told of one: no organization has this id, and none is left with it."""

OF_ORGANIZATION = {"primary_key": ["organization_id", "id"]}
"""Arguments of a mapper whose rows are looked up, changed and deleted by organization and id: on a cluster all rows of
an organization lie on one node, which a statement finds by the organization that it names.
"""


class HasId(Protocol):
    """A row that has an id once it is stored."""

    @property
    def id(self) -> int | None:
        """Return the id, None before the row was stored."""


def id_of(row: HasId) -> int:
    """Return the id of a stored row; raises ValueError for one that was never stored."""
    if row.id is None:
        raise ValueError(f"a {type(row).__name__} that was never stored has no id")
    return row.id


class ExactDecimal(TypeDecorator[Decimal]):
    """A Decimal kept as its digits, since SQLite's NUMERIC is a double."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)
