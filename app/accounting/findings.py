"""What a check says of a figure."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.sentences import NOTHING, Sentence


class Severity(StrEnum):
    """How much a finding weighs."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Statement(StrEnum):
    """What somebody can state, where a figure lacks it."""

    CALORIFIC_VALUE = "calorific_value"
    FACTOR = "factor"


@dataclass(frozen=True, slots=True)
class Lack:
    """What nobody has stated: a calorific value or density, or a factor, of a resource per `unit` at a plant."""

    statement: Statement
    resource: str
    plant: str
    unit: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: a stable code, how much it weighs, and a sentence that names what is meant.

    `mend` says what to do about it, empty where nothing can be done. `key` is the figure meant, or the KPI's code where
    a KPI has no figure; None for the disclosure as a whole. `lack` is what a form would ask for, where one mends it.
    """

    code: str
    severity: Severity
    detail: Sentence
    mend: Sentence = NOTHING
    key: str | None = None
    lack: Lack | None = None

    def __str__(self) -> str:
        return self.detail
