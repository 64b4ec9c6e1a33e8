"""The states in which a volume of gas is stated, and what the same gas takes up in another by the ideal gas law."""

from enum import StrEnum
from fractions import Fraction

_ZERO_CELSIUS_K = Fraction("273.15")


class ReferenceConditions(StrEnum):
    """The temperature of a gas volume, each at 101.325 kPa.

    0C is the normal state (DIN 1343, and of Japan's and Korea's tables), 15C the standard state of ISO 13443, 20C that
    of GB/T 17291 in China, 25C the standard ambient state, 60F that of the standard cubic foot.
    """

    C0 = "0C"
    C15 = "15C"
    C20 = "20C"
    C25 = "25C"
    F60 = "60F"

    @property
    def kelvin(self) -> Fraction:
        """Return the absolute temperature, exactly: 60 degrees F are 2598.35 / 9 K."""
        degrees = Fraction(self[:-1])
        return _ZERO_CELSIUS_K + (degrees if self.endswith("C") else (degrees - 32) * Fraction(5, 9))

    @property
    def words(self) -> str:
        """Return what a figure says of it, such as `0 degrees C, 101.325 kPa`."""
        return f"{self[:-1]} degrees {self[-1]}, 101.325 kPa"


def expansion(source: ReferenceConditions, target: ReferenceConditions) -> Fraction:
    """Return what one unit of gas at `source` takes up at `target`, at the same pressure: T of target / T of source."""
    return target.kelvin / source.kelvin
