"""The marks that stand between fields and within numbers, each by a name: clients are generated from it."""

from enum import StrEnum


class Delimiter(StrEnum):
    """What stands between the fields of CSV."""

    COMMA = ","
    SEMICOLON = ";"
    TAB = "\t"
    BAR = "|"


class DecimalMark(StrEnum):
    """What stands before the decimal places of a number."""

    POINT = "."
    COMMA = ","


class ThousandsMark(StrEnum):
    """What stands between the thousands of a number."""

    POINT = "."
    COMMA = ","
    SPACE = " "
    APOSTROPHE = "'"
