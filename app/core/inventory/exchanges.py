"""An exchange: a register's instrument swapped, so that its count begins anew."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """The swap at a UTC millisecond: the old instrument's last and the new one's first value, in micro-units."""

    at: int
    final_value: int
    first_value: int
