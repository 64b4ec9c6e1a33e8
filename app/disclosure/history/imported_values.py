"""The columns of tables printed before, as comparatives of years that were never published here.

An import stands for them when it says so. Of a year that several tables print the latest table counts, and the figure
is restated where an earlier one prints another number. Example: the report of 2021 prints 2019 to 2021 and the one of
2020 prints 2019 and 2020: what stands beside 2022 are the columns 2021 and 2020 of the report of 2021.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from sqlmodel import Session

from app.core.calendar.fiscal_years import PeriodName
from app.core.units.quantities import Rounding, display
from app.disclosure.frameworks.frameworks import framework_named, frameworks
from app.disclosure.history.canonical import document_from
from app.disclosure.history.standing import FigureName, PublishedValue, Source, figure_name
from app.store.reporting.imported import ImportedHead, imported_heads, imported_of

Printed = Mapping[int, Mapping[FigureName, PublishedValue]]
"""What a table prints of each year."""

_MOST_KNOWN = 256
_known: dict[str, Printed] = {}
"""What documents print, by their digest: they never change. Cleared when it is full."""


def imported_values(
    session: Session, organization_id: int, framework: str, years: Iterable[int]
) -> dict[PeriodName, Mapping[FigureName, PublishedValue]]:
    """Return the figures of these years as tables print them that are to stand as comparatives."""
    heads = imported_heads(session, organization_id, framework)
    corrected = {head.supersedes for head in heads}
    found: dict[int, dict[FigureName, PublishedValue]] = {year: {} for year in years}
    for head in sorted(heads, key=lambda head: (head.year, head.created_at)):
        if head.code not in corrected:
            _lay(found, _printed(session, organization_id, head))
    return {year: values for year, values in found.items() if values}


def imported_years(session: Session, organization_id: int) -> dict[int, str]:
    """Return each year that a table prints which is to stand as comparatives, with the code of one such table."""
    heads = [head for code in frameworks() for head in imported_heads(session, organization_id, code)]
    corrected = {head.supersedes for head in heads}
    standing = (head for head in heads if head.code not in corrected)
    return {year: head.code for head in standing for year in _printed(session, organization_id, head)}


def _lay(found: dict[int, dict[FigureName, PublishedValue]], printed: Printed) -> None:
    """Put what a later table prints over what earlier ones print."""
    for year, values in found.items():
        for name, value in printed.get(year, {}).items():
            earlier = values.get(name)
            moved = earlier is not None and (earlier.unit, earlier.display) != (value.unit, value.display)
            values[name] = replace(value, restated=moved)


def _printed(session: Session, organization_id: int, head: ImportedHead) -> Printed:
    if head.digest not in _known:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[head.digest] = _read(imported_of(session, organization_id, head.code).document)
    return _known[head.digest]


def _read(text: str) -> Printed:
    """Return the numbers and texts of a table for the whole boundary; nothing of one that is no comparative."""
    document = document_from(text)
    found: dict[int, dict[FigureName, PublishedValue]] = {}
    for row in document["rows"] if document.get("comparatives") else ():
        if row["boundary"] is None:
            value = None if row["value"] is None else Decimal(row["value"])
            digits = None
            if value is not None:
                digits = display(value, decimals=row["decimals"] or 0, rounding=Rounding.HALF_UP)
            named = figure_name(row["key"], row["dimensions"])
            found.setdefault(row["year"], {})[named] = PublishedValue(
                row["unit"],
                value,
                digits,
                row["text"],
                source=Source.IMPORTED,
                framework=document["framework"],
                gwp_set=framework_named(document["framework"]).gwp_set,
            )
    return found
