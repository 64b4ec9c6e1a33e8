"""Changing an organization's fiscal years: what is published keeps its days and name, year buckets move at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from app.core.calendar.fiscal_calendar import FiscalCalendar
from app.core.calendar.fiscal_years import FiscalYears, PeriodName, ReportingPeriod, is_transition
from app.core.calendar.periods import date_of, local_day, zone_named
from app.core.inventory.fiscal_settings import settings_problems
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.disclosure.history.canonical import document_from
from app.disclosure.history.imported_values import imported_years
from app.disclosure.history.standing import published_days
from app.models import Organization, id_of
from app.rollup.buckets.years import replace_years
from app.store.directory.fiscal_years import calendar_of, settings_text, undated_setting
from app.store.inventory.meters import meter_ids
from app.store.inventory.organizations import locked_organization, update_organization
from app.store.reporting.datapoints import periods_stated
from app.store.reporting.publications import published_documents, published_periods
from app.store.reporting.targets import base_years
from app.store.rollups.rollups import year_span
from app.store.rollups.shown import mark_figures

_UNDATED = ("fiscal_year_start_month", "fiscal_year_label")
_REMEDY = "state another first month from a day on with PUT .../fiscal-years instead"


class PeriodInUse(InvalidFields):
    """Something published or stated is of a reporting period that would have other days or another name."""


def change_organization(session: Session, code: str, changes: Mapping[str, Any]) -> Organization:
    """Change an organization; its first month and label are taken as a correction of the whole history.

    Raises NotThere, StillInUse, InvalidFields where dated settings would not fit any more, and PeriodInUse where
    something published would be of other days.
    """
    organization = locked_organization(session, code)
    before = calendar_of(organization)
    changed = update_organization(session, code, changes)
    fields = [name for name in _UNDATED if name in changes]
    after = calendar_of(changed)
    if after == before:
        return changed
    dated = list(after.settings[1:])
    if problems := list(settings_problems(undated_setting(changed), dated)):
        raise InvalidFields(FieldProblem(fields[0], each.code, each.detail) for each in problems)
    moved = _published_moved(session, id_of(changed), before, after)
    gone = [name for name in periods_stated(session, id_of(changed)) if not after.has(name)]
    found = [
        FieldProblem(fields[0], "period_published", f"{words}, and is published; {_REMEDY}") for words in moved.values()
    ]
    found += [FieldProblem(fields[0], "period_stated", f"datapoints are stated of {name}; {_REMEDY}") for name in gone]
    if found:
        raise PeriodInUse(found)
    _replace_buckets(session, changed, before, after)
    return changed


def put_fiscal_years(session: Session, code: str, dated: Sequence[FiscalYears]) -> Organization:
    """Put dated settings in the place of all there are.

    Raises NotThere, InvalidFields where a day would be in no period or in two, and PeriodInUse where a period that is
    published, here or in an imported table, that datapoints are stated of or that is a target's base would have other
    days or another name.
    """
    organization = locked_organization(session, code)
    if problems := list(settings_problems(undated_setting(organization), dated)):
        raise InvalidFields(problems)
    before = calendar_of(organization)
    organization.fiscal_years = settings_text(dated)
    session.flush()
    after = calendar_of(organization)
    if found := list(_in_use(session, organization, dated, before, after)):
        raise PeriodInUse(found)
    _replace_buckets(session, organization, before, after)
    return organization


def periods_shown(session: Session, organization: Organization, *, now_ms: int) -> list[ReportingPeriod]:
    """Return the periods from the first with readings or before a dated setting to that of today or after the last."""
    calendar = calendar_of(organization)
    today = local_day(zone_named(organization.timezone), now_ms)
    span = year_span(session, id_of(organization), meter_ids(session, id_of(organization)))
    days = [each.first_day for each in calendar.settings if each.first_day is not None]
    first = min([today, *(span or ())[:1], *(day - 1 for day in days[:1])])
    return calendar.overlapping(calendar.period_of(first).first_day, max([today, *days[-1:]]) + 1)


def _replace_buckets(
    session: Session, organization: Organization, before: FiscalCalendar, after: FiscalCalendar
) -> None:
    """Have the year buckets follow in the same transaction, and the figures of the new periods looked at."""
    made = replace_years(session, id_of(organization), before=before, after=after)
    mark_figures(session, id_of(organization), [each.first_day for each in made])


def _in_use(
    session: Session,
    organization: Organization,
    dated: Sequence[FiscalYears],
    before: FiscalCalendar,
    after: FiscalCalendar,
) -> Iterator[FieldProblem]:
    organization_id = id_of(organization)
    moved = _published_moved(session, organization_id, before, after)
    uses = dict.fromkeys(moved, ("period_published", "is published"))
    for name, indicator in periods_stated(session, organization_id).items():
        uses.setdefault(name, ("period_stated", f"is what datapoints are stated of, {indicator} for one"))
    for name, target in base_years(session, organization_id).items():
        uses.setdefault(name, ("period_targeted", f"is the base year of the target {target}"))
    for name, imported in imported_years(session, organization_id).items():
        uses.setdefault(name, ("period_imported", f"is printed by the imported publication {imported}"))
    for name in sorted(uses, key=str):
        code, use = uses[name]
        words = _moved(name, before, after)
        if words is not None:
            was = before.named(name)
            renamed = after.period_of(was.first_day).bounds == was.bounds
            field, index, remedy = _cause(was, dated, code, renamed=renamed)
            yield FieldProblem(field, code, f"{words}, and {use}; {remedy}", index)


def _published_moved(
    session: Session, organization_id: int, before: FiscalCalendar, after: FiscalCalendar
) -> dict[PeriodName, str]:
    """Return in words what would become of each published period that would be of other days.

    One that gets the days back that it was published of is none of these: a database from before can be set right.
    """
    found = {}
    for name in sorted(published_periods(session, organization_id), key=str):
        words = _moved(name, before, after)
        if words is None:
            continue
        documents = map(document_from, published_documents(session, organization_id, name))
        days = {published_days(document) for document in documents}
        if not after.has(name) or days != {after.named(name).bounds}:
            found[name] = words
    return found


def _moved(name: PeriodName, before: FiscalCalendar, after: FiscalCalendar) -> str | None:
    """Return in words what would become of a period; None where it stays as it is, or was none before."""
    if not before.has(name):
        return None
    was = before.named(name)
    if not after.has(name):
        return f"{was} would be no reporting period any more"
    now = after.named(name)
    return (
        None if now.bounds == was.bounds else f"{was} would be {date_of(now.first_day)} to {date_of(now.end_day - 1)}"
    )


def _cause(
    period: ReportingPeriod, dated: Sequence[FiscalYears], code: str, *, renamed: bool
) -> tuple[str, int | None, str]:
    """Return field, place and remedy of what would change a period: a setting inside it, or the one it rests on."""
    inside = [place for place, each in enumerate(dated) if period.first_day < (each.first_day or 0) < period.end_day]
    if inside:
        return "valid_from", inside[0], f"state {date_of(period.end_day)} or a later day{_or_withdraw(code)}"
    after = [place for place, each in enumerate(dated) if each.first_day == period.end_day]
    if after and is_transition(period.name):
        return "transition", after[0], f"keep it `short`{_or_withdraw(code)}"
    at_start = [place for place, each in enumerate(dated) if (each.first_day or 0) <= period.first_day]
    if at_start:
        latest = max(at_start, key=lambda place: dated[place].first_day or 0)
        return (
            "label" if renamed else "start_month",
            latest,
            f"keep the setting of that time as it was{_or_withdraw(code)}",
        )
    return "items", None, f"keep the settings of that time as they were{_or_withdraw(code)}"


def _or_withdraw(code: str) -> str:
    return {
        "period_published": "",
        "period_imported": ", or import it anew, superseding that, without standing as comparatives",
        "period_stated": ", or withdraw the datapoints and state them anew",
        "period_targeted": ", or delete the target and set it anew",
    }[code]
