"""Numbers as they are nearly always written, sign, digits and a point, to micro-units by vector operations, exactly."""

import numpy as np

from app.core.readings.columns import Int64Column
from app.core.units.quantities import LIMIT_MICRO
from app.ingest.bodies.alike import Cells
from app.ingest.bodies.coded import Bytes

_WIDEST = 18  # -4294967296.000000
_PLACES = 6
_ZERO, _POINT, _MINUS = ord("0"), ord("."), ord("-")


def micro_from_cells(cells: Cells) -> Int64Column | None:
    """Return the micro-units of each number; None when one has an exponent, a seventh decimal, is out of range or none.

    What is taken here is a JSON number.
    """
    length = cells.end - cells.start
    width = int(length.max())
    if not length.min() or width > _WIDEST or int(cells.end[0]) < width:
        return None
    columns, widths = cells.last_bytes(width), length.astype(np.uint8)
    places = _places(columns, widths)
    if (places == places[0]).all():
        return _micro(columns, widths, int(places[0]))
    micro = np.zeros(len(places), dtype=np.int64)
    for each in np.flatnonzero(np.bincount(places)).tolist():
        rows = np.flatnonzero(places == each)
        some = _micro(columns[:, rows], widths[rows], each)
        if some is None:
            return None
        micro[rows] = some
    return micro


def _places(columns: Bytes, widths: Bytes) -> Bytes:
    """Return how many digits follow a point, 0 where none or more than six do."""
    result = np.zeros_like(widths)
    for places in range(1, min(_PLACES + 1, len(columns))):
        points = (columns[-1 - places] == _POINT) & (widths > places)
        if points.all():
            return np.full_like(widths, places)
        result[points] = places
    return result


def _micro(columns: Bytes, widths: Bytes, places: int) -> Int64Column | None:
    """Return the micro-units of numbers that all have so many decimals; None when one is no such number.

    The columns count from the right: the unit's digit stands left of the point, where there is one.

    `-7.5` and `12.5` have one decimal, so the point is at 1 and the unit at 2. The columns come from the left:

        at 3   `-` `1`   a sign, counted as 0, and a 1    0     1
        at 2   `7` `2`                                    7    12
        at 1   `.` `.`   left out
        at 0   `5` `5`                                   75   125   times 10^5: 7,500,000 and 12,500,000 micro-units
    """
    unit = places + 1 if places else 0
    negative = np.zeros(len(widths), dtype=np.bool_)
    micro = np.zeros(len(widths), dtype=np.int64)
    for at in range(len(columns) - 1, -1, -1):
        column = columns[len(columns) - 1 - at]
        if places and at == places:
            continue
        # Bytes below the digits wrap to more than 9, and are found out with those above.
        digits = column - np.uint8(_ZERO)
        if at >= unit:
            first = widths == at + 1
            minus = first & (column == _MINUS)
            negative |= minus
            # A narrower number has bytes of the field before it here: what stands left of it counts as zeros, and so
            # does its sign.
            digits[(widths <= at) | minus] = 0
            # JSON has no 07: a zero may lead only where it is the unit's digit.
            first = widths - negative == at + 1
            if (first & (digits == 0) & ~minus).any() and at > unit:
                return None
        if (digits > 9).any():
            return None
        micro *= 10
        micro += digits
    # No digit where the unit's has to stand, as in `.5` and `-.5`.
    if (widths - negative <= unit).any():
        return None
    # Held against the limit before it is multiplied: 18,446,744,073,710 units would wrap to 448,384 micro-units.
    scale = 10 ** (_PLACES - places)
    if micro.max() > LIMIT_MICRO // scale:
        return None
    micro *= scale
    return np.where(negative, -micro, micro) if negative.any() else micro
