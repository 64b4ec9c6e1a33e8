"""The findings of a table as a whole, as the first page lists them."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from app.accounting.findings import Finding, Severity
from app.core.sentences import N_, listed
from app.core.translation import translated
from app.disclosure.checks.kpis import KPI_MISSING
from app.disclosure.figures.wordings import told_of, wording_of
from app.pages.frame.words import gettext as _
from app.pages.remedies import Remedies, Remedy

_NOUNS = {
    Severity.ERROR: (N_("error"), N_("%d error"), N_("%d errors")),
    Severity.WARNING: (N_("warning"), N_("%d warning"), N_("%d warnings")),
    Severity.INFO: (N_("note"), N_("%d note"), N_("%d notes")),
}
_GRAVEST_FIRST = tuple(_NOUNS)


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding: how much it weighs, what it says, and what mends it, where there is a page that does it."""

    severity: Severity
    detail: str
    mend: str
    remedy: Remedy | None = None

    @property
    def noun(self) -> str:
        """Return the weight in a word."""
        return _(_NOUNS[self.severity][0])


@dataclass(frozen=True, slots=True)
class Findings:
    """The lines, the gravest first, and how many there are of each weight, such as `2 errors, 1 note`."""

    lines: tuple[FindingLine, ...]

    @property
    def counted(self) -> str:
        """Return how many lines there are of each weight."""
        found = Counter(each.severity for each in self.lines)
        words = [
            _(_NOUNS[each][1 if found[each] == 1 else 2]) % found[each] for each in _GRAVEST_FIRST if each in found
        ]
        return _(", ").join(words)

    @property
    def has_errors(self) -> bool:
        """Tell whether any is an error."""
        return any(each.severity is Severity.ERROR for each in self.lines)


def findings_of(findings: Iterable[Finding], remedies: Remedies | None = None) -> Findings:
    """Return the findings of a disclosure, the gravest first; KPIs that nobody disclosed stand in one line."""
    found = list(findings)
    silent = [each.key or "" for each in found if each.code == KPI_MISSING]
    lines = list(_lines((each for each in found if each.code != KPI_MISSING), remedies))
    if silent:
        words = _("Neither disclosed nor explained: %s") % _(listed(silent))
        remedy = remedies.of(next(each for each in found if each.code == KPI_MISSING)) if remedies else None
        lines.append(FindingLine(Severity.WARNING, words, _("State them, or explain why they are left out"), remedy))
    return Findings(tuple(sorted(lines, key=lambda line: _GRAVEST_FIRST.index(line.severity))))


def _lines(findings: Iterable[Finding], remedies: Remedies | None) -> Iterator[FindingLine]:
    """Yield a line for each wording, whichever figures it is said of."""
    about: dict[Hashable, tuple[Finding, list[str]]] = {}
    for each in findings:
        says = (each.severity, each.code, *(wording_of(text, each.key) for text in (each.detail, each.mend)))
        about.setdefault(says, (each, []))[1].extend([each.key] if each.key else [])
    for first, every in about.values():
        keys = list(dict.fromkeys(every))
        detail, mend = (told_of(translated(text), first.key, keys) for text in (first.detail, first.mend))
        yield FindingLine(first.severity, detail, mend, remedies.of(first) if remedies else None)
