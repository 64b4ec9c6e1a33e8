"""Disclosures as rows of a table: one for each figure of the period, and one for each of it in a period before."""

from collections.abc import Iterator

from app.schemas.disclosures.disclosures import Comparative, Disclosure, Figure
from app.schemas.wire.tables import Column, Kind, Row, TableKind

_PLACES = 20
_COLUMNS = (
    Column("organization"),
    Column("framework"),
    Column("plant"),
    Column("status"),
    Column("year", Kind.WHOLE),
    Column("period"),
    Column("kpi"),
    Column("key"),
    Column("dimensions", Kind.TEXTS),
    Column("title", Kind.TEXT),
    Column("unit"),
    Column("value", Kind.EXACT, places=_PLACES, with_text=True, facts={"unit_column": "unit"}),
    Column("display", Kind.TEXT),
    Column("text", Kind.TEXT),
    *(Column(name, Kind.EXACT, places=_PLACES, with_text=True) for name in ("coverage", "measured_share")),
    Column("estimated_share", Kind.EXACT, places=_PLACES, with_text=True),
    Column("comparative", Kind.BOOLEAN),
    Column("restated", Kind.BOOLEAN),
    Column("source"),
    Column("flags", Kind.TEXTS),
    Column("checks", Kind.TEXTS),
)


def disclosure_table(answer: Disclosure) -> TableKind:
    """Return what the table of a disclosure is."""
    facts = {"organization": answer.organization, "framework": answer.framework, "year": answer.period.name}
    return TableKind("disclosure", _COLUMNS, {**facts, "plant": answer.plant, "status": answer.status.value})


def disclosure_rows(answer: Disclosure) -> list[Row]:
    """Return the figures, each followed by the periods before: `comparative` tells them apart.

    `checks` are the codes of what was found; the JSON has their words. `value` is exact, `display` as it is printed.
    """
    head = (answer.organization, answer.framework, answer.plant, answer.status.value)
    return [[*head, *row] for figure in answer.figures for row in _rows(figure, answer)]


def _rows(figure: Figure, answer: Disclosure) -> Iterator[list[object]]:
    name = [figure.kpi, figure.key, [f"{key}:{value}" for key, value in figure.dimensions.items()]]
    named = [*name, figure.title, figure.unit]
    shares = [figure.coverage, figure.measured_share, figure.estimated_share]
    said = [figure.flags, [each.code for each in figure.checks]]
    value = [figure.value, figure.display, figure.text]
    yield [answer.year, answer.period.name, *named, *value, *shares, False, None, None, *said]
    for each in figure.comparatives:
        yield [each.year, each.period.name, *named, *_stated(each), [], []]


def _stated(each: Comparative) -> list[object]:
    source = None if each.source is None else each.source.value
    return [each.value, each.display, each.text, None, None, None, True, each.restated, source]
