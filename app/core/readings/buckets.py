"""A rollup bucket: what one meter used, or how it stood, in one local day, month or year."""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import IntFlag

from app.core.units.quantities import EXACT

AREA_STEP = 2**32
"""A level's area, micro-units times seconds, is two words, high and low: 2^32 units over a year are 1.4e23, and 64 bits
end at 9.2e18."""


class RollupFlag(IntFlag):
    """What happened inside a bucket."""

    OVERFLOW = 1
    """The sum would pass 2^63: quantity is null."""
    ROLLOVER = 2
    """A register passed its modulus."""
    DIP = 4
    """A register fell by no more than its dip tolerance."""
    RESET = 8
    """A register fell without a known cause: what it counted in between is unknown."""
    EXCHANGE = 16
    """The instrument was exchanged."""
    OVERLAP = 32
    """Two segments cover the same time."""
    ESTIMATED = 64
    """A gap was filled by the meter's estimation rule."""
    IMPLAUSIBLE = 128
    """A register rose faster than its max_rate, or than anything around it: what it counted in between is unknown."""
    DROP_OUT = 256
    """A register fell and came back: what it showed in between is not believed, and what it counted is unknown."""
    SPIKE = 512
    """A register rose and came back: as for a drop-out."""
    OVERESTIMATE = 1024
    """An estimated reading proved too high and was set aside: the difference between its neighbours counts."""
    TOO_LONG = 2048
    """A register was not read for too long to say when it counted: the days on which that begins and ends."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One stored bucket; `start_day` is its first local day.

    quantity, gross (the sum of absolute contributions), minimum, maximum and last are micro-units of the meter's unit
    before its multiplier; quantity is null for levels and on overflow. covered_s is seconds covered by counted
    readings. weight is seconds for a gauge and the number of counts for a stock.
    """

    meter_id: int
    start_day: int
    quantity: int | None
    count: int
    covered_s: int
    gross: int | None
    gross_estimated: int | None
    gross_manual: int | None
    count_estimated: int
    count_manual: int
    minimum: int | None
    maximum: int | None
    last: int | None
    weight: int
    area_high: int
    area_low: int
    flags: int

    @property
    def mean(self) -> Decimal | None:
        """Return the mean level in micro-units, or None where there is none."""
        if not self.weight:
            return None
        with localcontext(EXACT):
            return Decimal(self.area_high * AREA_STEP + self.area_low) / self.weight

    @property
    def estimated_share(self) -> Decimal | None:
        """Return the share of the contribution that was estimated, by quantity, or by count where that is zero."""
        return self._share(self.gross_estimated, self.count_estimated)

    @property
    def manual_share(self) -> Decimal | None:
        """Return the share of the contribution that was entered by hand."""
        return self._share(self.gross_manual, self.count_manual)

    def _share(self, gross: int | None, count: int) -> Decimal | None:
        if not self.count:
            return None
        with localcontext(EXACT):
            if self.gross and gross is not None:
                return Decimal(gross) / self.gross
            return Decimal(count) / self.count
