"""A publication as its exports read it: the canonical text, the text's hash, and the document the text holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.core.calendar.periods import day_of, day_start_ms, instant_from_ms, rfc3339, zone_named
from app.disclosure.history.canonical import document_from

Member = Mapping[str, Any]
"""An object of the document; its numbers are int and Decimal."""

_LEVELS = ("mean", "period_end")


@dataclass(frozen=True, slots=True)
class Signature:
    """A step after the preparation, `approved` or `published`: who took it, by name, and the UTC instant."""

    step: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Published:
    """A publication: `text` is its canonical JSON, `digest` the SHA-256 of that in hexadecimal.

    `signatures` are the steps it has taken since; None where nobody has looked.
    """

    text: str
    digest: str
    document: Member = field(hash=False)
    signatures: tuple[Signature, ...] | None = None

    @property
    def figures(self) -> Sequence[Member]:
        """Return the figures in the framework's order."""
        figures: Sequence[Member] = self.document["figures"]
        return figures

    @property
    def years(self) -> tuple[str, ...]:
        """Return the names of the reporting period and of the periods beside it, newest first."""
        periods = {name_of(each): each for figure in self.figures for each in figure["comparatives"]}
        return (name_of(self.document), *sorted(periods, key=lambda name: _place(periods[name]), reverse=True))

    @property
    def days(self) -> Mapping[str, tuple[date, date]]:
        """Return the first and last day of each of these periods, as far as the document says them, by name."""
        comparatives = (each for figure in self.figures for each in figure["comparatives"])
        return {
            name_of(each): self.days_of(each["period"]) for each in (self.document, *comparatives) if "period" in each
        }

    @property
    def is_interim(self) -> bool:
        """Tell whether it was prepared before its reporting period was over."""
        return bool(self.document.get("interim"))

    @property
    def prepared_at(self) -> datetime:
        """Return the UTC instant at which the publication was prepared."""
        return instant(self.document["prepared_at"])

    @property
    def zone(self) -> ZoneInfo:
        """Return the organization's time zone, in which days and instants are told."""
        return zone_named(self.document["organization"]["timezone"])

    @property
    def first_and_last_day(self) -> tuple[date, date]:
        """Return the first and the last day of the reporting period, in the organization's time zone."""
        return self.days_of(self.document["period"])

    def days_of(self, period: Member) -> tuple[date, date]:
        """Return the first and the last day of a period, in the organization's time zone."""
        start, end = (instant(period[name]).astimezone(self.zone).date() for name in ("start", "end"))
        return start, end - timedelta(days=1)

    def readings_span(self, term: Member) -> tuple[str, str]:
        """Return from when to when the readings of a term count, in RFC 3339: its period, by the plant's days.

        A level of a plant that was held for a part of the reporting period is told of all of it.
        """
        if term.get("metered_as") not in _LEVELS:
            return term["period"]["start"], term["period"]["end"]
        plants = {each["code"]: each["timezone"] for each in self.document["basis"]["plants"]}
        first, last = (day_of(day) for day in self.first_and_last_day)
        starts = (day_start_ms(zone_named(plants[term["plant"]]), day) for day in (first, last + 1))
        start, end = (rfc3339(instant_from_ms(each)) for each in starts)
        return start, end

    @property
    def name(self) -> str:
        """Return what files of this publication are called, of characters that any system takes."""
        organization, framework = self.document["organization"]["code"], self.document["framework"]["code"]
        name = f"{organization}_{framework}_{name_of(self.document)}_publication-{self.document['number']}"
        return f"{name}-interim" if self.is_interim else name

    @property
    def findings(self) -> tuple[tuple[Member | None, Member], ...]:
        """Return every finding, each with the figure it was made for; those about the whole come first, with None."""
        whole = tuple((None, check) for check in self.document["checks"])
        return (*whole, *((figure, check) for figure in self.figures for check in figure["checks"]))


def published(text: str, digest: str, signatures: tuple[Signature, ...] | None = None) -> Published:
    """Return the publication of a canonical text whose SHA-256 is `digest`, with the steps it has taken."""
    return Published(text, digest, document_from(text), signatures)


def name_of(of: Member) -> str:
    """Return the name of the period of a document or a comparative; older ones have a year alone."""
    return str(of.get("period", {}).get("name") or of["year"])


def _place(comparative: Member) -> tuple[int, str]:
    """Return where a comparative stands in time; where no period says so, by its year."""
    start = comparative.get("period", {}).get("start", "")
    return (int(start[:4]), start) if start else (comparative["year"], "")


def instant(text: str) -> datetime:
    """Return the UTC instant that an RFC 3339 text of a document names."""
    return datetime.fromisoformat(text).astimezone(UTC)


def decimals_of(display: str) -> int:
    """Return how many decimals were printed."""
    return len(display.partition(".")[2])


def number(value: Any) -> Decimal | None:
    """Return a number of the document as a Decimal; None for null."""
    return None if value is None else Decimal(value)
