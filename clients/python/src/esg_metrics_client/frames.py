"""Rows in Parquet as frames, decimals and instants kept as they are."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas
    import polars


def pandas_frame(parquet: bytes) -> pandas.DataFrame:
    """Return a pandas frame: decimals as decimal128, never a double; instants in UTC."""
    import pandas

    return pandas.read_parquet(io.BytesIO(parquet), engine="pyarrow", dtype_backend="pyarrow")


def polars_frame(parquet: bytes) -> polars.DataFrame:
    """Return a polars frame: decimals as Decimal, instants in UTC."""
    import polars

    return polars.read_parquet(io.BytesIO(parquet))
