"""Additions to days, as short as can be written."""

import numpy as np

from app.core.readings.added_days import AddedDays
from app.core.readings.bucket_columns import BucketColumns


def added(*rows: tuple[int, int, int, int]) -> AddedDays:
    """Return additions of (meter, day, year, quantity), each of one reading of a quarter of an hour."""
    meter, day, year, quantity = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    one = np.ones(len(rows), dtype=np.int64)
    columns = [meter, one, day, quantity, one, 900 * one, np.abs(quantity), *[0 * one] * 5]
    return AddedDays(BucketColumns(*columns), year)
