"""The findings of a table as a whole, as the first page lists them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from app.accounting.findings import Finding, Severity
from app.disclosure.checks.kpis import KPI_MISSING

_NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_GRAVEST_FIRST = tuple(_NOUNS)


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding: how much it weighs, what it says, and what mends it."""

    severity: Severity
    detail: str
    mend: str

    @property
    def noun(self) -> str:
        """Return the weight in a word."""
        return _NOUNS[self.severity]


@dataclass(frozen=True, slots=True)
class Findings:
    """The lines, the gravest first, and how many there are of each weight, such as `2 errors, 1 note`."""

    lines: tuple[FindingLine, ...]

    @property
    def counted(self) -> str:
        """Return how many lines there are of each weight."""
        found = Counter(each.severity for each in self.lines)
        weights = ((found[each], _NOUNS[each]) for each in _GRAVEST_FIRST if each in found)
        return ", ".join(f"{number} {noun}{'s' if number > 1 else ''}" for number, noun in weights)

    @property
    def has_errors(self) -> bool:
        """Tell whether any is an error."""
        return any(each.severity is Severity.ERROR for each in self.lines)


def findings_of(findings: Iterable[Finding]) -> Findings:
    """Return the findings of a disclosure, the gravest first; KPIs that nobody disclosed stand in one line."""
    found = list(findings)
    silent = [each.key or "" for each in found if each.code == KPI_MISSING]
    lines = [FindingLine(each.severity, each.detail, each.mend) for each in found if each.code != KPI_MISSING]
    if silent:
        words = f"Neither disclosed nor explained: {', '.join(silent)}"
        lines.append(FindingLine(Severity.WARNING, words, "State them, or explain why they are left out"))
    return Findings(tuple(sorted(lines, key=lambda line: _GRAVEST_FIRST.index(line.severity))))
