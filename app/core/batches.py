"""Batch numbers: the instant of storing in the high bits, so that they sort by time and need no join to tell it."""

_SEQUENCE_BITS = 20


def batch_number(stored_at_ms: int, sequence: int) -> int:
    """Return the number of the batch stored at this UTC millisecond; 2^20 of them fit in each."""
    return (stored_at_ms << _SEQUENCE_BITS) | (sequence & ((1 << _SEQUENCE_BITS) - 1))


def stored_at_ms(batch: int) -> int:
    """Return the UTC millisecond in which a batch was stored."""
    return batch >> _SEQUENCE_BITS


def end_of_ms(instant_ms: int) -> int:
    """Return the first batch number after this millisecond: what was stored by then has a smaller one."""
    return (instant_ms + 1) << _SEQUENCE_BITS


def batch_code(batch: int) -> str:
    """Return how a batch is called outside; longer than a double can carry, so never a number in JSON."""
    return f"b{batch:016x}"


def batch_from_code(code: str) -> int:
    """Return the number of a batch code; raises ValueError."""
    if len(code) != 17 or code[0] != "b":
        raise ValueError(code)
    return int(code[1:], 16)
