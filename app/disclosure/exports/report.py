"""What a printed report of a publication says: its figures by aspect with footnotes, and what stands behind them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal

from app.accounting.findings import Severity
from app.accounting.stated.indicators import FLAG_WORDS
from app.core.language import gettext as _
from app.core.sentences import N_
from app.core.translation import translated
from app.disclosure.exports.main_figures import INTENSITY, MainFigure, main_figures
from app.disclosure.exports.notes import Notes
from app.disclosure.exports.published import Member, Published, name_of
from app.disclosure.exports.report_basis import ReportBasis, basis_of
from app.disclosure.figures.reasons import is_reason
from app.disclosure.figures.titles import part_in_words, titled
from app.disclosure.figures.typesetting import days_in_words, percent, spaced, typeset_unit
from app.disclosure.figures.wordings import Wording, told_of, wording_of
from app.disclosure.frameworks.aspects import aspect_of, aspect_place, aspect_title, kpi_in_words

WEIGHTS: Mapping[str, str] = {Severity.ERROR: N_("error"), Severity.WARNING: N_("warning"), Severity.INFO: N_("info")}
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

    @property
    def weight(self) -> str:
        """Return how much it weighs in a word."""
        return _(WEIGHTS[self.severity])


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
        return _("Interim publication") if self.interim else _("Publication")

    @property
    def title(self) -> str:
        """Return the report's title."""
        values = {"organization": self.organization, "framework": self.framework, "year": self.year}
        if self.interim:
            return _("%(organization)s: %(framework)s, %(year)s (interim)") % values
        return _("%(organization)s: %(framework)s, %(year)s") % values


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
        period=days_in_words(first, last),
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
    return f"{_(framework['title'])} ({translated(framework['edition'])})"


def title_of(figure: Member) -> str:
    """Return a figure's title with what it is a part of."""
    title, part = titled(figure["title"]), part_in_words(figure["dimensions"])
    return _("%(title)s, %(part)s") % {"title": title, "part": part} if part else title


def answered(text: str | None) -> str | None:
    """Return what was stated in words: a yes or no in the reader's language, anything else as it is."""
    return _(text) if text in FLAG_WORDS else text


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
        kpi=", ".join(map(kpi_in_words, (figure["kpi"], *figure.get("also", ())))),
        title=part_in_words(figure["dimensions"]) if is_part else title_of(figure),
        is_part=is_part,
        unit=typeset_unit(figure["unit"] or ""),
        values=tuple(shown.get(year, Value(year, None, restated=False)) for year in years),
        text=answered(figure.get("text")),
        notes=tuple(dict.fromkeys(numbers)),
    )


def _notes(figure: Member) -> Iterator[str]:
    if figure["value"] is None and figure.get("text") is None:
        yield from _errors(figure)
        return
    yield from figure["flags"]
    yield from (check["detail"] for check in figure["checks"] if check["severity"] != Severity.INFO)
    if estimated := figure["estimated_share"]:
        yield _("%(share)s of the quantity is estimated") % {"share": percent(Decimal(estimated))}


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
                told = (told_of(each or "", keys[0] if keys else None, keys) for each in _words(check))
                detail, mend = map(translated, told)
                yield Remark(check["severity"], check["code"], detail, mend, about=_some(keys))


def _words(check: Member) -> tuple[str, str | None]:
    return check["detail"], check.get("mend")


def _some(keys: Sequence[str]) -> str:
    """Return the keys, or the first of them and how many more there are."""
    more = len(keys) - _MOST_KEYS
    named = _(", ").join(keys[:_MOST_KEYS])
    return _("%(keys)s and %(num)s more") % {"keys": named, "num": more} if more > 0 else named
