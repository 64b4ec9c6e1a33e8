"""Which unit somebody meant by a word that is none: `CCF` is ccf, and `gal` may be the gallon of either country."""

from collections.abc import Collection

_WORDS = {
    "gal": ("gal_us", "gal_uk"),
    "gallon": ("gal_us", "gal_uk"),
    "ton": ("t", "short_ton", "long_ton"),
    "tonne": ("t",),
    "mt": ("t",),
    "吨": ("t",),
    "公斤": ("kg",),
    "千克": ("kg",),
    "度": ("kWh",),
    "千瓦时": ("kWh",),
    "兆瓦时": ("MWh",),
    "吉焦": ("GJ",),
    "立方米": ("m3",),
    "升": ("L",),
    "litre": ("L",),
    "liter": ("L",),
    "ltr": ("L",),
    "cbm": ("m3",),
    "cf": ("ft3", "scf"),
    "barrel": ("bbl",),
    "unit": ("kWh",),
}
"""What bills and people write, in the singular and in small letters; a unit of Indian bills is a kWh."""


def meant_by(word: str, accepted: Collection[str]) -> list[str]:
    """Return the accepted units that a word may stand for: written otherwise, in the plural, or by another name."""
    written = word.strip().casefold().replace("³", "3")
    forms = {written, written.removesuffix("s")}
    named = [each for form in sorted(forms) for each in _WORDS.get(form, ()) if each in accepted]
    return list(dict.fromkeys([*(each for each in accepted if each.casefold() in forms), *named]))
