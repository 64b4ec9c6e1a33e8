"""What a printed report of a publication says: its figures by aspect with footnotes, and what stands behind them."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal

from app.accounting.findings import Severity
from app.disclosure.exports.main_figures import INTENSITY, MainFigure, main_figures
from app.disclosure.exports.notes import Notes
from app.disclosure.exports.published import Member, Published, name_of, words_of
from app.disclosure.exports.report_basis import ReportBasis, basis_of
from app.disclosure.figures.reasons import is_reason
from app.disclosure.figures.typesetting import percent, spaced, typeset_unit, written_day
from app.disclosure.figures.wordings import Wording, told_of, wording_of
from app.disclosure.frameworks.aspects import aspect_of, aspect_place, aspect_title

_SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.INFO)
_MOST_KEYS = 6


@dataclass(frozen=True, slots=True)
class Value:
    """One period of a row; `shown` is None where nothing was disclosed."""

    year: str
    shown: str | None
    restated: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A figure as printed: a part of a breakdown, or a whole; `notes` are numbers of footnotes."""

    kpi: str
    title: str
    is_part: bool
    unit: str
    values: tuple[Value, ...]
    text: str | None
    notes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Aspect:
    """The rows of one aspect of the framework."""

    code: str
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Absence:
    """A KPI that has figures without any value, and what the organization said of it, if anything."""

    kpi: str
    titles: tuple[str, ...]
    explanation: str | None

    @property
    def is_explained(self) -> bool:
        """Tell whether what was said is a reason."""
        return is_reason(self.explanation)


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding with the keys of the figures it was made for, all of one wording together."""

    severity: str
    code: str
    detail: str
    mend: str
    about: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is printed of a publication."""

    organization: str
    framework: str
    year: str
    number: int
    interim: bool
    period: str
    digest: str
    years: tuple[str, ...]
    highlights: tuple[MainFigure, ...]
    charts: tuple[MainFigure, ...]
    aspects: tuple[Aspect, ...]
    notes: tuple[str, ...]
    absences: tuple[Absence, ...]
    remarks: tuple[Remark, ...]
    basis: ReportBasis

    @property
    def explained(self) -> tuple[Absence, ...]:
        """Return what is left out with a reason."""
        return tuple(each for each in self.absences if each.is_explained)

    @property
    def unexplained(self) -> tuple[Absence, ...]:
        """Return what is left out without one."""
        return tuple(each for each in self.absences if not each.is_explained)

    @property
    def publication(self) -> str:
        """Return what it is, with its number's word to follow."""
        return "Interim publication" if self.interim else "Publication"

    @property
    def title(self) -> str:
        """Return the report's title."""
        return f"{self.organization}: {self.framework}, {self.year}{' (interim)' if self.interim else ''}"


def report_of(of: Published) -> Report:
    """Return what is printed of a publication."""
    document = of.document
    first, last = of.first_and_last_day
    notes = Notes()
    main = main_figures(of)
    return Report(
        organization=document["organization"]["name"],
        framework=framework_title(of),
        year=of.years[0],
        number=document["number"],
        interim=of.is_interim,
        period=f"{written_day(first)} to {written_day(last)}",
        digest=of.digest,
        years=of.years,
        highlights=main[:4],
        charts=tuple(each for each in main if each.years_with_values > 1)[:6],
        aspects=tuple(_aspects(of, notes)),
        notes=notes.texts,
        absences=tuple(_absences(of)),
        remarks=tuple(_remarks(of)),
        basis=basis_of(of),
    )


def framework_title(of: Published) -> str:
    """Return the framework's title with its edition."""
    framework = of.document["framework"]
    return f"{framework['title']} ({framework['edition']})"


def title_of(figure: Member) -> str:
    """Return a figure's title with what it is a part of."""
    return ", ".join(filter(None, (figure["title"], words_of(figure["dimensions"]))))


def by_aspect(figures: Iterable[Member]) -> list[tuple[str, list[Member]]]:
    """Return the aspects in order, each with its figures in the framework's order."""
    grouped: dict[str, list[Member]] = {}
    for figure in figures:
        grouped.setdefault(aspect_of(figure["kpi"]), []).append(figure)
    return sorted(grouped.items(), key=lambda item: aspect_place(item[0]))


def is_disclosed(figure: Member) -> bool:
    """Tell whether a figure has something to show in any year, or says why what is metered gives no value."""
    displays = (figure["display"], *(each["display"] for each in figure["comparatives"]))
    shown = figure.get("text") is not None or any(each is not None for each in displays)
    return shown or (INTENSITY not in figure["key"] and any(_errors(figure)))


def _errors(figure: Member) -> Iterator[str]:
    yield from (check["detail"] for check in figure["checks"] if check["severity"] == Severity.ERROR)


def _aspects(of: Published, notes: Notes) -> Iterator[Aspect]:
    """Yield the aspects in order, numbering the notes on the way."""
    for code, figures in by_aspect(filter(is_disclosed, of.figures)):
        title = aspect_title(of.document["framework"]["code"], code)
        wholes = {each["key"] for each in figures if not each["dimensions"]}
        yield Aspect(code, title, tuple(_row(each, of.years, notes, wholes) for each in figures))


def _row(figure: Member, years: Sequence[str], notes: Notes, wholes: Set[str]) -> Row:
    """Return the row of a figure; one of the `wholes` says for its parts what they are parts of."""
    is_part = bool(figure["dimensions"]) and figure["key"] in wholes
    shown = {years[0]: Value(years[0], spaced(figure["display"]), restated=False)}
    for each in figure["comparatives"]:
        shown[name_of(each)] = Value(name_of(each), spaced(each["display"]), each["restated"])
    numbers = [notes.number(note, figure["key"]) for note in _notes(figure)]
    return Row(
        kpi=", ".join((figure["kpi"], *figure.get("also", ()))),
        title=words_of(figure["dimensions"]) if is_part else title_of(figure),
        is_part=is_part,
        unit=typeset_unit(figure["unit"] or ""),
        values=tuple(shown.get(year, Value(year, None, restated=False)) for year in years),
        text=figure.get("text"),
        notes=tuple(dict.fromkeys(numbers)),
    )


def _notes(figure: Member) -> Iterator[str]:
    if figure["value"] is None and figure.get("text") is None:
        yield from _errors(figure)
        return
    yield from figure["flags"]
    yield from (check["detail"] for check in figure["checks"] if check["severity"] != Severity.INFO)
    if estimated := figure["estimated_share"]:
        yield f"{percent(Decimal(estimated))} of the quantity is estimated"


def _absences(of: Published) -> Iterator[Absence]:
    """Yield the KPIs with totals that show nothing, and those that were explained whatever they show."""
    explained = {each["kpi"]: each["text"] for each in of.document["explanations"]}
    silent: dict[str, list[str]] = {kpi: [] for kpi in explained}
    for figure in of.figures:
        if INTENSITY not in figure["key"] and not is_disclosed(figure):
            silent.setdefault(figure["kpi"], []).append(title_of(figure))
    for kpi in sorted(silent):
        yield Absence(kpi, tuple(silent[kpi]), explained.get(kpi))


def _remarks(of: Published) -> Iterator[Remark]:
    """Yield the findings, the gravest first, one for each wording whichever figures it is of."""
    about: dict[Wording, tuple[Member, list[str]]] = {}
    for figure, check in of.findings:
        key = check.get("key") or (None if figure is None else figure["key"])
        says = (check["severity"], check["code"], *(wording_of(each or "", key) for each in _words(check)))
        about.setdefault(says, (check, []))[1].extend([key] if key else [])
    for severity in _SEVERITIES:
        for check, every in about.values():
            if check["severity"] == severity:
                keys = list(dict.fromkeys(every))
                detail, mend = (told_of(each or "", keys[0] if keys else None, keys) for each in _words(check))
                yield Remark(check["severity"], check["code"], detail, mend, about=_some(keys))


def _words(check: Member) -> tuple[str, str | None]:
    return check["detail"], check.get("mend")


def _some(keys: Sequence[str]) -> str:
    """Return the keys, or the first of them and how many more there are."""
    more = len(keys) - _MOST_KEYS
    return ", ".join(keys[:_MOST_KEYS]) + (f" and {more} more" if more > 0 else "")
