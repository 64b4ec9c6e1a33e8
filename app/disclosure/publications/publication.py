"""The publication document: a year's disclosure with its basis and every figure's lineage, as one plain object."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounting.years.believed import Believed
from app.core.calendar.fiscal_years import ReportingPeriod
from app.core.calendar.periods import instant_from_ms
from app.disclosure.checks.live import explanations
from app.disclosure.figures.books import Books
from app.disclosure.figures.figures import Comparative, Figure
from app.disclosure.live.disclosure import Disclosure
from app.disclosure.live.lineage import Lineage, lineage_of
from app.disclosure.live.lineage_terms import LineageTerm
from app.disclosure.publications.basis import basis_members
from app.models import id_of
from app.store.directory.people import names_of

FORMAT = 1
"""Counted up when a member of the document changes its meaning; members may be added."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What a publication is called and why it was made; instants are UTC ms."""

    number: int
    reason: str | None
    replaces: int | None
    interim: bool
    prepared_by: str
    prepared_ms: int
    as_of_ms: int


def publication_document(session: Session, books: Books, disclosure: Disclosure, heading: Heading) -> dict[str, Any]:
    """Return the document of a disclosure, made from the books in the session they were opened in.

    Its members are plain values, Decimals, instants and dataclasses: what `canonical` takes.
    """
    organization, framework = books.organization, books.framework
    believed = Believed(session, id_of(organization), books.boundary.as_of_ms)
    return {
        "format": FORMAT,
        "organization": {
            "code": organization.code,
            "name": organization.name,
            "currency": organization.currency,
            "timezone": organization.timezone,
        },
        "framework": {"code": framework.code, "title": framework.title, "edition": framework.edition},
        "year": disclosure.period.year,
        "number": heading.number,
        "period": _reporting_period(disclosure.period, disclosure.zone),
        "interim": heading.interim,
        "as_of": instant_from_ms(heading.as_of_ms),
        "reason": heading.reason,
        "replaces": heading.replaces,
        "prepared_by": heading.prepared_by,
        **_named(session, heading.prepared_by),
        "prepared_at": instant_from_ms(heading.prepared_ms),
        "basis": basis_members(session, organization, framework.code, disclosure.period.name),
        "figures": [
            {
                **_members(figure, disclosure.zone),
                "lineage": _lineage(
                    lineage_of(books, disclosure.period.name, figure.key, figure.dimensions, monthly_from=believed)
                ),
            }
            for figure in disclosure.figures
        ],
        "checks": list(disclosure.checks),
        "explanations": [
            {"kpi": kpi, "text": text} for kpi, text in sorted(explanations(books, disclosure.period.name).items())
        ],
    }


def _named(session: Session, code: str) -> dict[str, str]:
    """Return the name of who prepared it, where there is one: that of a job is its code."""
    name = names_of(session, [code]).get(code)
    return {} if name is None else {"prepared_by_name": name}


def _members(figure: Figure, zone: ZoneInfo) -> dict[str, Any]:
    comparatives = [
        {
            **{name: getattr(each, name) for name in Comparative.__dataclass_fields__},
            "year": each.year,
            "period": _reporting_period(each.period, zone),
        }
        for each in figure.comparatives
    ]
    names = [name for name in Figure.__dataclass_fields__ if name != "coverage_so_far"]  # of the day it is looked at
    return {name: getattr(figure, name) for name in names} | {"comparatives": comparatives}


def _lineage(found: Lineage) -> dict[str, Any]:
    """Return a lineage with the members of the live answer."""
    divisor = found.divisor
    return {
        "key": found.key,
        "dimensions": found.dimensions,
        "value": found.value,
        "unit": found.unit,
        "unit_ratio": found.unit_ratio,
        "formula": found.formula,
        "terms": _terms(found.terms),
        "divisor": None
        if divisor is None
        else {"value": divisor.value, "unit": divisor.unit, "terms": _terms(divisor.terms)},
        "stated": found.stated,
    }


def _terms(terms: Sequence[LineageTerm]) -> list[Mapping[str, Any]]:
    return [
        {
            **{name: getattr(term, name) for name in LineageTerm.__dataclass_fields__ if name not in ("start", "end")},
            "period": _period(term.start, term.end),
            "factor": None if term.factor is None else asdict(term.factor),
            "instrument": None if term.instrument is None else asdict(term.instrument),
        }
        for term in terms
    ]


def _reporting_period(period: ReportingPeriod, zone: ZoneInfo) -> dict[str, Any]:
    return {**_period(*period.instants(zone)), "name": str(period.name), "kind": period.kind}


def _period(start: datetime, end: datetime) -> dict[str, datetime]:
    return {"start": start, "end": end}
