"""The states in which a volume of gas is stated, and what the same gas takes up in another by the ideal gas law."""

from enum import StrEnum
from fractions import Fraction

from app.core.sentences import Sentence, sentence

_ZERO_CELSIUS_K = Fraction("273.15")
_ATMOSPHERE_KPA = "101.325"


class ReferenceConditions(StrEnum):
    """The temperature of a gas volume, at 101.325 kPa where no other pressure is named.

    0C is the normal state (DIN 1343, and of Japan's and Korea's tables), 15C the standard state of ISO 13443, 20C that
    of GB/T 17291 in China, 60F that of the standard cubic foot, 25C_100kPa the standard ambient state (SATP) of Japan's
    factors since fiscal 2023.
    """

    C0 = "0C"
    C15 = "15C"
    C20 = "20C"
    C25 = "25C"
    F60 = "60F"
    SATP = "25C_100kPa"

    @property
    def kelvin(self) -> Fraction:
        """Return the absolute temperature, exactly: 60 degrees F are 2598.35 / 9 K."""
        degrees = Fraction(self._temperature[:-1])
        return _ZERO_CELSIUS_K + (degrees if self._temperature[-1] == "C" else (degrees - 32) * Fraction(5, 9))

    @property
    def kilopascal(self) -> Fraction:
        """Return the absolute pressure."""
        return Fraction(self._pressure)

    @property
    def words(self) -> Sentence:
        """Return what a figure says of it, such as `0 degrees C, 101.325 kPa`."""
        return sentence(
            "%(degrees)s degrees %(scale)s, %(pressure)s kPa",
            degrees=self._temperature[:-1],
            scale=self._temperature[-1],
            pressure=self._pressure,
        )

    @property
    def _temperature(self) -> str:
        return self.partition("_")[0]

    @property
    def _pressure(self) -> str:
        return self.partition("_")[2].removesuffix("kPa") or _ATMOSPHERE_KPA


def expansion(source: ReferenceConditions, target: ReferenceConditions) -> Fraction:
    """Return what one unit of gas at `source` takes up at `target`: T target / T source x p source / p target."""
    return target.kelvin / source.kelvin * source.kilopascal / target.kilopascal
