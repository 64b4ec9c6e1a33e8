"""Tables for people to read in their own language; programs read the names of columns and the codes as they are."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from app.core.language import SOURCE, language
from app.core.language import gettext as _
from app.core.sentences import N_
from app.core.translation import translated
from app.disclosure.exports.report import WEIGHTS, answered
from app.disclosure.exports.tables import SEPARATOR, Cell, Table
from app.disclosure.figures.titles import titled
from app.disclosure.figures.typesetting import typeset_unit

HEADS = MappingProxyType(
    {
        "also": N_("Further codes"),
        "attributes": N_("Attributes"),
        "carried_forward_years": N_("Years carried forward"),
        "checks": N_("Findings"),
        "code": N_("Code"),
        "conversion": N_("Conversion"),
        "conversion_ratio": N_("Conversion as a fraction"),
        "converted_unit": N_("Converted unit"),
        "coverage": N_("Coverage"),
        "derivation": N_("Derivation"),
        "detail": N_("Finding"),
        "dimensions": N_("Dimensions"),
        "display": N_("As printed"),
        "edition": N_("Edition"),
        "end": N_("End"),
        "estimated_share": N_("Estimated share"),
        "factor": N_("Factor"),
        "factor_edition": N_("Edition of the factor"),
        "factor_row": N_("Row of the factor"),
        "factor_why": N_("Why this factor"),
        "figure_unit": N_("Unit of the figure"),
        "figures": N_("Figures"),
        "flags": N_("Notes"),
        "formula": N_("Formula"),
        "interim": N_("Interim"),
        "kg_co2e": N_("kg CO2e"),
        "key": N_("Key of the figure"),
        "kpi": N_("KPI"),
        "measured_share": N_("Measured share"),
        "mend": N_("What mends it"),
        "metered": N_("Metered"),
        "metered_as": N_("Metered as"),
        "meters": N_("Meters"),
        "notes": N_("Notes"),
        "part": N_("Part"),
        "per": N_("Per"),
        "period": N_("Period"),
        "plant": N_("Plant"),
        "quantity": N_("Quantity"),
        "readings": N_("Readings"),
        "readings_from": N_("Readings from"),
        "readings_to": N_("Readings to"),
        "resource": N_("Resource"),
        "restated": N_("Restated"),
        "row": N_("Row"),
        "severity": N_("Weight"),
        "share": N_("Share"),
        "source": N_("Source"),
        "start": N_("Start"),
        "text": N_("Text"),
        "title": N_("Figure"),
        "unit": N_("Unit"),
        "unit_ratio": N_("Unit as a fraction"),
        "value": N_("Value"),
        "why": N_("Why this factor"),
        "year": N_("Reporting year"),
    }
)
"""What columns are called; those of earlier periods have the period behind."""

CODES_IN_WORDS = (
    *(N_("term"), N_("divisor")),
    *(N_("sum"), N_("mean"), N_("period_end"), N_("hourly_mass")),
    *(N_("pinned"), N_("own"), N_("plant"), N_("region"), N_("grid_region"), N_("country"), N_("global")),
    *(N_("instrument"), N_("yes"), N_("no")),
)
"""Words that a cell holds instead of a sentence."""


def in_words(table: Table) -> Table:
    """Return a table with heads and texts in the reader's language; in English it is what programs read."""
    if language() == SOURCE:
        return table
    names = [_without_period(column) for column in table.columns]
    heads = tuple(_head(name, column) for name, column in zip(names, table.columns, strict=True))
    rows = (tuple(_said(name, cell) for name, cell in zip(names, row, strict=True)) for row in table.rows)
    return Table(heads, tuple(rows))


def _head(name: str, column: str) -> str:
    return f"{_(HEADS[name])}{column.removeprefix(name).replace('_', ' ')}"


def _without_period(column: str) -> str:
    """Return the name of a column without the period that stands behind it: value of value_2020."""
    return column if column in HEADS else column.rpartition("_")[0]


def _said(name: str, cell: Cell) -> Cell:
    return _WORDS[name](cell) if isinstance(cell, str) and name in _WORDS else cell


def _days(cell: str) -> str:
    first, _to, last = cell.partition(" to ")
    return _("%(first)s to %(last)s") % {"first": first, "last": last}


def _listed(cell: str) -> str:
    return SEPARATOR.join(translated(each) for each in cell.split(SEPARATOR))


def _findings(cell: str) -> str:
    return SEPARATOR.join(map(_finding, cell.split(SEPARATOR)))


def _finding(text: str) -> str:
    """Return `warning partial: readings cover …` in words: its weight, its code, and what it says."""
    head, _colon, detail = text.partition(": ")
    severity, _blank, code = head.partition(" ")
    return _("%(weight)s %(code)s: %(detail)s") % {
        "weight": _(WEIGHTS.get(severity, severity)),
        "code": code,
        "detail": translated(detail),
    }


_WORDS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "checks": _findings,
        "converted_unit": typeset_unit,
        "derivation": translated,
        "detail": translated,
        "edition": translated,
        "factor_edition": translated,
        "factor_why": translated,
        "figure_unit": typeset_unit,
        "flags": _listed,
        "interim": translated,
        "mend": translated,
        "metered_as": translated,
        "notes": _listed,
        "part": translated,
        "per": typeset_unit,
        "period": _days,
        "restated": translated,
        "severity": lambda cell: _(WEIGHTS.get(cell, cell)),
        "source": translated,
        "text": lambda cell: answered(cell) or cell,
        "title": titled,
        "unit": typeset_unit,
        "why": translated,
    }
)
