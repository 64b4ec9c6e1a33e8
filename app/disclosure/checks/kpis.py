"""Comply or explain: every KPI of the framework has a figure or a reason, under its own code."""

from collections import defaultdict
from collections.abc import Iterator

from app.accounting.findings import Finding, Severity
from app.core.sentences import Sentence, listed, sentence
from app.disclosure.checks.statement import Answer, IndexEntry, Statement
from app.disclosure.figures.reasons import is_reason
from app.disclosure.frameworks.frameworks import FigureSpec
from app.disclosure.frameworks.stated_specs import CodeStatus, StatedSpec

KPI_MISSING = "kpi_missing"
"""The finding of a KPI that is neither disclosed nor explained."""

EXPLANATION_MISSING = "explanation_missing"
"""The finding of a KPI that is called explained by nothing that explains."""


def kpis_without_figure_or_reason(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each KPI that has neither a figure of the year (words, where it asks for them) nor a reason.

    What stands under a code provisionally is printed beside a KPI, but no KPI asks for it.
    """
    of_year = [
        line for line in statement.lines if line.year == statement.year and (line.value is not None or line.text)
    ]
    given, present = {line.kpi for line in of_year}, {line.key for line in of_year}
    by_kpi: dict[str, list[FigureSpec | StatedSpec]] = defaultdict(list)
    for spec in statement.specs:
        by_kpi[spec.kpi].append(spec)
    for kpi, specs in by_kpi.items():
        verified = [spec for spec in specs if spec.status is CodeStatus.VERIFIED]
        numbers = [spec for spec in verified if isinstance(spec, FigureSpec) or spec.is_number]
        # What is printed under a code counts by its key: a permit's limit is no measured mass.
        if verified and not any(spec.key in present for spec in numbers or specs):
            yield from _unanswered(kpi, statement.index.get(kpi), verified[0].title, wants_number=bool(numbers))
    for kpi, entry in statement.index.items():
        if (
            kpi not in by_kpi
            and kpi not in given
            and entry.status is not Answer.DISCLOSED
            and not is_reason(entry.text)
        ):
            yield _without_reason(kpi, entry)


def _unanswered(kpi: str, entry: IndexEntry | None, title: Sentence, *, wants_number: bool) -> Iterator[Finding]:
    if entry is None:
        mend = sentence("State %(kpi)s, or explain in the content index why it is left out", kpi=kpi)
        words = sentence("%(kpi)s (%(title)s) is neither disclosed nor explained", kpi=kpi, title=title)
        yield Finding(KPI_MISSING, Severity.WARNING, words, mend, kpi)
    elif entry.status is not Answer.DISCLOSED:
        if not is_reason(entry.text):
            yield _without_reason(kpi, entry)
    elif wants_number:
        mend = sentence("Give the figures of %(kpi)s, or say that they are left out and why", kpi=kpi)
        words = sentence(
            "%(kpi)s (%(title)s) is called disclosed, but no figure of the year is given",
            kpi=kpi,
            title=title,
        )
        yield Finding("disclosed_without_figure", Severity.WARNING, words, mend, kpi)


def _without_reason(kpi: str, entry: IndexEntry) -> Finding:
    status = sentence(entry.status.replace("_", " "))
    words = sentence("%(kpi)s is called %(status)s without a reason", kpi=kpi, status=status)
    if entry.text:
        words = sentence("%(found)s: %(text)s is none", found=words, text=repr(entry.text))
    return Finding(EXPLANATION_MISSING, Severity.WARNING, words, sentence("Say why %(kpi)s is left out", kpi=kpi), kpi)


def figures_under_another_kpi(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each figure that is filed under a code the framework does not give it."""
    told: set[str] = set()
    for line in statement.valued:
        codes = [code for spec in statement.specs_of(line.key) for code in (spec.kpi, *spec.also)]
        if line.kpi is None or not codes or line.kpi in codes or line.key in told:
            continue
        told.add(line.key)
        words = sentence(
            "%(line)s is filed under %(kpi)s; %(framework)s asks for it under %(codes)s",
            line=line.key,
            kpi=line.kpi,
            framework=statement.framework.code,
            codes=listed(codes),
        )
        yield Finding(
            "kpi_misfiled",
            Severity.WARNING,
            words,
            sentence("File %(line)s under %(kpi)s", line=line.key, kpi=codes[0]),
            line.key,
        )
