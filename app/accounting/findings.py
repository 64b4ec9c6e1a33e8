"""What a check says of a figure."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: a stable code, how much it weighs, and a sentence that names what is meant."""

    code: str
    severity: Severity
    detail: str

    def __str__(self) -> str:
        return self.detail
