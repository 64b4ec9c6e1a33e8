"""Running the checks: over a table that was printed before, and over our own figures."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TypeAlias

from sqlmodel import Session

from app.accounting.findings import Finding
from app.accounting.ledger.rows import known_factors
from app.disclosure.checks.assertions import assertions_that_do_not_hold
from app.disclosure.checks.averages import averages_that_do_not_weigh_up
from app.disclosure.checks.boundaries import lines_of_another_boundary
from app.disclosure.checks.catalogue import resources_that_ship_now
from app.disclosure.checks.cited import (
    activities_off_by_a_slip,
    factors_that_are_not_cited,
    factors_that_were_not_used,
    rounding_that_explains_the_digits,
    without_slips,
)
from app.disclosure.checks.energy_units import energy_in_another_unit, fuels_that_are_not_energy
from app.disclosure.checks.families import factors_of_another_family
from app.disclosure.checks.footing import parts_that_do_not_add_up, totals_that_do_not_foot
from app.disclosure.checks.grids import one_number_for_several_grids, plants_on_the_wrong_grid
from app.disclosure.checks.headcount import headcount_that_does_not_roll
from app.disclosure.checks.kpis import figures_under_another_kpi, kpis_without_figure_or_reason
from app.disclosure.checks.live import live_statement
from app.disclosure.checks.missing import what_is_missing
from app.disclosure.checks.of_meters import errors_of_meters
from app.disclosure.checks.printed import statement_of
from app.disclosure.checks.ratios import (
    denominators_that_are_not_told,
    intensities_that_are_missing,
    ratios_that_are_not_their_terms,
)
from app.disclosure.checks.readings import missing_readings
from app.disclosure.checks.regions import (
    factors_of_an_unknown_region,
    plants_of_an_unknown_region,
    plants_on_a_grid_of_another_country,
)
from app.disclosure.checks.slips import printed_in_two_units, slipped_against_last_year
from app.disclosure.checks.staleness import stale_factors
from app.disclosure.checks.statement import Statement
from app.disclosure.checks.years import figures_without_comparatives
from app.disclosure.figures.books import Books
from app.disclosure.figures.figures import Figure
from app.disclosure.history.canonical import document_from
from app.models import id_of
from app.store.directory.counted_meters import plants_of
from app.store.inventory.organizations import organization_of
from app.store.inventory.resources import catalogue_of
from app.store.reporting.factors import own_factors
from app.store.reporting.imported import imported_of

Check: TypeAlias = Callable[[Statement], Iterator[Finding]]

OF_BOTH: tuple[Check, ...] = (
    slipped_against_last_year,
    totals_that_do_not_foot,
    headcount_that_does_not_roll,
    stale_factors,
    plants_on_the_wrong_grid,
    plants_of_an_unknown_region,
    plants_on_a_grid_of_another_country,
    kpis_without_figure_or_reason,
)
"""What is asked of our own figures too: the rest is right by construction, or said of the figure itself."""

OF_PRINTED: tuple[Check, ...] = (
    *OF_BOTH,
    parts_that_do_not_add_up,
    printed_in_two_units,
    activities_off_by_a_slip,
    factors_that_were_not_used,
    factors_that_are_not_cited,
    rounding_that_explains_the_digits,
    intensities_that_are_missing,
    averages_that_do_not_weigh_up,
    energy_in_another_unit,
    fuels_that_are_not_energy,
    lines_of_another_boundary,
    figures_under_another_kpi,
    figures_without_comparatives,
)
"""What is asked of a printed table as it stands."""

OF_CORRECTED: tuple[Check, ...] = (
    ratios_that_are_not_their_terms,
    denominators_that_are_not_told,
    one_number_for_several_grids,
    assertions_that_do_not_hold,
)
"""What is asked of a printed table once slips of units are set right: they are not told of again."""


def disclosure_findings(
    session: Session,
    books: Books,
    figures: Sequence[Figure],
    *,
    plant: str | None = None,
    now_ms: int | None = None,
) -> tuple[Finding, ...]:
    """Return what is to be mended before our own figures of the books' year are published.

    Of a year without any figure, only what keeps it from having one. One plant need not answer every KPI. What was
    believed at a past instant is not asked for readings. Nothing is expected of the days from `now_ms` on (UTC); None
    means that the year is over.
    """
    missing = tuple(what_is_missing(figures))
    if not any(figure.display is not None or figure.text is not None for figure in figures):
        return missing
    checks = OF_BOTH if plant is None else tuple(each for each in OF_BOTH if each is not kpis_without_figure_or_reason)
    found = (*found_in(live_statement(books, figures), checks), *factors_of_another_family(books))
    if plant is None:
        standing = [(row.code, row.region, row.grid_region) for row in plants_of(session, id_of(books.organization))]
        found += tuple(factors_of_an_unknown_region(books.boundary.book.factors, standing))
    found += tuple(resources_that_ship_now(books.boundary.catalogue, {each.resource for each in books.boundary.meters}))
    of_meters = tuple(errors_of_meters(books))
    past = books.boundary.as_of_ms is not None
    return (*missing, *of_meters, *(() if past else missing_readings(session, books, now_ms=now_ms)), *found)


def imported_findings(session: Session, organization: str, code: str) -> tuple[Finding, ...]:
    """Return what the checks find in an imported publication; raises NotThere."""
    row = organization_of(session, organization)
    document = document_from(imported_of(session, id_of(row), code).document)
    factors = known_factors(own_factors(session, id_of(row)))
    catalogue = catalogue_of(session, id_of(row))
    return printed_findings(statement_of(document, currency=row.currency, factors=factors, catalogue=catalogue))


def printed_findings(statement: Statement) -> tuple[Finding, ...]:
    """Return what the checks find in a table that was printed."""
    return found_in(statement, OF_PRINTED) + found_in(without_slips(statement), OF_CORRECTED)


def found_in(statement: Statement, checks: tuple[Check, ...]) -> tuple[Finding, ...]:
    """Return what these checks find, in their order."""
    return tuple(chain.from_iterable(check(statement) for check in checks))
