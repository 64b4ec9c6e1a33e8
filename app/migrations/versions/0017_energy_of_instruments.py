"""What instruments say of their energy, and serial numbers that are compared as numbers, whatever their padding."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_SERIAL = re.compile(r"(.*?)([0-9]*)", re.DOTALL)


def upgrade() -> None:
    for name in ("energy_source", "issuing_area", "basis", "registry_key"):
        op.add_column("instrument", sa.Column(name, sa.String(), nullable=True))
    op.drop_index("ix_instrument_serial", "instrument")
    op.create_index("ix_instrument_serial", "instrument", ["registry_key", "serial_prefix"])
    _compare_serials_as_numbers()


def _compare_serials_as_numbers() -> None:
    """Bring stored serials to the form of new ones: GEC-007 is 7 behind GEC-; of long numbers the last 18 digits.

    What was entered stays in first_serial and last_serial as it was.
    """
    instrument = sa.table(
        "instrument",
        *(sa.column(name) for name in ("id", "registry_name", "registry_key", "first_serial", "last_serial")),
        *(sa.column(name) for name in ("serial_prefix", "serial_first", "serial_last")),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(instrument).where(instrument.c.registry_name.is_not(None))).all():
        prefix, first = _parts(row.first_serial)
        connection.execute(
            instrument.update()
            .where(instrument.c.id == row.id)
            .values(
                registry_key=" ".join(row.registry_name.casefold().split()),
                serial_prefix=prefix,
                serial_first=first,
                serial_last=_parts(row.last_serial)[1],
            )
        )


def _parts(serial: str) -> tuple[str, int]:
    match = _SERIAL.fullmatch(serial)
    words, digits = (match[1], match[2]) if match else (serial, "")
    number = digits.lstrip("0") or "0"
    return (words.upper() + number[:-18], int(number[-18:])) if digits else (words.upper(), -1)
