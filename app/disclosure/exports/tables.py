"""The tables of a publication: figures, lineage, factors, instruments, findings; the same columns in every format."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.disclosure.exports.published import Member, Published, name_of, number

Cell = str | Decimal | None
"""A text, an exact number, or nothing."""

SEPARATOR = " | "


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns; every row has a cell for each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def figures_table(of: Published) -> Table:
    """Return a row for each figure; earlier periods have columns of their own, named by the period."""
    earlier = of.years[1:]
    columns = ["kpi", "also", "key", "dimensions", "title", "unit", "year", "value", "display", "text"]
    columns += [f"{name}_{year}" for year in earlier for name in ("value", "display", "restated")]
    columns += ["coverage", "measured_share", "estimated_share", "flags", "checks"]
    columns += ["interim", "period", *(f"period_{year}" for year in earlier)]
    return Table(tuple(columns), tuple(_figure(each, of, earlier) for each in of.figures))


def lineage_table(of: Published) -> Table:
    """Return a row for each term of each figure, a quotient's divisor after it, months in order."""
    columns = ["kpi", "key", "dimensions", "figure_unit", "formula", "part", "plant", "resource", "attributes"]
    columns += ["start", "end", "quantity", "unit", "conversion", "converted_unit", "share"]
    columns += ["factor", "factor_edition", "kg_co2e", "per", "factor_why", "value", "meters", "readings", "notes"]
    columns += ["unit_ratio", "metered", "metered_as", "readings_from", "readings_to", "conversion_ratio", "factor_row"]
    numbers = {row[:-2]: row[-1] for row in factors_table(of).rows}
    return Table(tuple(columns), tuple(row for figure in of.figures for row in _lineage(of, figure, numbers)))


def factors_table(of: Published) -> Table:
    """Return a row for each emission factor that any figure used, numbered from 1, with its source and the figures."""
    columns = ("factor", "edition", "kg_co2e", "per", "why", "carried_forward_years", "source", "derivation")
    used: dict[tuple[Cell, ...], list[str]] = {}
    for figure in of.figures:
        for term in terms_of(figure):
            if (factor := term["factor"]) is not None:
                used.setdefault(_factor(factor), []).append(figure["key"])
    rows = [(*factor, SEPARATOR.join(dict.fromkeys(keys))) for factor, keys in used.items()]
    ordered = sorted(rows, key=lambda row: [str(cell) for cell in row])
    return Table((*columns, "figures", "row"), tuple((*row, Decimal(at)) for at, row in enumerate(ordered, start=1)))


def instruments_table(of: Published) -> Table:
    """Return a row for each certificate or contract that covers a term of any figure, and the figures."""
    columns = ("code", "kind", "energy_source", "issuing_area", "registry", "first_serial", "last_serial", "source")
    used: dict[tuple[Cell, ...], list[str]] = {}
    for figure in of.figures:
        for term in terms_of(figure):
            # A publication of before instruments were told in lineage has no such member.
            if (instrument := term.get("instrument")) is not None:
                used.setdefault(tuple(instrument[name] for name in columns), []).append(figure["key"])
    rows = [(*cells, SEPARATOR.join(dict.fromkeys(keys))) for cells, keys in used.items()]
    return Table((*columns, "figures"), tuple(sorted(rows, key=lambda row: [str(cell) for cell in row])))


def findings_table(of: Published) -> Table:
    """Return a row for each finding, those about the whole first."""
    columns = ("key", "dimensions", "code", "severity", "detail", "mend")
    return Table(columns, tuple(_finding_row(figure, check) for figure, check in of.findings))


def terms_of(figure: Member) -> Iterator[Member]:
    """Yield every term of a figure's lineage, its divisor's after its own."""
    lineage = figure.get("lineage")
    if lineage is not None:
        yield from lineage["terms"]
        yield from (lineage["divisor"] or {"terms": ()})["terms"]


def _figure(figure: Member, of: Published, earlier: Sequence[str]) -> tuple[Cell, ...]:
    before = {name_of(each): each for each in figure["comparatives"]}
    row: list[Cell] = [
        figure["kpi"],
        _listed(figure.get("also", ())),
        figure["key"],
        _pairs(figure["dimensions"]),
        figure["title"],
        figure["unit"],
        Decimal(of.document["year"]),
        number(figure["value"]),
        _shown(figure["display"]),
        figure.get("text"),
    ]
    for each in earlier:
        found = before.get(each)
        row += [None] * 3 if found is None else [number(found["value"]), _shown(found["display"]), _yes(found)]
    row += [number(figure[name]) for name in ("coverage", "measured_share", "estimated_share")]
    row += [_listed(figure["flags"]), _listed(_finding(each) for each in figure["checks"])]
    row += [
        "yes" if of.is_interim else "no",
        _days(of, of.document),
        *(_days(of, before.get(each)) for each in earlier),
    ]
    return tuple(row)


def _days(of: Published, of_period: Member | None) -> str | None:
    """Return the first and last day of the period that a comparative or the document is of."""
    if of_period is None or "period" not in of_period:
        return None
    first, last = of.days_of(of_period["period"])
    return f"{first} to {last}"


def _finding_row(figure: Member | None, check: Member) -> tuple[Cell, ...]:
    key = check.get("key") or (None if figure is None else figure["key"])
    where = None if figure is None else _pairs(figure["dimensions"])
    return (key, where, check["code"], check["severity"], check["detail"], check.get("mend") or None)


def _lineage(of: Published, figure: Member, numbers: Mapping[tuple[Cell, ...], Cell]) -> Iterator[tuple[Cell, ...]]:
    lineage = figure.get("lineage")
    if lineage is None:
        return
    about: tuple[Cell, ...] = (figure["kpi"], figure["key"], _pairs(figure["dimensions"]))
    formula = lineage["formula"]
    for term in lineage["terms"]:
        yield (*about, lineage["unit"], formula, "term", *_term(term), *_added_up(of, lineage, term, numbers))
    divisor = lineage["divisor"]
    for term in () if divisor is None else divisor["terms"]:
        yield (*about, divisor["unit"], formula, "divisor", *_term(term), *_added_up(of, {}, term, numbers))


def _term(term: Member) -> tuple[Cell, ...]:
    factor = term["factor"] or {}
    return (
        term["plant"],
        term["resource"],
        _pairs(term["attributes"]),
        term["period"]["start"],
        term["period"]["end"],
        number(term["quantity"]),
        term["unit"],
        number(term["conversion"]),
        term["converted_unit"],
        number(term["share"]),
        factor.get("code"),
        factor.get("edition"),
        number(factor.get("kg_co2e")),
        factor.get("per"),
        factor.get("why"),
        number(term["value"]),
        _listed(term["meters"]),
        number(term["readings"]),
        _listed(term["notes"]),
    )


def _added_up(
    of: Published, lineage: Member, term: Member, numbers: Mapping[tuple[Cell, ...], Cell]
) -> tuple[Cell, ...]:
    """Return what it takes to compute a term from readings; empty in publications of before it was told."""
    has_meters = bool(term["meters"]) and "metered_as" in term
    return (
        lineage.get("unit_ratio"),
        number(term.get("metered")),
        term.get("metered_as"),
        *(of.readings_span(term) if has_meters else (None, None)),
        term.get("conversion_ratio"),
        None if term["factor"] is None else numbers[_factor(term["factor"])],
    )


def _factor(factor: Member) -> tuple[Cell, ...]:
    return (
        factor["code"],
        factor["edition"],
        number(factor["kg_co2e"]),
        factor["per"],
        factor["why"],
        number(factor["carried_forward_years"]),
        factor["source"],
        factor["derivation"],
    )


def _shown(display: str | None) -> Decimal | None:
    """Return printed digits as the number they are, its decimals kept: 407.0 stays 407.0."""
    return None if display is None else Decimal(display)


def _yes(comparative: Member) -> str:
    return "yes" if comparative["restated"] else "no"


def _finding(check: Member) -> str:
    return f"{check['severity']} {check['code']}: {check['detail']}"


def _pairs(members: Member) -> str | None:
    return "; ".join(f"{name}={value}" for name, value in members.items()) or None


def _listed(texts: Any) -> str | None:
    return SEPARATOR.join(texts) or None
